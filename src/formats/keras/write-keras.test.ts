/** @file What Keras' formats cannot hold is refused by name, and nothing is left behind; Keras itself reads the rest in the interop suite. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NetworkSpec } from '../../contracts/index.ts';
import { initialWeights } from '../../nn/index.ts';
import { activation, conv2d, dense, flatten, sequential } from '../../nn/network/sequential.ts';
import { kerasCalls } from './write/keras-calls.ts';
import { writeKeras } from './write-keras.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictor-keras-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const network = (options: Partial<Parameters<typeof conv2d>[0]>): NetworkSpec =>
  sequential('small', { height: 6, width: 6, channels: 3 }, [
    conv2d({ filters: 3, kernelSize: 3, name: 'features', ...options }),
    flatten(),
    dense({ units: 3 }),
  ]);

it.each([
  ['tfjs', network({ groups: 3 }), 'has groups, which do not exist in TensorFlow.js'],
  ['keras', network({ activation: { kind: 'gelu', approximate: true } }), 'approximate gelu'],
  ['h5', network({ activation: { kind: 'gelu', approximate: true } }), 'in Keras 2 and 3'],
] as const)('%s refuses a layer by name', async (format, spec, message) => {
  const source = { network: spec, weights: initialWeights(spec, 1), labels: [] };
  await expect(writeKeras(source, format, path.join(folder, 'model'))).rejects.toMatchObject({
    code: 'export_unsupported',
    message: expect.stringContaining(message),
    details: { layer: 'features' },
  });
  expect(await readdir(folder)).toEqual([]);
});

it('refuses weights that are missing, and leaves what was there', async () => {
  const target = path.join(folder, 'model.keras');
  await writeFile(target, 'mine');
  const source = { network: network({}), weights: new Map(), labels: [] };
  await expect(writeKeras(source, 'keras', target)).rejects.toMatchObject({ code: 'network_invalid' });
  expect(await readdir(folder)).toEqual(['model.keras']);
});

it.each(['keras', 'h5', 'tfjs'] as const)('%s: an activation keeps its name', (dialect) => {
  const spec = sequential('named', { height: 4, width: 4, channels: 3 }, [
    conv2d({ filters: 2, kernelSize: 3 }),
    activation({ name: 'six', activation: { kind: 'relu', maxValue: 6 } }),
    activation({ name: 'leaky', activation: 'leakyRelu' }),
    flatten(),
    dense({ units: 2 }),
  ]);
  const { calls } = kerasCalls(spec, { dialect, answers: 'probabilities', signatures: undefined });
  expect(calls.map(({ name }) => name)).toEqual(['conv2d', 'six', 'leaky', 'flatten', 'dense']);
});
