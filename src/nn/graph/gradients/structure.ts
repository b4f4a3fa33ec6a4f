/** @file Gradients of operations that move, repeat or sum elements, and of those that classify. */

import { fixed } from '../graph.ts';
import type { StructureOp } from '../ops.ts';
import { sumTo } from './elementwise.ts';
import { type GradientRules, nonDifferentiable } from './rule.ts';

export const STRUCTURE_GRADIENTS: GradientRules<StructureOp> = {
  reshape: ({ builder, inputs: [a], gradient }) => [() => builder.reshape(gradient, a.shape)],
  transpose: ({ builder, attributes, gradient }) => [
    () =>
      builder.apply('transpose', [gradient], {
        permutation: attributes.permutation.map((_, axis) => attributes.permutation.indexOf(axis)),
      }),
  ],
  broadcast: ({ builder, inputs: [a], gradient }) => [() => sumTo(builder, gradient, a.shape)],
  reduceSum: ({ builder, inputs: [a], attributes, gradient }) => [
    () => {
      const kept = a.shape.map((dimension, axis) => (attributes.axes.includes(axis) ? 1 : dimension));
      return builder.apply('broadcast', [builder.reshape(gradient, kept)], { shape: a.shape });
    },
  ],
  reduceMax: ({ builder, inputs: [a], output, attributes, gradient }) => [
    () => {
      const kept = a.shape.map((dimension, axis) => (attributes.axes.includes(axis) ? 1 : dimension));
      const equal = builder.apply('equal', [a, builder.reshape(output, kept)], {});
      const winners = builder.cast(equal, 'float32');
      const share = builder.divide(builder.reshape(gradient, kept), builder.reduceSum(winners, attributes.axes, true));
      return builder.multiply(winners, share);
    },
  ],
  concatenate: ({ builder, inputs, attributes: { axis }, gradient }) => {
    let start = 0;
    return inputs.map(({ shape }) => {
      const [first, end] = [start, start + fixed(shape, axis)];
      start = end;
      return () => builder.apply('slice', [gradient], { axis, start: first, end });
    });
  },
  slice: nonDifferentiable('only the gradient of concatenate uses it'),
  argMax: nonDifferentiable('an index is constant almost everywhere'),
  oneHot: nonDifferentiable('its input is whole numbers'),
  // d loss / d logits = softmax - one-hot: no division, no logarithm, nothing that can overflow.
  softmaxCrossEntropy: ({ builder, inputs: [logits, labels], gradient }) => [
    () => {
      const probabilities = builder.apply('softmax', [logits], {});
      const truth = builder.apply('oneHot', [labels], { depth: fixed(logits.shape, 1) });
      const perSample = builder.reshape(gradient, [logits.shape[0], 1]);
      return builder.multiply(builder.subtract(probabilities, truth), perSample);
    },
    null,
  ],
};
