/** @file Rewrites to an equal graph that is cheaper. */
import type { GraphBuilder } from './builder.ts';
import { fixed, type GraphNode, type Value } from './graph.ts';
import type { Op, OpAttributes, Pair, WindowAttributes } from './ops.ts';
import { isPlain, isTiling, windowOutput } from './window.ts';

/** Activations that never decrease: the largest result is the result of the largest input. */
const MONOTONE: ReadonlySet<Op> = new Set<Op>(['relu', 'tanh', 'sigmoid']);

/** Operations that treat every pixel alike. */
const ELEMENTWISE: ReadonlySet<Op> = new Set<Op>(['relu', 'tanh', 'sigmoid', 'add', 'multiply', 'maximumOverGroups']);

/**
 * Max-pool of a value. After a monotone activation the two change places: same result, and the activation and its
 * gradient see as few elements as the pool leaves (a quarter, mostly).
 */
export function maxPool(builder: GraphBuilder, x: Value, attributes: WindowAttributes): Value {
  const producer = builder.producer(x);
  if (!producer || !MONOTONE.has(producer.op)) {
    return (
      maximumOfPlaces(builder, x, attributes) ??
      builder.apply('maxPool2d', [withoutRest(builder, x, attributes)], attributes)
    );
  }
  const pooled = maxPool(builder, producer.inputs[0], attributes);
  return again(builder, producer, [pooled], producer.attributes);
}

/** With more input channels than these, the larger kernel costs more than it saves. */
const MOST_CHANNELS_OF_PLACES = 7;

/**
 * A pool over tiles of a convolution is the largest of one convolution for each place in the tile, whose strides are the
 * tile: one convolution with a group of filters for each place, each a copy of the kernel at that place in a larger window.
 * Neither the pool nor its gradient then sees the large picture, and the gradient of the maximum is never spread over
 * it. The bias comes after, once for each tile. Null where that does not apply, or does not pay.
 */
function maximumOfPlaces(builder: GraphBuilder, x: Value, attributes: WindowAttributes): Value | null {
  const producer = builder.producer(x);
  if (producer?.op !== 'conv2d' || !isTiling(attributes)) return null;
  const { kernel, strides, pads } = producer.attributes;
  const [picture, weights, bias] = producer.inputs;
  const [rows, columns] = attributes.kernel;
  const pays = rows * columns <= 4 && fixed(picture.shape, 1) <= MOST_CHANNELS_OF_PLACES;
  if (!isPlain(producer.attributes) || strides[0] !== 1 || strides[1] !== 1 || !pays) return null;
  const places = Array.from({ length: rows * columns }, (_, place): Value => {
    const [top, left] = [Math.floor(place / columns), place % columns];
    return forLayerOf(builder, producer, 'pad2d', [weights], { pads: [top, left, rows - 1 - top, columns - 1 - left] });
  });
  const window: Pair = [kernel[0] + rows - 1, kernel[1] + columns - 1];
  const tiles = windowOutput([fixed(x.shape, 2), fixed(x.shape, 3)], attributes);
  // What the last window lacks, or has too much, at the end of the picture.
  const endPad = (axis: 0 | 1): number =>
    (tiles[axis] - 1) * attributes.strides[axis] + window[axis] - fixed(picture.shape, axis + 2) - pads[axis];
  const grouped = forLayerOf(builder, producer, 'concatenate', places, { axis: 0 });
  const convolved = forLayerOf(builder, producer, 'conv2d', [picture, grouped], {
    kernel: window,
    strides: attributes.strides,
    pads: [pads[0], pads[1], endPad(0), endPad(1)],
  });
  const largest = builder.apply('maximumOverGroups', [convolved], { groups: rows * columns });
  return bias ? builder.add(largest, builder.reshape(bias, [1, bias.shape[0], 1, 1])) : largest;
}

export function averagePool(builder: GraphBuilder, x: Value, attributes: WindowAttributes): Value {
  return builder.apply('averagePool2d', [withoutRest(builder, x, attributes)], attributes);
}

/**
 * When tiles leave pixels over at the end, the convolution before need not compute them; then no gradient has to be
 * widened with zeros for them either.
 */
function withoutRest(builder: GraphBuilder, x: Value, attributes: WindowAttributes): Value {
  if (!isTiling(attributes)) return x;
  const rest: Pair = [fixed(x.shape, 2) % attributes.kernel[0], fixed(x.shape, 3) % attributes.kernel[1]];
  return cropped(builder, x, rest) ?? x;
}

/** The same value without its last rows and columns, computed anew; null where that would not be cheaper. */
function cropped(builder: GraphBuilder, x: Value, rest: Pair): Value | null {
  if (rest[0] === 0 && rest[1] === 0) return x;
  const producer = builder.producer(x);
  if (!producer) return null;
  if (ELEMENTWISE.has(producer.op)) return croppedElementwise(builder, producer, rest);
  if (producer.op === 'conv2d') return croppedConvolution(builder, producer, rest);
  if (producer.op === 'maxPool2d' && isTiling(producer.attributes)) return croppedPool(builder, producer, rest);
  return null;
}

function croppedElementwise(builder: GraphBuilder, node: GraphNode, rest: Pair): Value | null {
  const inputs = node.inputs.map((input) =>
    // What is broadcast over the picture, such as a bias, has no rows to lose.
    input.shape.slice(-2).every((size) => size === 1) ? input : cropped(builder, input, rest),
  );
  if (inputs.some((input) => input === null)) return null;
  return again(builder, node, inputs as Value[], node.attributes);
}

/** Fewer windows need less padding at the end; where it had none, they need less of the picture. */
function croppedConvolution(builder: GraphBuilder, node: GraphNode<'conv2d'>, rest: Pair): Value {
  const { strides, pads } = node.attributes;
  const [picture, ...weights] = node.inputs;
  const end: Pair = [pads[2] - rest[0] * strides[0], pads[3] - rest[1] * strides[1]];
  const smaller = cropped(builder, picture, [Math.max(-end[0], 0), Math.max(-end[1], 0)]);
  const kept: Pair = smaller ? [Math.max(end[0], 0), Math.max(end[1], 0)] : end;
  return again(builder, node, [smaller ?? picture, ...weights], {
    ...node.attributes,
    pads: [pads[0], pads[1], ...kept],
  });
}

function croppedPool(builder: GraphBuilder, node: GraphNode<'maxPool2d'>, rest: Pair): Value | null {
  const [picture] = node.inputs;
  const { kernel } = node.attributes;
  const unused = (axis: 0 | 1): number => (fixed(picture.shape, axis + 2) % kernel[axis]) + rest[axis] * kernel[axis];
  const smaller = cropped(builder, picture, [unused(0), unused(1)]);
  return smaller && again(builder, node, [smaller], node.attributes);
}

/** An operation like another one, for the same layer. */
function again<O extends Op>(
  builder: GraphBuilder,
  node: GraphNode<O>,
  inputs: readonly Value[],
  attributes: OpAttributes[O],
): Value {
  return forLayerOf<O>(builder, node, node.op, inputs, attributes);
}

function forLayerOf<O extends Op>(
  builder: GraphBuilder,
  { scope }: { readonly scope: string },
  op: O,
  inputs: readonly Value[],
  attributes: OpAttributes[O],
): Value {
  const current = builder.scope;
  builder.scope = scope;
  const output = builder.apply(op, inputs, attributes);
  builder.scope = current;
  return output;
}
