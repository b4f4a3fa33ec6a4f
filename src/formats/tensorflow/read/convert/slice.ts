/** @file What a strided slice takes, with all its masks. Source: tensorflow/core/util/strided_slice_op.cc. */
import type { Attributes } from '../graph/attributes.ts';
import { Unsupported } from '../refuse.ts';
import type { Dims } from './value.ts';

export interface AxisSlice {
  readonly axis: number;
  /** As ONNX counts: negative from the end; null for the end of the axis in the direction of the step. */
  readonly start: number | null;
  readonly end: number | null;
  readonly step: number;
}

export interface SlicePlan {
  readonly slices: readonly AxisSlice[];
  /** Axes of the sliced tensor that go. */
  readonly shrunk: readonly number[];
  /** Axes of the result that are new. */
  readonly added: readonly number[];
  readonly shape: Dims;
}

export function planSlice(
  shape: Dims,
  begin: readonly (number | null)[],
  end: readonly (number | null)[],
  strides: readonly number[],
  attributes: Attributes,
): SlicePlan {
  const has = (mask: string, position: number): boolean => ((attributes.int(mask, 0) >> position) & 1) === 1;
  const slices: AxisSlice[] = [];
  const shrunk: number[] = [];
  const added: number[] = [];
  const result: (number | null)[] = [];
  const newAxes = begin.filter((_, i) => has('new_axis_mask', i) && !has('ellipsis_mask', i)).length;
  const ellipses = begin.filter((_, i) => has('ellipsis_mask', i)).length;
  let axis = 0;
  for (let i = 0; i < begin.length; i++) {
    if (has('ellipsis_mask', i)) {
      const skipped = shape.length - (begin.length - newAxes - ellipses);
      for (let k = 0; k < skipped; k++) result.push(shape[axis++]);
    } else if (has('new_axis_mask', i)) {
      added.push(result.length);
      result.push(1);
    } else if (has('shrink_axis_mask', i)) {
      const at = begin[i];
      if (at === null) throw new Unsupported('a slice begins at a place that is not known', ['StridedSlice']);
      slices.push({ axis, start: at, end: at === -1 ? null : at + 1, step: 1 });
      shrunk.push(axis++);
    } else {
      const slice = {
        axis,
        start: has('begin_mask', i) ? null : begin[i],
        end: has('end_mask', i) ? null : end[i],
        step: strides[i],
      };
      const unknown = (slice.start === null && !has('begin_mask', i)) || (slice.end === null && !has('end_mask', i));
      if (unknown) throw new Unsupported('a slice begins or ends at a place that is not known', ['StridedSlice']);
      const whole = slice.start === null && slice.end === null && slice.step === 1;
      if (!whole) slices.push(slice);
      result.push(whole ? shape[axis] : slicedSize(shape[axis], slice));
      axis++;
    }
  }
  while (axis < shape.length) result.push(shape[axis++]);
  return { slices, shrunk, added, shape: result };
}

/** First place, and how many; the size is null when that of the axis is not known. */
export function sliceRange(
  size: number,
  { start, end, step }: AxisSlice,
): { readonly first: number; readonly count: number } {
  const clamp = (place: number, low: number, high: number): number =>
    Math.min(Math.max(place < 0 ? place + size : place, low), high);
  const first =
    start === null ? (step > 0 ? 0 : size - 1) : clamp(start, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
  const last = end === null ? (step > 0 ? size : -1) : clamp(end, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

function slicedSize(size: number | null, slice: AxisSlice): number | null {
  return size === null ? null : sliceRange(size, slice).count;
}
