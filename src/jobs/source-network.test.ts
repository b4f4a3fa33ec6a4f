import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SIGNATURES, type InputRange, type TrainingRequest } from '../contracts/index.ts';
import {
  activation,
  conv2d,
  dense,
  describeNetwork,
  flatten,
  globalAveragePooling2d,
  sequential,
} from '../nn/index.ts';
import { ModelRegistry } from '../registry/index.ts';
import { tinyGraph } from '../registry/testing/tiny-graph.ts';
import { tinyModel } from '../registry/testing/tiny-model.ts';
import { forClasses, sourceNetwork } from './source-network.ts';

const { recipe, weights } = tinyModel();
const { network } = recipe;

let directory: string;
let registry: ModelRegistry;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-source-'));
  registry = new ModelRegistry(path.join(directory, 'models'));
  await registry.publish(tinyModel(), { name: 'own' });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const find = (more: Partial<TrainingRequest>) => {
  const settings = { dataDirectory: directory, registry, urls: { allowLoopback: false, allowPrivate: false } };
  const request: TrainingRequest = { dataset: { kind: 'sample', name: 'digits' }, name: 'x', ...more };
  return sourceNetwork(settings, request, new AbortController().signal);
};

describe('the network of a source', () => {
  it('is that of a model, as it was published', async () => {
    expect(await find({ weights: { kind: 'model', name: 'own' } })).toEqual(network);
  });

  it.each([
    ['0..1', { scale: 1 / 255 }],
    ['-1..1', { scale: 1 / 127.5, offset: -1 }],
  ] as const)('scales pixels for a model that wants %s', async (inputRange: InputRange, config) => {
    const name = `imported${inputRange.length}`;
    const model = tinyGraph({
      format: 'keras',
      network: { spec: network, weights, signatures: DEFAULT_SIGNATURES },
      graphs: {},
      signatures: {},
      input: network.input,
    });
    await registry.publishImported(model, { name, file: 'x.keras', inputRange });
    const found = await find({ weights: { kind: 'model', name } });
    expect(found?.nodes.slice(0, 2)).toEqual([
      { name: 'rescaling', layer: 'Rescaling', config, inputs: ['input'] },
      { ...network.nodes[0], inputs: ['rescaling'] },
    ]);
    expect(found?.output).toBe(network.output);
  });

  it('is asked for only when the request names none', async () => {
    const weights = { kind: 'model', name: 'own' } as const;
    expect(await find({ weights, model: 'lenet' })).toBeNull();
    expect(await find({ weights, network })).toBeNull();
    expect(await find({ weights: { kind: 'published' } })).toBeNull();
    expect(await find({})).toBeNull();
  });

  it('is none for graphs that were made elsewhere', async () => {
    await registry.publishImported(tinyGraph(), { name: 'graph', file: 'x.onnx' });
    const asked = find({ weights: { kind: 'model', name: 'graph' } });
    await expect(asked).rejects.toMatchObject({ code: 'training_option_invalid', message: /graph:1 is a graph/ });
  });
});

describe('for other classes', () => {
  const image = { height: 8, width: 8, channels: 1 } as const;
  const outputs = (spec: Parameters<typeof describeNetwork>[0]) => describeNetwork(spec).layers.at(-1)?.outputShape;

  it('the last layer with weights gives as many', () => {
    expect(forClasses(network, 3)).toBe(network);
    expect(outputs(forClasses(network, 7))).toEqual([7]);
    const convolutional = sequential('c', image, [
      conv2d({ filters: 4, kernelSize: 3 }),
      conv2d({ filters: 3, kernelSize: 1 }),
      globalAveragePooling2d(),
    ]);
    expect(outputs(forClasses(convolutional, 5))).toEqual([5]);
    const scaled = sequential('s', image, [flatten(), dense({ units: 3 }), activation({ activation: 'linear' })]);
    expect(outputs(forClasses(scaled, 5))).toEqual([5]);
  });

  it('a network without such a layer is refused', () => {
    const bare = sequential('bare', image, [conv2d({ filters: 4, kernelSize: 3 }), flatten()]);
    const spec = { ...bare, nodes: bare.nodes.slice(1).map((node) => ({ ...node, inputs: ['input'] })) };
    expect(() => forClasses(spec as typeof bare, 5)).toThrow(
      expect.objectContaining({ code: 'training_option_invalid' }),
    );
  });
});
