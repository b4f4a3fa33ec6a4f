/** @file What files say beside a model of its pictures: labels, and what the numbers mean. Nobody else need have written it. */
import { INPUT_RANGES, type InputRange } from '../contracts/index.ts';

/** Null for what is no list of texts, or an empty one. */
export function labelsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.length > 0 && value.every((label) => typeof label === 'string') ? value : null;
}

/** Null for what is no range that is known. */
export function inputRangeOf(value: unknown): InputRange | null {
  return INPUT_RANGES.find((known) => known === value) ?? null;
}
