/** @file Shapes of normalisation. */
import { sameShape, type TensorType } from '../graph.ts';
import type { NormalizationOp } from '../ops.ts';
import { activationGradient } from './elementwise.ts';
import { expectFloat, expectInputs, expectThat, float, type ShapeRules } from './rule.ts';

/** x and as many vectors of one number a channel. */
function withVectors(inputs: readonly TensorType[], vectors: number): TensorType {
  expectInputs(inputs, vectors + 1);
  return statisticsOf(inputs[0], inputs.slice(1));
}

function statisticsOf(x: TensorType, vectors: readonly TensorType[]): TensorType {
  expectFloat([x, ...vectors]);
  expectThat(x.shape.length >= 2, '[n, channels, …]');
  expectThat(
    vectors.every(({ shape }) => sameShape(shape, [x.shape[1]])),
    'one number for each channel',
  );
  return float(x.shape);
}

function ofEachChannel(inputs: readonly TensorType[]): TensorType {
  return float([withVectors(inputs, 0).shape[1]]);
}

export const NORMALIZATION_SHAPES: ShapeRules<NormalizationOp> = {
  batchMean: ofEachChannel,
  batchVariance: ofEachChannel,
  batchNorm: (inputs) => withVectors(inputs, 2),
  batchNormScaleGradient: (inputs) => {
    expectInputs(inputs, 2);
    expectThat(sameShape(inputs[0].shape, inputs[1].shape), 'x and a gradient of one shape');
    return ofEachChannel(inputs.slice(0, 1));
  },
  batchNormInputGradient: (inputs) => {
    expectInputs(inputs, 5);
    const [x, gamma, gradient, ...sums] = inputs;
    expectThat(sameShape(x.shape, gradient.shape), 'x and a gradient of one shape');
    return statisticsOf(x, [gamma, ...sums]);
  },
  batchNormInference: (inputs) => withVectors(inputs, 4),
  normalize: (inputs, { axes }) => {
    expectInputs(inputs, 1);
    expectFloat(inputs);
    expectThat(
      axes.length > 0 && axes.every((axis) => axis >= 0 && axis < inputs[0].shape.length),
      `axes below ${inputs[0].shape.length}`,
    );
    return float(inputs[0].shape);
  },
  normalizeGradient: activationGradient,
};
