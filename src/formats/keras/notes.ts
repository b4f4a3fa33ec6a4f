/** @file What Keras' files have no place of their own for: labels, and what the numbers of a picture mean. */
import type { InputRange } from '../../contracts/index.ts';
import { inputRangeOf, labelsOf } from '../picture-notes.ts';

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
  const labels = get(LABELS);
  return {
    labels: labelsOf(typeof labels === 'string' ? parsed(labels) : labels),
    inputRange: inputRangeOf(get(INPUT_RANGE)),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
