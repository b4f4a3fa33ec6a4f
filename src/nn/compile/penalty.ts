/** @file What regularisers add to the loss of a step. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { ParameterInfo } from '../network/describe.ts';

/** Name of the graph's input that says how much of the penalty this graph has to bear. */
export const PENALTY_WEIGHT = 'penaltyWeight';

/** `penaltyWeight * Σ (l1 Σ|w| + l2 Σw²)` over what is trained, as in Keras; null when nothing is regularised. */
export function addPenalty(
  builder: GraphBuilder,
  parameters: readonly ParameterInfo[],
  values: ReadonlyMap<string, Value>,
): Value | null {
  const terms = parameters.flatMap(({ name, trainable, regularizer: { l1 = 0, l2 = 0 } = {} }) => {
    if (!trainable) return [];
    const value = values.get(name) as Value;
    const sum = (x: Value, factor: number): Value =>
      builder.scale(
        builder.reduceSum(
          x,
          x.shape.map((_, axis) => axis),
        ),
        factor,
      );
    return [
      ...(l1 > 0 ? [sum(builder.apply('absolute', [value], {}), l1)] : []),
      ...(l2 > 0 ? [sum(builder.multiply(value, value), l2)] : []),
    ];
  });
  if (terms.length === 0) return null;
  const total = terms.reduce((all, next) => builder.add(all, next));
  return builder.multiply(total, builder.input(PENALTY_WEIGHT, 'float32', []));
}
