/** @file Rewrites to an equal graph that is cheaper. */
import type { GraphBuilder } from './builder.ts';
import { fixed, type GraphNode, type Value } from './graph.ts';
import type { Op, OpAttributes, Pads, Pair, WindowAttributes } from './ops.ts';
import { isTiling } from './window.ts';

/** Activations that never decrease: the largest result is the result of the largest input. */
const MONOTONE: ReadonlySet<Op> = new Set<Op>(['relu', 'tanh', 'sigmoid']);

/** Operations of one input that treat every element alike. */
const ELEMENTWISE: ReadonlySet<Op> = new Set<Op>(['relu', 'tanh', 'sigmoid']);

/**
 * Max-pool of a value. After a monotone activation the two change places: same result, and the activation and its
 * gradient see as few elements as the pool leaves (a quarter, mostly).
 */
export function maxPool(builder: GraphBuilder, x: Value, attributes: WindowAttributes): Value {
  const producer = builder.producer(x);
  if (!producer || !MONOTONE.has(producer.op)) {
    return builder.apply('maxPool2d', [withoutRest(builder, x, attributes)], attributes);
  }
  const pooled = maxPool(builder, producer.inputs[0], attributes);
  return again(builder, producer, [pooled], producer.attributes);
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
  if (rest[0] === 0 && rest[1] === 0) return x;
  return cropped(builder, x, rest) ?? x;
}

/** The same value without its last rows and columns, computed anew; null where that would not be cheaper. */
function cropped(builder: GraphBuilder, x: Value, rest: Pair): Value | null {
  const producer = builder.producer(x);
  if (!producer) return null;
  if (ELEMENTWISE.has(producer.op)) {
    const smaller = cropped(builder, producer.inputs[0], rest);
    return smaller && again(builder, producer, [smaller], producer.attributes);
  }
  if (producer.op !== 'conv2d') return null;
  const { kernel, strides, pads } = producer.attributes;
  const fewer: Pads = [pads[0], pads[1], pads[2] - rest[0] * strides[0], pads[3] - rest[1] * strides[1]];
  return again(builder, producer, producer.inputs, { kernel, strides, pads: fewer });
}

/** An operation like another one, for the same layer. */
function again<O extends Op>(
  builder: GraphBuilder,
  { op, scope }: GraphNode<O>,
  inputs: readonly Value[],
  attributes: OpAttributes[O],
): Value {
  const current = builder.scope;
  builder.scope = scope;
  const output = builder.apply(op, inputs, attributes);
  builder.scope = current;
  return output;
}
