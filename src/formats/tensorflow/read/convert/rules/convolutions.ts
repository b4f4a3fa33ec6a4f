/** @file Convolutions. */
import { Unsupported } from '../../refuse.ts';
import type { Call, Conversion, Rule } from '../context.ts';
import { isComplete, reshapeKnown, transposeKnown } from '../known.ts';
import type { Value } from '../value.ts';
import { needKnown } from './elementwise.ts';
import { type Pair, paddingOf, pick, pictureOf, resultShape, spatialOf } from './window.ts';

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

export const CONVOLUTION_RULES = {
  Conv2D: convolution(plainKernel),
  DepthwiseConv2dNative: convolution(depthwiseKernel),
  Conv2DBackpropInput: transposedConvolution,
  SpaceToBatchND: toBlocks,
  BatchToSpaceND: fromBlocks,
} as const satisfies Record<string, Rule>;
