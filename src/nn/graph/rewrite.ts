/** @file Rewrites to an equal graph that is cheaper. */
import type { GraphBuilder } from './builder.ts';
import type { Value } from './graph.ts';
import type { Op, WindowAttributes } from './ops.ts';

/** Activations that never decrease: the largest result is the result of the largest input. */
const MONOTONE: ReadonlySet<Op> = new Set<Op>(['relu', 'tanh', 'sigmoid']);

/**
 * Max-pool of a value. After a monotone activation the two change places: same result, and the activation and its
 * gradient see as few elements as the pool leaves (a quarter, mostly).
 */
export function maxPool(builder: GraphBuilder, x: Value, attributes: WindowAttributes): Value {
  const producer = builder.producer(x);
  if (!producer || !MONOTONE.has(producer.op)) return builder.apply('maxPool2d', [x], attributes);
  const pooled = builder.apply('maxPool2d', [producer.inputs[0]], attributes);
  return builder.apply(producer.op, [pooled], producer.attributes);
}
