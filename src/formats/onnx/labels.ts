/** @file Labels in a model's own notes (`metadata_props`), in the ways in which exporters write them. */

const KEYS = ['labels', 'classes', 'class_names', 'classnames', 'class_labels', 'names', 'label_names', 'id2label'];

/** @returns null when there are none, or they cannot be read for certain */
export function labelsIn(notes: ReadonlyMap<string, string>): string[] | null {
  for (const key of KEYS) {
    const text = notes.get(key);
    const labels = text === undefined ? null : readLabels(text.trim());
    if (labels && labels.length > 0) return labels;
  }
  return null;
}

function readLabels(text: string): string[] | null {
  if (text.startsWith('[') || text.startsWith('{')) return fromValue(parse(text) ?? parse(fromPython(text)));
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines.length === 0) return null;
  return lines.length > 1 ? lines : text.split(',').map((label) => label.trim());
}

function fromValue(value: unknown): string[] | null {
  if (Array.isArray(value)) return value.every(isLabel) ? value.map(String) : null;
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value);
  const numbered = entries.every(([key, label], index) => key === String(index) && isLabel(label));
  return numbered ? entries.map(([, label]) => String(label)) : null;
}

function isLabel(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** Python's own notation, `{0: 'cat', 1: 'dog'}`, as JSON; texts with quotes inside are not guessed. */
function fromPython(text: string): string {
  if (text.includes('"') || text.includes('\\')) return text;
  return text.replaceAll("'", '"').replace(/([{,]\s*)(\d+)\s*:/g, '$1"$2":');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
