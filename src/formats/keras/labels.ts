/** @file Labels in Keras files: a list of texts as JSON, where Keras keeps what it does not know. */

/** Name of the attribute of HDF5 files, and of the key in `metadata.json`. */
export const LABELS_KEY = 'labels';

/** @returns null for anything but a list of texts */
export function labelsIn(value: unknown): readonly string[] | null {
  const list = typeof value === 'string' ? parsed(value) : value;
  return Array.isArray(list) && list.length > 0 && list.every((label) => typeof label === 'string') ? list : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
