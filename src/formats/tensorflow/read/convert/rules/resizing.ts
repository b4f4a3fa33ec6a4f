/** @file Operators that stretch pictures, or move pixels between places and channels. */
import { Unsupported } from '../../refuse.ts';
import type { Call, Conversion, Rule } from '../context.ts';
import { numbersOf } from '../known.ts';
import type { Dims, Value } from '../value.ts';
import { pictureOf, resultShape, spatialOf } from './window.ts';

type Sizes = readonly [number, number];

/** How TensorFlow places pixels: by their middles, by the corners, or by their upper left edges. */
type Placement = 'half_pixel' | 'align_corners' | 'asymmetric';

function placementOf({ attributes }: Call): Placement {
  if (attributes.bool('align_corners', false)) return 'align_corners';
  return attributes.bool('half_pixel_centers', false) ? 'half_pixel' : 'asymmetric';
}

function sizeOf(call: Call): Sizes {
  const size = numbersOf(call.inputs[1].known);
  if (size?.length === 2) return [size[0], size[1]];
  throw new Unsupported(`"${call.name}" (${call.op}) stretches to a size that is known only when it runs`, [call.op]);
}

const stretch =
  (mode: 'linear' | 'cubic'): Rule =>
  (call) => {
    const { inputs, to } = call;
    const input = pictureOf(call);
    const size = sizeOf(call);
    const x = asFloat(to, inputs[0]);
    if (size[0] === input[1] && size[1] === input[2]) return x;
    const placement = placementOf(call);
    const cubic = {
      cubic_coeff_a: { float: placement === 'half_pixel' ? -0.5 : -0.75 },
      exclude_outside: Number(placement === 'half_pixel'),
    };
    const all = { mode, coordinate_transformation_mode: placement, ...(mode === 'cubic' ? cubic : {}) };
    const source = to.channelsFirst(x);
    // All four sizes: with only those of some axes, the runtime makes mistakes when it moves transposes.
    const kept = to.draft.node('Shape', [source], { start: 0, end: 2 });
    const sizes = to.draft.node('Concat', [kept, to.draft.ints(size)], { axis: 0 });
    const shape: Dims = [input[0], size[0], size[1], input[3]];
    return to.emit('Resize', [source, '', '', sizes], all, { dtype: 'DT_FLOAT', shape, layout: 'channelsFirst' });
  };

/** Which pixel is the nearest is found here, as TensorFlow finds it in float32: the runtime may miss it by one. */
const stretchNearest: Rule = (call) => {
  const { inputs, to } = call;
  const [x] = inputs;
  const input = pictureOf(call);
  const size = sizeOf(call);
  const [height, width] = [input[1], input[2]];
  if (size[0] === height && size[1] === width) return x;
  if (height === null || width === null) {
    throw new Unsupported(`"${call.name}" (${call.op}) stretches pictures whose size is known only when it runs`, [
      call.op,
    ]);
  }
  const placement = placementOf(call);
  const axis = (from: number, count: number): string => to.draft.ints(nearestPixels(from, count, placement));
  const rows = to.draft.node('Gather', [to.channelsFirst(x), axis(height, size[0])], { axis: 2 });
  const shape: Dims = [input[0], size[0], size[1], input[3]];
  return to.emit(
    'Gather',
    [rows, axis(width, size[1])],
    { axis: 3 },
    { dtype: x.dtype, shape, layout: 'channelsFirst' },
  );
};

/** Source: tensorflow/core/kernels/image/resize_nearest_neighbor_op.cc. */
function nearestPixels(before: number, after: number, placement: Placement): number[] {
  const { fround } = Math;
  const aligned = placement === 'align_corners' && after > 1;
  const scale = aligned ? fround((before - 1) / (after - 1)) : fround(before / after);
  return Array.from({ length: after }, (_, i) => {
    const place = fround(fround(placement === 'half_pixel' ? i + 0.5 : i) * scale);
    return Math.min(placement === 'align_corners' ? Math.round(place) : Math.floor(place), before - 1);
  });
}

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

export const RESIZING_RULES = {
  ResizeBilinear: stretch('linear'),
  ResizeNearestNeighbor: stretchNearest,
  ResizeBicubic: stretch('cubic'),
  DepthToSpace: depthSpace('DepthToSpace'),
  SpaceToDepth: depthSpace('SpaceToDepth'),
} as const satisfies Record<string, Rule>;
