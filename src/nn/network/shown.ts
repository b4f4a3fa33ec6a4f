/** @file A value of a user's, in a message. */

const MAX_LENGTH = 60;

/** As JSON, cut where it is long; a number that JSON has not, and what cannot be written as JSON, by its own text. */
export function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : asJson(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

function asJson(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_, part: unknown) =>
        typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part)) ? String(part) : part,
      ) ?? String(value)
    );
  } catch {
    // It contains itself.
    return Object.prototype.toString.call(value);
  }
}
