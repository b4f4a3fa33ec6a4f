/** @file Convolutions and pools: windows that move over pictures. */
import { Unsupported } from '../../refuse.ts';
import type { Call, Conversion, Rule } from '../context.ts';
import type { OnnxAttribute } from '../draft.ts';
import { isComplete, numbersOf, reshapeKnown, transposeKnown } from '../known.ts';
import type { Dims, Layout, Value } from '../value.ts';
import { needKnown } from './elementwise.ts';

type Pair = readonly [number, number];

/** The two axes of a picture among four, and how ONNX has it. */
interface Spatial {
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

interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
}

/** Padding as ONNX has it, and the size of the result. */
interface Padding {
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  readonly size: readonly [number | null, number | null];
}

function paddingOf(
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

function ceilDivide(size: number | null, by: number): number | null {
  return size === null ? null : Math.ceil(size / by);
}

function pick(values: readonly number[], { axes }: Spatial, otherwise = 1): Pair {
  return [values[axes[0]] ?? otherwise, values[axes[1]] ?? otherwise];
}

function resultShape(
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

/** `[height, width, input, output]` to ONNX's `[output, input, height, width]`. */
function kernelName(to: Conversion, kernel: Value, permutation: readonly number[]): string {
  if (kernel.known && isComplete(kernel.known)) return to.draft.constant(transposeKnown(kernel.known, permutation));
  return to.draft.node('Transpose', [to.plain(kernel)], { perm: permutation });
}

function fixedKernel({ inputs, op, name }: Call): readonly [number, number, number, number] {
  const shape = inputs[1].shape;
  if (shape?.length !== 4 || shape.includes(null))
    throw new Unsupported(`"${name}" (${op}) has a kernel of no fixed shape`, [op]);
  return shape as [number, number, number, number];
}

interface Kernel {
  readonly name: string;
  readonly size: Pair;
  readonly group: number;
  readonly outputs: number;
}

const convolution =
  (kernelOf: (call: Call, channels: number | null) => Kernel): Rule =>
  (call) => {
    const [x] = call.inputs;
    const { attributes, to } = call;
    if (x.special?.kind === 'blocks') return convolveBlocks(call, x.special.source, kernelOf);
    const spatial = spatialOf(call);
    const input = pictureOf(call);
    const kernel = kernelOf(call, input[spatial.channelAxis]);
    const window = {
      kernel: kernel.size,
      strides: pick(attributes.ints('strides'), spatial),
      dilations: pick(attributes.ints('dilations'), spatial),
    };
    const padding = paddingOf(call, [input[spatial.axes[0]], input[spatial.axes[1]]], window, spatial);
    const shape = resultShape(input, spatial, padding.size, kernel.outputs);
    const all = {
      kernel_shape: kernel.size,
      strides: window.strides,
      dilations: window.dilations,
      group: kernel.group,
      ...padding.attributes,
    };
    return to.emit('Conv', [to.in(x, spatial.layout), kernel.name], all, {
      dtype: x.dtype,
      shape,
      layout: spatial.layout,
    });
  };

/** A convolution of blocks is one of the whole picture that skips pixels, as many as a block is long. */
function convolveBlocks(call: Call, source: Value, kernelOf: (call: Call, channels: number | null) => Kernel): Value {
  const { to, inputs, attributes, name, op } = call;
  const special = inputs[0].special;
  const strides = attributes.ints('strides');
  if (
    special?.kind !== 'blocks' ||
    strides.some((stride) => stride !== 1) ||
    attributes.text('padding', 'VALID') !== 'VALID'
  ) {
    throw new Unsupported(`"${name}" (${op}) of blocks has strides or padding`, [op]);
  }
  const shape = source.shape ?? [null, null, null, null];
  const kernel = kernelOf(call, shape[3] ?? null);
  const finish = (pads: readonly number[]): Value => {
    const size = [0, 1].map((i) => {
      const extent = shape[i + 1];
      return extent === null ? null : extent + pads[i] + pads[i + 2] - (kernel.size[i] - 1) * special.block[i];
    });
    const all = { kernel_shape: kernel.size, dilations: special.block, group: kernel.group, pads };
    return to.emit('Conv', [to.channelsFirst(source), kernel.name], all, {
      dtype: source.dtype,
      shape: [shape[0], ...size, kernel.outputs],
      layout: 'channelsFirst',
    });
  };
  return to.special({ kind: 'convolvedBlocks', finish, pads: special.pads }, source.dtype, null);
}

const toBlocks: Rule = (call) => {
  const [source] = call.inputs;
  const block = needKnown(call, 1);
  if (block.length !== 2 || source.shape?.length !== 4)
    throw new Unsupported(`"${call.name}" makes blocks of other than pictures`, [call.op]);
  return call.to.special({ kind: 'blocks', source, block, pads: pairsOf(call, 2) }, source.dtype, null);
};

const fromBlocks: Rule = (call) => {
  const [{ special }] = call.inputs;
  if (special?.kind !== 'convolvedBlocks')
    throw new Unsupported(`"${call.name}" (${call.op}) does not follow a convolution`, [call.op]);
  const crops = pairsOf(call, 2);
  // What is padded to fill the last block is cropped again: where both depend on the size, they are equal.
  const pad = (axis: number, side: number): number => {
    const [padded, cropped] = [special.pads[axis][side], crops[axis][side]];
    if (padded === null || cropped === null)
      throw new Unsupported(`the padding of "${call.name}" is known only when it runs`, [call.op]);
    return padded - cropped;
  };
  return special.finish([pad(0, 0), pad(1, 0), pad(0, 1), pad(1, 1)]);
};

function pairsOf({ inputs, op, name }: Call, index: number): (number | null)[][] {
  const known = inputs[index]?.known;
  if (!known) throw new Unsupported(`"${name}" (${op}) has padding that is known only when it runs`, [op]);
  return Array.from({ length: known.shape[0] }, (_, row) => [
    known.data[2 * row] as number | null,
    known.data[2 * row + 1] as number | null,
  ]);
}

const plainKernel = (call: Call, channels: number | null): Kernel => {
  const [height, width, inputs, outputs] = fixedKernel(call);
  return {
    name: kernelName(call.to, call.inputs[1], [3, 2, 0, 1]),
    size: [height, width],
    group: (channels ?? inputs) / inputs,
    outputs,
  };
};

const depthwiseKernel = (call: Call): Kernel => {
  const [height, width, inputs, multiplier] = fixedKernel(call);
  const { known } = call.inputs[1];
  const outputs = inputs * multiplier;
  if (!known || !isComplete(known))
    throw new Unsupported(`"${call.name}" (${call.op}) has a kernel that is no constant`, [call.op]);
  const name = call.to.draft.constant(reshapeKnown(transposeKnown(known, [2, 3, 0, 1]), [outputs, 1, height, width]));
  return { name, size: [height, width], group: inputs, outputs };
};

/** Inputs: sizes of the result, kernel `[height, width, output, input]`, pictures. */
const transposedConvolution: Rule = (call) => {
  const { inputs, attributes, to, op, name } = call;
  const spatial = spatialOf(call);
  const x = inputs[2];
  const input = pictureOf(call, 2);
  const [height, width, outputs] = fixedKernel(call);
  const strides = pick(attributes.ints('strides'), spatial);
  const dilations = pick(attributes.ints('dilations'), spatial);
  const sizes = inputs[0].known?.data;
  const kind = attributes.text('padding', 'VALID');
  const reach = [(height - 1) * dilations[0] + 1, (width - 1) * dilations[1] + 1];
  const explicit = attributes.ints('explicit_paddings');
  const axes = [0, 1].map((i) => {
    const extent = input[spatial.axes[i]];
    const wanted = (sizes?.[spatial.axes[i]] ?? null) as number | null;
    if (kind === 'EXPLICIT') throw new Unsupported(`"${name}" has explicit padding ${explicit}`, [op]);
    // Where the size is not known, it is what Keras chooses.
    const natural = kind === 'SAME' ? 0 : Math.max(reach[i] - strides[i], 0);
    const size = wanted ?? (extent === null ? null : extent * strides[i] + natural);
    const full = extent === null ? null : (extent - 1) * strides[i] + reach[i];
    const excess = size === null || full === null ? reach[i] - strides[i] - natural : full - size;
    const total = Math.max(excess, 0);
    return {
      size,
      before: kind === 'SAME' ? Math.floor(total / 2) : 0,
      after: kind === 'SAME' ? Math.ceil(total / 2) : total,
      extra: Math.max(-excess, 0),
    };
  });
  const all = {
    kernel_shape: [height, width],
    strides,
    dilations,
    pads: [axes[0].before, axes[1].before, axes[0].after, axes[1].after],
    output_padding: axes.map(({ extra }) => extra),
  };
  const names = [to.in(x, spatial.layout), kernelName(to, inputs[1], [3, 2, 0, 1])];
  const shape = resultShape(
    input,
    spatial,
    axes.map(({ size }) => size),
    outputs,
  );
  return to.emit('ConvTranspose', names, all, { dtype: x.dtype, shape, layout: spatial.layout });
};

const pool =
  (op: 'MaxPool' | 'AveragePool'): Rule =>
  (call) => {
    const { inputs, attributes, to } = call;
    const [x] = inputs;
    const spatial = spatialOf(call);
    const input = pictureOf(call);
    const [sizes, steps] =
      inputs.length > 1
        ? [needKnown(call, 1), needKnown(call, 2)]
        : [attributes.ints('ksize'), attributes.ints('strides')];
    if (sizes[0] !== 1 || sizes[spatial.channelAxis] !== 1)
      throw new Unsupported(`"${call.name}" pools over channels`, [call.op]);
    const window = { kernel: pick(sizes, spatial), strides: pick(steps, spatial), dilations: [1, 1] as const };
    const padding = paddingOf(call, [input[spatial.axes[0]], input[spatial.axes[1]]], window, spatial);
    const shape = resultShape(input, spatial, padding.size, input[spatial.channelAxis]);
    // Said this way, the runtime leaves a `Pad` before it alone: it would pad with what a pool ignores, instead of zeros.
    const isValid = attributes.text('padding', 'VALID') === 'VALID';
    const pads = isValid ? { auto_pad: 'VALID' } : padding.attributes;
    const all = { kernel_shape: window.kernel, strides: window.strides, ...pads };
    return to.emit(op, [to.in(x, spatial.layout)], all, { dtype: x.dtype, shape, layout: spatial.layout });
  };

/** Scale, offset, mean and variance of each channel, as training left them. */
const batchNormalization: Rule = (call) => {
  const { inputs, attributes, to, op, name } = call;
  const [x, ...parameters] = inputs;
  if (attributes.bool('is_training', true))
    throw new Unsupported(`"${name}" normalises by the batch, as in training`, [op], 'Save the model for inference.');
  const spatial = spatialOf(call);
  const names = [to.in(x, spatial.layout), ...parameters.slice(0, 4).map((parameter) => to.plain(parameter))];
  const y = to.emit(
    'BatchNormalization',
    names,
    { epsilon: { float: attributes.float('epsilon', 1e-4) } },
    { dtype: x.dtype, shape: pictureOf(call), layout: spatial.layout },
  );
  const nothing = to.special({ kind: 'nothing' }, x.dtype, null);
  return [y, nothing, nothing, nothing, nothing, nothing];
};

const localResponse: Rule = (call) => {
  const { inputs, attributes, to } = call;
  const radius = attributes.int('depth_radius', 5);
  const size = 2 * radius + 1;
  const all = {
    size,
    alpha: { float: attributes.float('alpha', 1) * size },
    beta: { float: attributes.float('beta', 0.5) },
    bias: { float: attributes.float('bias', 1) },
  };
  return to.emit('LRN', [to.channelsFirst(inputs[0])], all, {
    dtype: inputs[0].dtype,
    shape: pictureOf(call),
    layout: 'channelsFirst',
  });
};

/** Stretching. TensorFlow's three ways to place pixels have names in ONNX. */
const resize =
  (mode: 'linear' | 'nearest' | 'cubic'): Rule =>
  (call) => {
    const { inputs, attributes, to } = call;
    const [x] = inputs;
    const input = pictureOf(call);
    const size = numbersOf(inputs[1].known);
    if (size && size[0] === input[1] && size[1] === input[2]) return mode === 'nearest' ? x : asFloat(to, x);
    if (!size)
      throw new Unsupported(`"${call.name}" (${call.op}) stretches to a size that is known only when it runs`, [
        call.op,
      ]);
    const aligned = attributes.bool('align_corners', false);
    const centred = attributes.bool('half_pixel_centers', false);
    const all = {
      mode,
      axes: [2, 3],
      coordinate_transformation_mode: aligned ? 'align_corners' : centred ? 'half_pixel' : 'asymmetric',
      ...(mode === 'nearest' ? { nearest_mode: aligned || centred ? 'round_prefer_ceil' : 'floor' } : {}),
      ...(mode === 'cubic'
        ? { cubic_coeff_a: { float: centred ? -0.5 : -0.75 }, exclude_outside: centred ? 1 : 0 }
        : {}),
    };
    const source = mode === 'nearest' ? x : asFloat(to, x);
    const shape: Dims = [input[0], size[0], size[1], input[3]];
    return to.emit('Resize', [to.channelsFirst(source), '', '', to.draft.ints(size)], all, {
      dtype: source.dtype,
      shape,
      layout: 'channelsFirst',
    });
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

export const WINDOW_RULES = {
  Conv2D: convolution(plainKernel),
  DepthwiseConv2dNative: convolution(depthwiseKernel),
  Conv2DBackpropInput: transposedConvolution,
  SpaceToBatchND: toBlocks,
  BatchToSpaceND: fromBlocks,
  MaxPool: pool('MaxPool'),
  MaxPoolV2: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  FusedBatchNorm: batchNormalization,
  FusedBatchNormV2: batchNormalization,
  FusedBatchNormV3: batchNormalization,
  LRN: localResponse,
  ResizeBilinear: resize('linear'),
  ResizeNearestNeighbor: resize('nearest'),
  ResizeBicubic: resize('cubic'),
  DepthToSpace: depthSpace('DepthToSpace'),
  SpaceToDepth: depthSpace('SpaceToDepth'),
} as const satisfies Record<string, Rule>;
