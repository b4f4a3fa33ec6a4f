/** @file Zeros around a picture stay zeros: runtimes would take them for the padding of a pool, which is minus infinity. */
import { expect, it } from 'vitest';
import { compileEvaluation } from '../../compile/evaluation.ts';
import { zeroPadding2d } from '../../network/convolution-layers.ts';
import { averagePooling2d, dense, flatten, maxPooling2d, rescaling, sequential } from '../../network/sequential.ts';
import { runModel } from '../../testing/onnx-session.ts';

it.each([
  // Four windows of 4x4 see no zeros and give -2. In all windows together each pixel is seen nine times, but for zeros.
  ['MaxPooling2D', maxPooling2d, 4 * -2],
  ['AveragePooling2D', averagePooling2d, (-2 * (4 * 9 + 8 * 6 + 4 * 4)) / 9],
] as const)('%s sees the zeros of ZeroPadding2D', async (_, pool, sum) => {
  const network = sequential('padded', { height: 4, width: 4, channels: 1 }, [
    rescaling({ scale: -2 / 255 }),
    zeroPadding2d(),
    pool({ poolSize: 3, strides: 1 }),
    flatten(),
    dense({ units: 2, useBias: false }),
  ]);
  const results = await runModel(
    compileEvaluation(network).model,
    new Map([
      ['images', { type: 'uint8', shape: [1, 4, 4, 1], data: new Uint8Array(16).fill(255) }],
      ['dense/kernel', { type: 'float32', shape: [16, 2], data: new Float32Array(32).fill(1) }],
    ]),
  );
  for (const logit of Array.from(results.get('logits')?.data ?? [])) expect(logit).toBeCloseTo(sum, 4);
});
