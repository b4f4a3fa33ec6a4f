import path from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TensorValue } from '../../contracts/index.ts';
import { tf } from '../../proto/index.ts';
import { createInferencePool, type InferencePool } from '../../runtime/index.ts';
import { Predictor } from '../predictor.ts';
import type { ServedModelConfig } from './configuration.ts';

const data = process.env.PICTOR_DATA;
const title = data
  ? "TensorFlow Serving's test models"
  : "TensorFlow Serving's test models (skipped: PICTOR_DATA names no folder with them)";

/** Answers as `tensorflow_model_server_test.py` and the documentation of the REST interface have them. */
describe.skipIf(!data)(title, () => {
  let pool: InferencePool;
  let predictor: Predictor;
  const config = (name: string, folder: string): ServedModelConfig => ({
    name,
    basePath: path.join(data ?? '', 'models', 'savedmodel', folder),
    policy: { kind: 'all' },
    labels: new Map(
      folder.includes('versions')
        ? [
            ['stable', 123],
            ['canary', 124],
          ]
        : [],
    ),
  });

  beforeAll(async () => {
    pool = createInferencePool({ threads: 1 });
    predictor = new Predictor({ pool, basePaths: { pollMs: 0 } });
    await predictor.start();
    const status = await predictor.basePaths.apply([
      config('two', 'saved_model_half_plus_two_cpu'),
      config('both', 'saved_model_half_plus_two_2_versions'),
      config('tf2', 'saved_model_half_plus_two_tf2_cpu'),
      config('three', 'saved_model_half_plus_three'),
    ]);
    expect(status).toEqual({ code: 'OK', message: '' });
  });
  afterAll(async () => {
    await predictor.close();
    await pool.close();
  });

  const float = (shape: readonly number[], ...numbers: number[]): TensorValue => {
    return { dtype: 'DT_FLOAT', shape, data: Float32Array.from(numbers) };
  };
  const run = (
    target: { name: string; version?: number; label?: string },
    signature: string,
    inputs: Readonly<Record<string, TensorValue>>,
  ) =>
    predictor.use(target, async (model) => {
      const outputs = await model.run(signature, new Map(Object.entries(inputs)));
      return Object.fromEntries(
        [...outputs].map(([alias, tensor]) => [alias, [tensor.shape, Array.from(tensor.data as Float32Array)]]),
      );
    });
  const examples = (...numbers: number[]): TensorValue => {
    const serialised = numbers.map((number) => {
      const kind = { case: 'floatList', value: create(tf.FloatListSchema, { value: [number] }) } as const;
      const features = create(tf.FeaturesSchema, { feature: { x: create(tf.FeatureSchema, { kind }) } });
      return toBinary(tf.ExampleSchema, create(tf.ExampleSchema, { features }));
    });
    return { dtype: 'DT_STRING', shape: [numbers.length], data: serialised };
  };

  it('predict', async () => {
    expect(await run({ name: 'two' }, '', { x: float([3], 1, 2, 5) })).toEqual({ y: [[3], [2.5, 3, 4.5]] });
    expect(await run({ name: 'two' }, '', { x: float([2, 1], 2, 4) })).toEqual({
      y: [
        [2, 1],
        [3, 4],
      ],
    });
    expect(await run({ name: 'tf2' }, '', { x: float([3], 1, 2, 5) })).toEqual({ y: [[3], [2.5, 3, 4.5]] });
    expect(await run({ name: 'three' }, '', { x: float([3], 1, 2, 5) })).toEqual({ y: [[3], [3.5, 4, 5.5]] });
  });

  it('classify and regress examples', async () => {
    const { scores } = await run({ name: 'two' }, 'classify_x_to_y', { inputs: examples(2, 20) });
    expect(scores[1]).toEqual([3, 12]);
    const { outputs } = await run({ name: 'two' }, 'regress_x_to_y', { inputs: examples(2, 80) });
    expect(outputs[1]).toEqual([3, 42]);
    const three = await run({ name: 'two' }, 'regress_x_to_y2', { inputs: examples(2) });
    expect(three.outputs[1]).toEqual([4]);
  });

  it('answer by version and by label', async () => {
    for (const target of [{ version: 123 }, { version: 124 }, { label: 'stable' }, { label: 'canary' }]) {
      expect(await run({ name: 'both', ...target }, '', { x: float([1], 2) })).toEqual({ y: [[1], [3]] });
    }
    await expect(run({ name: 'both', version: 125 }, '', { x: float([1], 2) })).rejects.toMatchObject({
      code: 'model_version_not_found',
    });
    expect((await predictor.status('both')).map(({ version, state }) => [version, state])).toEqual([
      [124, 'AVAILABLE'],
      [123, 'AVAILABLE'],
    ]);
  });
});
