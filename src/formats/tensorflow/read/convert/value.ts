/** @file A tensor of TensorFlow's graph while it is converted: what is known of it, and where ONNX has it. */
import type { DataType } from '../../../../contracts/index.ts';
import type { Known } from './known.ts';

/** What a hash table holds: `[n]` each. */
export interface LookupTable {
  readonly keys: Known;
  readonly values: Known;
}

/** Sizes in TensorFlow's order of axes; null is any. */
export type Dims = readonly (number | null)[];

/**
 * The order of axes in ONNX. `plain` is TensorFlow's own. `channelsFirst` is `[n, channels, height, width]` of what
 * TensorFlow has as `[n, height, width, channels]`: it stays so from one convolution to the next.
 */
export type Layout = 'plain' | 'channelsFirst';

export interface Value {
  readonly dtype: DataType;
  /** Null when not even the number of dimensions is known. */
  readonly shape: Dims | null;
  /** Its numbers, all or some of them. */
  readonly known: Known | null;
  /** The tensor in ONNX; null for constants that no node needs yet, and for what no tensor is. */
  readonly node: string | null;
  readonly layout: Layout;
  /** What it is when it is no tensor of numbers. */
  readonly special?: Special;
}

export type Special =
  /** Texts, as the signature takes them: bytes of picture files, mostly. The shape has -1 for any size. */
  | {
      readonly kind: 'files';
      readonly alias: string;
      readonly shape: readonly number[] | null;
      /** They are web-safe base64 in the signature. */
      readonly base64?: boolean;
    }
  /** Computed of one picture; `inner` is a tensor of the graph that prepares those of this input or feature. */
  | { readonly kind: 'picture'; readonly alias: string; readonly inner: Value }
  /** Blocks of pixels as one batch, around a convolution that skips pixels. */
  | {
      readonly kind: 'blocks';
      readonly source: Value;
      readonly block: readonly number[];
      readonly pads: readonly (readonly (number | null)[])[];
    }
  | {
      readonly kind: 'convolvedBlocks';
      readonly finish: (pads: readonly number[]) => Value;
      readonly pads: readonly (readonly (number | null)[])[];
    }
  /** How many files there are: as many as there are pictures, so that taking this many of them changes nothing. */
  | { readonly kind: 'fileCount' }
  | { readonly kind: 'table'; readonly table: LookupTable }
  /** What only the graph's bookkeeping uses. */
  | { readonly kind: 'nothing' };

export function rankOf(value: Value): number | null {
  return value.shape?.length ?? null;
}

/** Elements; null when a size is not known. */
export function countOf(shape: Dims | null): number | null {
  if (shape === null) return null;
  return shape.reduce<number | null>((product, size) => (product === null || size === null ? null : product * size), 1);
}

/** Of two shapes that are broadcast to each other. */
export function broadcastShapes(a: Dims | null, b: Dims | null): Dims | null {
  if (a === null || b === null) return null;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = axis - rank + a.length < 0 ? 1 : a[axis - rank + a.length];
    const right = axis - rank + b.length < 0 ? 1 : b[axis - rank + b.length];
    if (left === 1) return right;
    if (right === 1 || right === null) return left;
    return right;
  });
}

/** Where an axis of TensorFlow's order is in `channelsFirst`. */
const CHANNELS_FIRST_AXIS = [0, 2, 3, 1];

/** @param axis of TensorFlow's order, from 0 */
export function physicalAxis(layout: Layout, axis: number): number {
  return layout === 'plain' ? axis : CHANNELS_FIRST_AXIS[axis];
}

/** Per-axis values, from TensorFlow's order to that of ONNX. */
export function toPhysical<T>(layout: Layout, perAxis: readonly T[]): readonly T[] {
  return layout === 'plain' ? perAxis : [perAxis[0], perAxis[3], perAxis[1], perAxis[2]];
}
