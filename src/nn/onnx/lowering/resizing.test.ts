/** @file Bilinear resizing between transpositions, as a served layer of colour pictures is computed: the runtime moves them. */
import { expect, it } from 'vitest';
import { compileInference } from '../../compile/inference.ts';
import { resizing } from '../../network/convolution-layers.ts';
import { dense, flatten, sequential } from '../../network/sequential.ts';
import { initialWeights } from '../../network/weights.ts';
import { runModel } from '../../testing/onnx-session.ts';

/** `tf.image.resize(x, [3, 2])` of TensorFlow 2.21, where `x[i]`, flat, is `37 i mod 255` of shape `[2, 2, 3, 3]`. */
const RESIZED = [
  27.75, 64.75, 101.75, 194.25, 40, 77, 66.75, 103.75, 108.875, 137.625, 79, 84.125, 105.75, 142.75, 116, 81, 118,
  91.25, 120, 157, 194, 95.25, 132.25, 169.25, 159, 100.375, 137.375, 134.25, 171.25, 112.625, 198, 43.75, 80.75,
  173.25, 210.25, 56,
];

it('gives what TensorFlow gives, in a graph that is rewritten for serving', async () => {
  const layers = [resizing({ name: 'resized', height: 3, width: 2 }), flatten(), dense({ units: 2 })];
  const network = sequential('resizing', { height: 2, width: 3, channels: 3 }, layers);
  const graph = compileInference(network, initialWeights(network, 1), ['resized']);
  const data = Float32Array.from({ length: 36 }, (_, i) => (37 * i) % 255);
  const feeds = new Map([['input_tensor', { type: 'float32', shape: [2, 2, 3, 3], data }]] as const);
  const results = await runModel(graph, feeds, 'all');
  const { shape, data: found } = results.get('layer:resized')!;
  expect(shape).toEqual([2, 3, 2, 3]);
  for (const [i, value] of RESIZED.entries()) expect(found[i]).toBeCloseTo(value, 3);
});
