/** @file Gradients of normalisation. */
import type { GraphBuilder } from '../builder.ts';
import { fixed, type Value } from '../graph.ts';
import type { NormalizationOp } from '../ops.ts';
import { type GradientRules, nonDifferentiable } from './rule.ts';

const ONLY_AVERAGES = 'only moving averages use it';

/** Sums over all axes but that of the channels. */
function sumOfChannels(builder: GraphBuilder, x: Value): Value {
  return builder.reduceSum(
    x,
    x.shape.map((_, axis) => axis).filter((axis) => axis !== 1),
  );
}

function filled(builder: GraphBuilder, { shape }: Value, value: number): Value {
  return builder.constant(new Float32Array(fixed(shape, 0)).fill(value), [fixed(shape, 0)]);
}

export const NORMALIZATION_GRADIENTS: GradientRules<NormalizationOp> = {
  batchMean: nonDifferentiable(ONLY_AVERAGES),
  batchVariance: nonDifferentiable(ONLY_AVERAGES),
  // As one operation each: through mean and variance step by step the large tensors would be read three times as often.
  batchNorm: ({ builder, inputs: [x, gamma], attributes, gradient }) => {
    let byGamma: Value | undefined;
    let byBeta: Value | undefined;
    const ofGamma = (): Value => {
      byGamma ??= builder.apply('batchNormScaleGradient', [x, gradient], attributes);
      return byGamma;
    };
    const ofBeta = (): Value => {
      byBeta ??= sumOfChannels(builder, gradient);
      return byBeta;
    };
    return [
      () => builder.apply('batchNormInputGradient', [x, gamma, gradient, ofGamma(), ofBeta()], attributes),
      ofGamma,
      ofBeta,
    ];
  },
  batchNormScaleGradient: nonDifferentiable('gradients of gradients are not needed'),
  batchNormInputGradient: nonDifferentiable('gradients of gradients are not needed'),
  normalize: ({ builder, inputs: [x], attributes, gradient }) => [
    () => builder.apply('normalizeGradient', [x, gradient], attributes),
  ],
  normalizeGradient: nonDifferentiable('gradients of gradients are not needed'),
  batchNormInference: ({ builder, inputs: [x, gamma, , mean, variance], attributes, gradient }) => {
    const one = filled(builder, gamma, 1);
    const zero = filled(builder, gamma, 0);
    const scaled = (value: Value, scale: Value, center: Value): Value =>
      builder.apply('batchNormInference', [value, scale, zero, center, variance], attributes);
    const deviation = (): Value =>
      builder.apply('sqrt', [builder.add(variance, builder.constant(attributes.epsilon))], {});
    const byGamma = (): Value => sumOfChannels(builder, builder.multiply(gradient, scaled(x, one, mean)));
    return [
      () => scaled(gradient, gamma, zero),
      byGamma,
      () => sumOfChannels(builder, gradient),
      () => {
        const slope = builder.scale(builder.divide(gamma, deviation()), -1);
        return builder.multiply(sumOfChannels(builder, gradient), slope);
      },
      () => {
        const square = builder.add(variance, builder.constant(attributes.epsilon));
        return builder.multiply(byGamma(), builder.scale(builder.divide(gamma, square), -0.5));
      },
    ];
  },
};
