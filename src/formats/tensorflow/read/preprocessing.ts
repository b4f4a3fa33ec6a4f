/** @file What a SavedModel of Pictor says beside its graph: labels, and what the numbers of a picture mean. */
import type { InputRange } from '../../../contracts/index.ts';
import { inputRangeOf, labelsOf } from '../../picture-notes.ts';
import { PREPROCESSING_FILE } from '../preprocessing-file.ts';
import type { ModelFiles } from './files.ts';

/** As much as a million labels take. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface Preprocessing {
  readonly labels: readonly string[] | null;
  readonly inputRange: InputRange | null;
}

/** Null for what is not told, which is all of it in other tools' files. */
export async function readPreprocessing(files: ModelFiles): Promise<Preprocessing> {
  const bytes = await files.size(PREPROCESSING_FILE);
  if (bytes === null || bytes > MAX_BYTES) return { labels: null, inputRange: null };
  const facts = parsed(Buffer.from(await files.read(PREPROCESSING_FILE, 0, bytes)).toString('utf8'));
  return { labels: labelsOf(facts?.labels), inputRange: inputRangeOf(facts?.inputRange) };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
