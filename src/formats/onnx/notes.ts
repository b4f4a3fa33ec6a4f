/** @file What Pictor's own ONNX files say of pictures in their notes (`metadata_props`). */
import type { ImageShape, InputRange } from '../../contracts/index.ts';
import { inputRangeOf } from '../picture-notes.ts';

/** Size of the pictures, where the graph leaves it open; empty when nothing is said. */
export function imageIn(notes: ReadonlyMap<string, string>): Partial<ImageShape> {
  try {
    const { height, width, channels } = JSON.parse(notes.get('input') ?? '{}') ?? {};
    const isSide = (side: unknown) => Number.isInteger(side) && (side as number) >= 1;
    return isSide(height) && isSide(width) && (channels === 1 || channels === 3) ? { height, width, channels } : {};
  } catch {
    return {};
  }
}

export function rangeIn(notes: ReadonlyMap<string, string>): InputRange | null {
  return inputRangeOf(notes.get('input_range'));
}
