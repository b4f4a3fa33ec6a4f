/** @file LayerNormalization: every sample, over its last axis, to mean `beta` and standard deviation `gamma`. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { flag, optional, positiveNumber } from './arguments.ts';
import { graphAxis } from './axes.ts';
import type { LayerParameter, LayerRule } from './rule.ts';
import { weightArguments } from './weight-arguments.ts';

const EPSILON = 1e-3;

export const layerNormalizationLayer: LayerRule<'LayerNormalization'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: {
    epsilon: optional(positiveNumber),
    center: optional(flag),
    scale: optional(flag),
    ...weightArguments('gamma', 'beta'),
  },
  outputShape: ([input]) => input,
  parameters: ([input], { center = true, scale = true }) => {
    const size = input[input.length - 1];
    const vector = { shape: [size], fanIn: size, fanOut: size };
    const parameters: LayerParameter[] = [];
    if (scale) parameters.push({ name: 'gamma', initializer: 'ones', ...vector });
    if (center) parameters.push({ name: 'beta', initializer: 'zeros', ...vector });
    return parameters;
  },
  forward: ({ builder, parameter }, [x], { epsilon = EPSILON, center = true, scale = true }) => {
    const rank = x.shape.length - 1;
    const axis = graphAxis(rank - 1, rank);
    const normal = builder.apply('normalize', [x], { axes: [axis], epsilon });
    const scaled = scale ? builder.multiply(normal, along(builder, parameter('gamma'), axis, rank)) : normal;
    return center ? builder.add(scaled, along(builder, parameter('beta'), axis, rank)) : scaled;
  },
};

/** A vector so that it stretches over all axes but one. */
function along(builder: GraphBuilder, vector: Value, axis: number, rank: number): Value {
  const shape = [...vector.shape, ...new Array<number>(rank - axis).fill(1)];
  return builder.reshape(vector, shape);
}
