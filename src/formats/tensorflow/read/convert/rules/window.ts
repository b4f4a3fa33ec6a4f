/** @file Windows that move over pictures: their axes, padding, and how many places they have. */
import { Unsupported } from '../../refuse.ts';
import type { Call } from '../context.ts';
import type { OnnxAttribute } from '../draft.ts';
import type { Dims, Layout } from '../value.ts';

export type Pair = readonly [number, number];

/** The two axes of a picture among four, and how ONNX has it. */
export interface Spatial {
  readonly axes: Pair;
  readonly channelAxis: number;
  readonly layout: Layout;
}

export function spatialOf({ attributes, op, name }: Call): Spatial {
  const format = attributes.text('data_format', 'NHWC');
  if (format === 'NHWC') return { axes: [1, 2], channelAxis: 3, layout: 'channelsFirst' };
  if (format === 'NCHW') return { axes: [2, 3], channelAxis: 1, layout: 'plain' };
  throw new Unsupported(`"${name}" has the order of axes ${format}`, [op]);
}

export function pictureOf({ inputs, op, name }: Call, index = 0): Dims {
  const { shape } = inputs[index];
  if (shape === null) return [null, null, null, null];
  if (shape.length !== 4) throw new Unsupported(`"${name}" (${op}) gets ${shape.length} dimensions instead of 4`, [op]);
  return shape;
}

export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
}

/** Padding as ONNX has it, and the size of the result. */
export interface Padding {
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  readonly size: readonly [number | null, number | null];
}

export function paddingOf(
  { attributes, name, op }: Call,
  sizes: readonly [number | null, number | null],
  window: Window,
  spatial: Spatial,
): Padding {
  const kind = attributes.text('padding', 'VALID');
  const reach = ([0, 1] as const).map((i) => (window.kernel[i] - 1) * window.dilations[i] + 1) as [number, number];
  if (kind === 'SAME') {
    const size = ([0, 1] as const).map((i) => ceilDivide(sizes[i], window.strides[i])) as [
      number | null,
      number | null,
    ];
    if (size[0] === null || size[1] === null) return { attributes: { auto_pad: 'SAME_UPPER' }, size };
    const total = ([0, 1] as const).map((i) => Math.max((size[i]! - 1) * window.strides[i] + reach[i] - sizes[i]!, 0));
    const before = total.map((pad) => Math.floor(pad / 2));
    return { attributes: { pads: [...before, ...total.map((pad, i) => pad - before[i])] }, size };
  }
  const explicit = attributes.ints('explicit_paddings');
  if (kind !== 'VALID' && kind !== 'EXPLICIT') throw new Unsupported(`"${name}" has the padding ${kind}`, [op]);
  const pads =
    kind === 'VALID' ? [0, 0, 0, 0] : [0, 1].flatMap((side) => spatial.axes.map((axis) => explicit[2 * axis + side]));
  const size = ([0, 1] as const).map((i) => {
    const room = sizes[i] === null ? null : sizes[i] + pads[i] + pads[i + 2] - reach[i];
    return room === null ? null : Math.floor(room / window.strides[i]) + 1;
  }) as [number | null, number | null];
  return { attributes: { pads }, size };
}

export function ceilDivide(size: number | null, by: number): number | null {
  return size === null ? null : Math.ceil(size / by);
}

export function pick(values: readonly number[], { axes }: Spatial, otherwise = 1): Pair {
  return [values[axes[0]] ?? otherwise, values[axes[1]] ?? otherwise];
}

export function resultShape(
  input: Dims,
  { axes, channelAxis }: Spatial,
  size: readonly (number | null)[],
  channels: number | null,
): Dims {
  const shape = [...input];
  shape[axes[0]] = size[0];
  shape[axes[1]] = size[1];
  shape[channelAxis] = channels;
  return shape;
}
