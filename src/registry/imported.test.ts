import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SIGNATURES } from '../contracts/index.ts';
import { openSession } from '../runtime/index.ts';
import { ModelRegistry } from './index.ts';
import { tinyGraph } from './testing/tiny-graph.ts';
import { tinyModel, tinyProbabilities } from './testing/tiny-model.ts';

let directory: string;
let registry: ModelRegistry;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-imported-'));
  registry = new ModelRegistry(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const publish = (over: Parameters<typeof tinyGraph>[0] = {}, facts: object = {}) =>
  registry.publishImported(tinyGraph(over), { name: 'outside', file: 'outside', ...facts });

describe('a graph', () => {
  it('is published with its own signatures, files in folders, and where it came from', async () => {
    const version = await publish({}, { inputRange: '0..1', labels: ['a', 'b', 'c'] });
    expect(version).toMatchObject({
      version: 1,
      preset: 'savedmodel',
      parameters: 12,
      labels: ['a', 'b', 'c'],
      input: { height: 2, width: 2, channels: 1 },
      metrics: { accuracy: null },
      origin: { format: 'savedmodel', producer: 'tensorflow 2.21.0', file: 'outside' },
    });
    const manifest = await registry.verify('outside', 1);
    expect(manifest).toMatchObject({
      network: null,
      recipe: null,
      evaluation: null,
      inputRange: '0..1',
      pictureSignature: { name: 'serving_default', input: 'x', output: 'y' },
      graphSignatures: tinyGraph().signatures,
    });
    expect(Object.keys(manifest.files)).toEqual(['graphs/pictures.onnx', 'labels.txt']);
    expect(await readdir(path.join(directory, 'outside/1/graphs'))).toEqual(['pictures.onnx']);
  });

  it('has its classes called by their numbers when nobody tells their labels', async () => {
    expect((await publish()).labels).toEqual(['0', '1', '2']);
  });

  it('may answer no pictures, and has no labels then', async () => {
    const [signature] = Object.values(tinyGraph().signatures);
    const x = { dtype: 'DT_FLOAT', shape: [-1, 1], tensor: 'x:0', node: 'x' } as const;
    const { labels, input } = await publish({ signatures: { serving_default: { ...signature, inputs: { x } } } });
    expect({ labels, input }).toEqual({ labels: [], input: null });
    expect(await registry.manifest('outside')).not.toHaveProperty('pictureSignature');
  });

  it.each([
    ['one missing', ['a', 'b'], /there are 2, and the model gives 3/],
    ['one too many', ['a', 'b', 'c', 'd'], /there are 4/],
    ['one twice', ['a', 'b', 'a'], /"a" is there twice/],
    ['an empty one', ['a', ' ', 'c'], /label 2 of 3 is empty/],
  ])('is refused with labels of which %s', async (_, labels, message) => {
    await expect(publish({}, { labels })).rejects.toMatchObject({ code: 'model_labels_invalid', message });
    await expect(publish({ labels })).rejects.toMatchObject({ code: 'model_labels_invalid', message });
    expect(await readdir(directory)).toEqual([]);
  });

  it('is broken when its manifest leads out of the folder, or to a graph that it does not list', async () => {
    await publish();
    const file = path.join(directory, 'outside/1/pictor.json');
    const text = await readFile(file, 'utf8');
    for (const name of ['../x', '/x', 'a//x', 'a\\\\x', './x', 'C:x']) {
      await writeFile(file, text.replaceAll('graphs/pictures.onnx', name));
      await expect(registry.manifest('outside', 1)).rejects.toMatchObject({ message: /a file outside the folder/ });
    }
    await writeFile(file, text.replace('"graph": "graphs/pictures.onnx"', '"graph": "other.onnx"'));
    await expect(registry.manifest('outside', 1)).rejects.toMatchObject({ message: /names no other.onnx/ });
    await writeFile(file, text.replace('"graphSignatures"', '"graphs"'));
    await expect(registry.manifest('outside', 1)).rejects.toMatchObject({ message: /neither network nor graphs/ });
  });
});

it('a network is published as one that was trained here, and its weights can be read', async () => {
  const { recipe, weights } = tinyModel();
  const network = { spec: recipe.network, weights, signatures: DEFAULT_SIGNATURES };
  const { input, nodes } = recipe.network;
  await publish({ format: 'keras', network, graphs: {}, signatures: {}, input });
  expect(await registry.manifest('outside')).toMatchObject({ input, network: { nodes }, labels: ['0', '1', '2'] });
  expect((await registry.readWeights('outside')).weights.get('dense/bias')?.data).toEqual(new Float32Array([0, 1, 2]));
  const session = await openSession(registry.modelPath('outside', 1));
  const data = new Float32Array([0, 50, 100, 255]);
  const { output_0 } = await session.run({ input_tensor: { type: 'float32', data, shape: [1, 2, 2, 1] } });
  await session.close();
  for (const [i, expected] of tinyProbabilities(data, [0, 1, 2]).entries())
    expect(output_0.data[i]).toBeCloseTo(expected, 6);
});
