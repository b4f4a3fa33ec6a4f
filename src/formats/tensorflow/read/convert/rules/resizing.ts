/** @file Operators that stretch pictures, or move pixels between places and channels. */
import { Unsupported } from '../../refuse.ts';
import type { Call, Conversion, Rule } from '../context.ts';
import { type Known, numbersOf } from '../known.ts';
import { type Dims, physicalAxis, type Value } from '../value.ts';
import { scalar } from './functions.ts';
import {
  areaShares,
  blendPixels,
  cubicShares,
  isKernel,
  kernelShares,
  nearestPixels,
  type Placement,
  type Side,
  sideOf,
} from './resampling.ts';
import { int64 } from './structure.ts';
import { pictureOf, resultShape, spatialOf } from './window.ts';

function placementOf({ attributes }: Call): Placement {
  if (attributes.bool('align_corners', false)) return 'align_corners';
  return attributes.bool('half_pixel_centers', false) ? 'half_pixel' : 'asymmetric';
}

/** Height and width that are asked for. */
function sizeOf({ inputs: [, asked], to }: Call): readonly [Side, Side] {
  const side = (i: 0 | 1): Side => {
    const known = (asked.known?.data[i] as number | null | undefined) ?? null;
    if (known !== null) return { name: scalar(to, known, 'DT_INT64'), known };
    return { name: to.draft.node('Gather', [int64(to, asked), scalar(to, i, 'DT_INT64')]), known };
  };
  return [side(0), side(1)];
}

function resized(input: Dims, [height, width]: readonly [Side, Side]): Dims {
  return [input[0], height.known, width.known, input[3]];
}

function isSame(input: Dims, size: readonly [Side, Side]): boolean {
  return size.every(({ known }, i) => known !== null && known === input[i + 1]);
}

/** Inside of a network all sizes are known, and its pictures have channels first. */
const bilinear: Rule = (call) => {
  const { inputs, to } = call;
  const input = pictureOf(call);
  const size = sizeOf(call);
  if (isSame(input, size)) return asFloat(to, inputs[0]);
  const shape = resized(input, size);
  const placement = placementOf(call);
  if ([...shape.slice(1, 3), ...input.slice(1, 3)].includes(null)) {
    return blendPixels(to, inputs[0], size, placement, shape);
  }
  const source = to.channelsFirst(asFloat(to, inputs[0]));
  // All four sizes: with only those of some axes, the runtime makes mistakes when it moves transposes.
  const kept = to.draft.node('Shape', [source], { start: 0, end: 2 });
  const sizes = to.draft.node('Concat', [kept, int64(to, inputs[1])], { axis: 0 });
  const attributes = { mode: 'linear', coordinate_transformation_mode: placement };
  return to.emit('Resize', [source, '', '', sizes], attributes, { dtype: 'DT_FLOAT', shape, layout: 'channelsFirst' });
};

/** Which pixel is the nearest is found here, as TensorFlow finds it in float32: the runtime may miss it by one. */
const stretchNearest: Rule = (call) => {
  const { inputs, to } = call;
  const [x] = inputs;
  const input = pictureOf(call);
  const size = sizeOf(call);
  if (isSame(input, size)) return x;
  const layout = input.includes(null) ? x.layout : 'channelsFirst';
  const placement = placementOf(call);
  const [rows, columns] = ([0, 1] as const).map((i) => nearestPixels(to, sideOf(to, x, i + 1), size[i], placement));
  const shape = resized(input, size);
  const first = to.draft.node('Gather', [to.in(x, layout), rows], { axis: physicalAxis(layout, 1) });
  return to.emit('Gather', [first, columns], { axis: physicalAxis(layout, 2) }, { dtype: x.dtype, shape, layout });
};

/** Numbers between pixels are floats. */
function asFloat(to: Conversion, x: Value): Value {
  if (x.dtype === 'DT_FLOAT') return x;
  return to.emit('Cast', [to.in(x, x.layout)], { to: 1 }, { dtype: 'DT_FLOAT', shape: x.shape, layout: x.layout });
}

const depthSpace =
  (op: 'DepthToSpace' | 'SpaceToDepth'): Rule =>
  (call) => {
    const { inputs, attributes, to } = call;
    const [x] = inputs;
    const spatial = spatialOf(call);
    const input = pictureOf(call);
    const block = attributes.int('block_size', 2);
    const factor = op === 'DepthToSpace' ? block : 1 / block;
    const times = (size: number | null, by: number): number | null => (size === null ? null : size * by);
    const size = spatial.axes.map((axis) => times(input[axis], factor));
    const shape = resultShape(input, spatial, size, times(input[spatial.channelAxis], 1 / factor ** 2));
    return to.emit(
      op,
      [to.in(x, spatial.layout)],
      { blocksize: block },
      { dtype: x.dtype, shape, layout: spatial.layout },
    );
  };

/** Pixels are sums of those under each new one, or under a kernel: a product with a matrix of shares for each axis. */
const weighted =
  (sharesOf: (call: Call, axis: 1 | 2, size: Side) => string): Rule =>
  (call) => {
    const { inputs, to } = call;
    const input = pictureOf(call);
    const size = sizeOf(call);
    const x = to.channelsFirst(asFloat(to, inputs[0]));
    const rows = sharesOf(call, 1, size[0]);
    const columns = to.draft.node('Transpose', [sharesOf(call, 2, size[1])], { perm: [1, 0] });
    // The runtime's product of many small matrices with one: rows last is the faster order for tall pictures.
    const wide = to.draft.node('MatMul', [x, columns]);
    const shape = resized(input, size);
    return to.emit('MatMul', [rows, wide], {}, { dtype: 'DT_FLOAT', shape, layout: 'channelsFirst' });
  };

const area = weighted((call, axis, size) => {
  return areaShares(call.to, sideOf(call.to, call.inputs[0], axis), size, placementOf(call));
});

const cubic = weighted((call, axis, size) => {
  return cubicShares(call.to, sideOf(call.to, call.inputs[0], axis), size, placementOf(call));
});

const kernel = weighted((call, axis, size) => {
  const { inputs, attributes, to, name, op } = call;
  const [, , scales, translations] = inputs;
  const moved = numbersOf(translations?.known ?? null);
  if (!moved?.every((by) => by === 0)) throw new Unsupported(`"${name}" moves pictures while it stretches them`, [op]);
  const type = attributes.text('kernel_type', 'lanczos3');
  if (!isKernel(type)) throw new Unsupported(`"${name}" stretches with the kernel ${type}`, [op]);
  const scale = to.draft.node('Gather', [to.plain(scales), to.draft.constant(index(axis - 1))]);
  return kernelShares(to, sideOf(to, inputs[0], axis), size, scale, type, attributes.bool('antialias', true));
});

function index(value: number): Known {
  return { dtype: 'DT_INT64', shape: [], data: [value] };
}

export const RESIZING_RULES = {
  ResizeBilinear: bilinear,
  ResizeArea: area,
  ScaleAndTranslate: kernel,
  ResizeNearestNeighbor: stretchNearest,
  ResizeBicubic: cubic,
  DepthToSpace: depthSpace('DepthToSpace'),
  SpaceToDepth: depthSpace('SpaceToDepth'),
} as const satisfies Record<string, Rule>;
