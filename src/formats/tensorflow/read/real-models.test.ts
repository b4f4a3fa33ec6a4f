import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openSession } from '../../../runtime/index.ts';
import type { ImportedModel } from '../../imported-model.ts';
import { readSavedModel } from './read-saved-model.ts';

const data = process.env.PICTOR_DATA;
const title = data ? 'real SavedModels' : 'real SavedModels (skipped: PICTOR_DATA names no folder with them)';
const PIXELS = 784;
const CLASSES = 10;
const BATCH = 2000;
/** Probabilities below it are compared absolutely: their last digits are those of sums of large numbers. */
const SMALL = 1e-4;

interface Reference {
  readonly labels: readonly number[];
  readonly outputs: readonly (readonly number[])[];
  readonly accuracy_on_all_10000_test_images: number;
}

describe.skipIf(!data)(title, () => {
  const pictures = data
    ? gunzipSync(readFileSync(path.join(data, 'mnist/t10k-images-idx3-ubyte.gz'))).subarray(16)
    : [];
  const labels = data ? gunzipSync(readFileSync(path.join(data, 'mnist/t10k-labels-idx1-ubyte.gz'))).subarray(8) : [];

  it.each([
    ['mnist_cnn_tf2.6', 'mnist_cnn_tf2.6', 113_386],
    ['mnist_conv16_tf2.19/1', 'mnist_conv16_tf2.19', 108_330],
    ['mnist_softmax_tf2.4', 'mnist_softmax_tf2.4', 7850],
  ])('%s answers as TensorFlow does', async (folder, name, parameters) => {
    const model = await open(folder);
    expect(model).toMatchObject({ format: 'savedmodel', parameters, answers: 'probabilities', warnings: [] });
    expect(model.input).toEqual({ height: 28, width: 28, channels: 1 });
    const found = await probabilities(model);
    const reference = JSON.parse(
      readFileSync(path.join(data!, 'models/reference', `${name}.json`), 'utf8'),
    ) as Reference;
    const worst = reference.outputs
      .flat()
      .map((expected, i) => Math.abs(found[i] - expected) / Math.max(expected, SMALL));
    expect(Math.max(...worst)).toBeLessThan(1e-5);
    expect(accuracy(found)).toBe(reference.accuracy_on_all_10000_test_images);
  });

  async function probabilities(model: ImportedModel): Promise<Float32Array> {
    const { graph, inputs, outputs } = model.signatures.serving_default;
    const [[input], [output]] = [Object.values(inputs), Object.values(outputs)];
    const session = await openSession(model.graphs[graph]);
    const all = new Float32Array(labels.length * CLASSES);
    for (let row = 0; row < labels.length; row += BATCH) {
      const pixels = Float32Array.from(pictures.slice(row * PIXELS, (row + BATCH) * PIXELS), (value) => value / 255);
      const shape = [BATCH, ...(input.shape ?? []).slice(1)];
      const answer = await session.run({ [input.node]: { type: 'float32', shape, data: pixels } });
      all.set(answer[output.node].data as Float32Array, row * CLASSES);
    }
    await session.close();
    return all;
  }

  function accuracy(found: Float32Array): number {
    let right = 0;
    for (const [i, label] of [...labels].entries()) {
      const row = found.subarray(i * CLASSES, (i + 1) * CLASSES);
      if (row.indexOf(Math.max(...row)) === label) right++;
    }
    return right / labels.length;
  }

  it.each([
    ['saved_model_half_plus_two_cpu/00000123', [3, 1], [2.5, 3, 4.5]],
    ['saved_model_half_plus_two_2_versions/00000123', [3, 1], [2.5, 3, 4.5]],
    ['saved_model_half_plus_two_2_versions/00000124', [3, 1], [2.5, 3, 4.5]],
    ['saved_model_half_plus_two_tf2_cpu/00000123', [1], [2.5]],
    ['saved_model_half_plus_three/00000123', [3], [3.5, 4, 5.5]],
    ['saved_model_half_plus_three/00000123', [], [3.5]],
  ])('%s of shape %j', async (folder, shape, expected) => {
    const model = await open(folder);
    const session = await openSession(model.graphs[model.signatures.serving_default.graph]);
    const x = Float32Array.from([1, 2, 5].slice(0, expected.length));
    expect([...((await session.run({ x: { type: 'float32', shape, data: x } })).y.data as Float32Array)]).toEqual(
      expected,
    );
    await session.close();
  });

  it('half_plus_two: records are parsed before the graph', async () => {
    const { signatures, graphs } = await open('saved_model_half_plus_two_cpu/00000123');
    expect(Object.keys(signatures)).toEqual([
      'serving_default',
      'classify_x_to_y',
      'regress_x2_to_y3',
      'regress_x_to_y',
      'regress_x_to_y2',
    ]);
    const regress = signatures.regress_x_to_y2;
    expect(regress.method).toBe('tensorflow/serving/regress');
    expect(regress.inputs.inputs).toMatchObject({ dtype: 'DT_STRING', shape: null, tensor: 'tf_example:0' });
    expect(regress.examples).toEqual({
      inputs: {
        x: { key: 'x', dtype: 'DT_FLOAT', shape: [1], default: null },
        x2: { key: 'x2', dtype: 'DT_FLOAT', shape: [1], default: [0] },
      },
    });
    const session = await openSession(graphs[regress.graph]);
    const number = (value: number) => ({ type: 'float32', shape: [1, 1], data: Float32Array.of(value) }) as const;
    const answer = await session.run({ x: number(4), x2: number(0) });
    expect([...(answer.outputs.data as Float32Array)]).toEqual([5]);
    await session.close();
  });

  it('half_plus_three: shapes are as its metadata has them', async () => {
    const { signatures } = await open('saved_model_half_plus_three/00000123');
    expect(signatures.serving_default.inputs.x).toEqual({ dtype: 'DT_FLOAT', shape: [], tensor: 'x:0', node: 'x' });
    expect(signatures['tensorflow/serving/regress'].examples?.inputs).toHaveProperty('x');
  });

  it('two names of one signature share a graph', async () => {
    const { signatures, graphs } = await open('mnist_conv16_tf2.19/1');
    expect(Object.keys(graphs)).toEqual(['model.onnx']);
    expect(signatures.serve.graph).toBe(signatures.serving_default.graph);
  });

  function open(folder: string): Promise<ImportedModel> {
    return readSavedModel(path.join(data!, 'models/savedmodel', folder));
  }
});
