import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TensorValue } from '../../contracts/index.ts';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import type { ModelInUse, RunOptions } from '../model-in-use.ts';
import { greyPng, type ServingFixture, serveFolder } from '../testing/serving-fixture.ts';
import { bytes, example, float, floats, textOf, texts } from '../testing/tensors.ts';

describe('a trained model', () => {
  const bias = [0, 1, 2];
  let fixture: ServingFixture;
  beforeAll(async () => {
    fixture = await serveFolder();
    await fixture.registry.publish(tinyModel({ labels: ['zero', 'one', 'two'] }), { name: 'digits' });
  });
  afterAll(() => fixture.close());

  const use = <T>(work: (model: ModelInUse) => Promise<T>) => fixture.predictor.use({ name: 'digits' }, work);
  const run = (signature: string, inputs: Readonly<Record<string, TensorValue>>, options?: RunOptions) =>
    use((model) => model.run(signature, new Map(Object.entries(inputs)), options));

  it('answers pixels, picture files and examples alike', async () => {
    const png = await greyPng([255, 255, 0, 0], 2);
    const wanted = tinyProbabilities([255, 255, 0, 0], bias);
    const pixels = await run('', { input_tensor: float([1, 2, 2, 1], 255, 255, 0, 0) });
    const files = await run('serving_bytes', { image_bytes_string: texts(png, png) });
    const examples = await run('classify', { inputs: texts(example({ 'image/encoded': bytes(png) })) });
    expect([...pixels.keys(), ...files.keys(), ...examples.keys()]).toEqual([
      'output_0',
      'output_0',
      'classes',
      'scores',
    ]);
    expect(textOf(examples.get('classes'))).toEqual(['zero', 'one', 'two']);
    for (const [rows, tensor] of [
      [1, pixels.get('output_0')],
      [2, files.get('output_0')],
      [1, examples.get('scores')],
    ] as const) {
      expect(tensor!.shape).toEqual([rows, 3]);
      for (const [i, value] of (tensor!.data as Float32Array).entries()) expect(value).toBeCloseTo(wanted[i % 3], 6);
    }
  });

  it('gives the outputs that are asked for, in the order of the signature', async () => {
    const inputs = { inputs: texts(example({ 'image/encoded': bytes(await greyPng([0, 0, 0, 0], 2)) })) };
    expect([...(await run('classify', inputs, { outputs: ['scores'] })).keys()]).toEqual(['scores']);
    expect([...(await run('classify', inputs, { outputs: ['scores', 'classes'] })).keys()]).toEqual([
      'classes',
      'scores',
    ]);
    await expect(run('classify', inputs, { outputs: ['x'] })).rejects.toMatchObject({
      code: 'output_not_found',
      details: { output: 'x', available: ['classes', 'scores'] },
    });
    await expect(run('classify', inputs, { outputs: ['scores', 'scores'] })).rejects.toMatchObject({
      code: 'output_duplicate',
      details: { output: 'scores' },
    });
  });

  const pixels = float([1, 2, 2, 1], 0, 0, 0, 0);
  it.each([
    [
      'x',
      { input_tensor: pixels },
      'signature_not_found',
      { signature: 'x', available: ['serving_default', 'serving_bytes', 'classify'] },
    ],
    [
      '',
      { input_tensor: pixels, b: pixels },
      'inputs_mismatch',
      { extra: ['b'], missing: [], sent: ['input_tensor', 'b'] },
    ],
    ['', { a: pixels }, 'inputs_mismatch', { extra: ['a'], missing: ['input_tensor'], expected: ['input_tensor'] }],
    [
      '',
      { input_tensor: texts('a') },
      'input_dtype_mismatch',
      { input: 'input_tensor', expected: 'DT_FLOAT', got: 'DT_STRING' },
    ],
    ['', { input_tensor: float([1, 4], 1, 2, 3, 4) }, 'input_shape_mismatch', { expected: [-1, 2, 2, 1], got: [1, 4] }],
    ['', { input_tensor: float([1, 2, 2, 1], 1) }, 'input_shape_mismatch', { got: [1, 2, 2, 1] }],
    ['serving_bytes', { image_bytes_string: texts('text') }, 'image_invalid', undefined],
    ['classify', { inputs: texts('\xff\xff') }, 'example_invalid', { reason: 'parse', index: 0 }],
    ['classify', { inputs: texts(example({})) }, 'example_invalid', { reason: 'missing', key: 'image/encoded' }],
    [
      'classify',
      { inputs: texts(example({ 'image/encoded': floats(1) })) },
      'example_invalid',
      { reason: 'type', got: 'DT_FLOAT' },
    ],
  ] as const)('refuses %s with %j', async (signature, inputs, code, details) => {
    const expected = details === undefined ? { code } : { code, details: expect.objectContaining(details) };
    await expect(run(signature, inputs)).rejects.toMatchObject(expected);
  });
});
