/** @file Labels as a text file. */

/** One label a line, for tools that read no JSON. Line breaks inside a label are written `\n` and `\r`, a backslash `\\`. */
export function labelsText(labels: readonly string[]): string {
  const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
  return labels.map((label) => `${label.replace(/[\\\n\r]/g, (character) => escapes[character])}\n`).join('');
}
