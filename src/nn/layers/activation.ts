/** @file Activation, alone and as an argument of other layers. */
import type { Activation, ActivationName } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { activationName, required } from './arguments.ts';
import { type LayerRule, NO_PARAMETERS } from './rule.ts';

type Apply = (builder: GraphBuilder, x: Value) => Value;

/** As Keras' function of that name has it when nothing is said. */
const LEAKY_SLOPE = 0.2;

/** Klambauer et al., 'Self-normalizing neural networks', 2017. */
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

const APPLY: { readonly [A in ActivationName]: Apply } = {
  linear: (_, x) => x,
  relu: (builder, x) => builder.apply('relu', [x], {}),
  relu6: (builder, x) => builder.apply('clip', [x], { minimum: 0, maximum: 6 }),
  leakyRelu: (builder, x) => builder.apply('leakyRelu', [x], { slope: LEAKY_SLOPE }),
  elu: (builder, x) => builder.apply('elu', [x], { alpha: 1, slopeAtZero: 'alpha' }),
  selu: (builder, x) => builder.scale(builder.apply('elu', [x], { alpha: SELU.alpha, slopeAtZero: 'one' }), SELU.scale),
  gelu: (builder, x) => {
    const share = builder.apply('erf', [builder.scale(x, Math.SQRT1_2)], {});
    return builder.multiply(builder.scale(x, 0.5), builder.add(share, builder.constant(1)));
  },
  silu: (builder, x) => builder.multiply(x, builder.apply('sigmoid', [x], {})),
  hardSwish: (builder, x) => builder.multiply(x, builder.apply('hardSigmoid', [x], {})),
  hardSigmoid: (builder, x) => builder.apply('hardSigmoid', [x], {}),
  tanh: (builder, x) => builder.apply('tanh', [x], {}),
  sigmoid: (builder, x) => builder.apply('sigmoid', [x], {}),
  softmax: softmaxOfLastAxis,
};

/** The operation is over axis 1: the channels of pictures, the numbers of rows. Only `[a, b]` has its last axis elsewhere. */
function softmaxOfLastAxis(builder: GraphBuilder, x: Value): Value {
  if (x.shape.length !== 3) return builder.apply('softmax', [x], {});
  const turned = builder.apply('transpose', [x], { permutation: [0, 2, 1] });
  return builder.apply('transpose', [builder.apply('softmax', [turned], {})], { permutation: [0, 2, 1] });
}

export function activate(builder: GraphBuilder, x: Value, activation: Activation = 'linear'): Value {
  if (typeof activation === 'string') return APPLY[activation](builder, x);
  switch (activation.kind) {
    case 'relu':
      return generalRelu(builder, x, activation);
    case 'leakyRelu':
      return builder.apply('leakyRelu', [x], { slope: activation.negativeSlope ?? LEAKY_SLOPE });
    case 'elu':
      return builder.apply('elu', [x], { alpha: activation.alpha ?? 1, slopeAtZero: 'alpha' });
    case 'gelu':
      return activation.approximate ? geluByTanh(builder, x) : APPLY.gelu(builder, x);
  }
}

function generalRelu(
  builder: GraphBuilder,
  x: Value,
  { maxValue, negativeSlope = 0 }: { readonly maxValue?: number; readonly negativeSlope?: number },
): Value {
  if (maxValue === undefined) {
    return negativeSlope === 0 ? APPLY.relu(builder, x) : builder.apply('leakyRelu', [x], { slope: negativeSlope });
  }
  const positive = builder.apply('clip', [x], { minimum: 0, maximum: maxValue });
  if (negativeSlope === 0) return positive;
  const negative = APPLY.relu(builder, builder.scale(x, -1));
  return builder.subtract(positive, builder.scale(negative, negativeSlope));
}

/** `x / 2 * (1 + tanh(sqrt(2 / π) * (x + 0.044715 x³)))` */
function geluByTanh(builder: GraphBuilder, x: Value): Value {
  const square = builder.multiply(x, x);
  const bent = builder.multiply(x, builder.add(builder.scale(square, 0.044715), builder.constant(1)));
  const share = builder.apply('tanh', [builder.scale(bent, Math.sqrt(2 / Math.PI))], {});
  return builder.multiply(builder.scale(x, 0.5), builder.add(share, builder.constant(1)));
}

export const activationLayer: LayerRule<'Activation'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: { activation: required(activationName) },
  outputShape: ([input]) => input,
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { activation }) => activate(builder, x, activation),
};
