/** @file What Keras' files have no place of their own for: labels, and what the numbers of a picture mean. */
import { INPUT_RANGES, type InputRange } from '../../contracts/index.ts';

/** Names of the attributes of HDF5 files, and of the keys in `metadata.json` and `userDefinedMetadata`. */
const LABELS = 'labels';
const INPUT_RANGE = 'input_range';

/** To be written: no labels when nobody told them. */
export interface ModelNotes {
  readonly labels: readonly string[];
  readonly inputRange: InputRange;
}

/** As JSON values by name. */
export function writtenNotes({ labels, inputRange }: ModelNotes): Record<string, readonly string[] | string> {
  return { ...(labels.length > 0 ? { [LABELS]: labels } : {}), [INPUT_RANGE]: inputRange };
}

/** What a file tells; null for what it does not, or not in a form that can be used. */
export interface FoundNotes {
  readonly labels: readonly string[] | null;
  readonly inputRange: InputRange | null;
}

/** @param get gives the value of a name, if there is one; lists may be JSON texts */
export function notesIn(get: (name: string) => unknown): FoundNotes {
  const range = get(INPUT_RANGE);
  return { labels: labelsIn(get(LABELS)), inputRange: INPUT_RANGES.find((known) => known === range) ?? null };
}

function labelsIn(value: unknown): readonly string[] | null {
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
