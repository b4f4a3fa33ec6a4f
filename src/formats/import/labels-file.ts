/** @file Labels from a file that a person wrote: one a line, or a JSON list. */
import { PictorError } from '../../contracts/index.ts';

/** Far more than any classifier has. */
const MAX_LABELS = 1_000_000;

/**
 * @param name of the file, for messages
 * @throws `model_labels_invalid`
 */
export function parseLabels(text: string, name: string): string[] {
  const trimmed = text.replace(/^\ufeff/, '');
  const labels = /^\s*\[/.test(trimmed) ? fromJson(trimmed, name) : fromLines(trimmed);
  if (labels.length === 0) throw invalid(name, 'it has none');
  if (labels.length > MAX_LABELS) throw invalid(name, `it has ${labels.length}`);
  return labels;
}

function fromLines(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

function fromJson(text: string, name: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(name, 'it begins as a JSON list, and is none');
  }
  const labels = value as unknown[];
  if (labels.every((label) => typeof label === 'string' || typeof label === 'number')) return labels.map(String);
  throw invalid(name, 'its list holds other things than texts');
}

function invalid(name: string, reason: string): PictorError {
  return new PictorError('model_labels_invalid', `The labels in ${name} cannot be used: ${reason}.`);
}
