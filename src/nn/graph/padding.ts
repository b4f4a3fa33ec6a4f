/** @file Zeros around pictures, and convolutions that take them in. */
import type { GraphBuilder } from './builder.ts';
import type { Value } from './graph.ts';
import type { ConvolutionAttributes, Pads } from './ops.ts';

/** Negative pads crop. */
export function pad(builder: GraphBuilder, x: Value, pads: Pads): Value {
  return pads.every((edge) => edge === 0) ? x : builder.apply('pad2d', [x], { pads });
}

/**
 * A convolution. Zeros that were put around the picture before become padding of its own, which costs nothing, and the
 * wider picture need not exist.
 */
export function convolution(
  builder: GraphBuilder,
  x: Value,
  weights: readonly Value[],
  attributes: ConvolutionAttributes,
): Value {
  const producer = builder.producer(x);
  if (producer?.op !== 'pad2d') return builder.apply('conv2d', [x, ...weights], attributes);
  const [top, left, bottom, right] = attributes.pads;
  const { pads } = producer.attributes;
  // A crop followed by padding is not a smaller crop.
  if (pads.some((edge) => edge < 0)) return builder.apply('conv2d', [x, ...weights], attributes);
  return builder.apply('conv2d', [producer.inputs[0], ...weights], {
    ...attributes,
    pads: [top + pads[0], left + pads[1], bottom + pads[2], right + pads[3]],
  });
}
