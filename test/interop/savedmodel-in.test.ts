/** @file SavedModels by Keras and TensorFlow, read here: architectures in several shards, and every operator by itself. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { WeightTensor } from '../../src/contracts/index.ts';
import { decodeSafetensors, type ImportedModel, readSavedModel } from '../../src/formats/index.ts';
import { openSession } from '../../src/runtime/index.ts';
import { ARCHITECTURES } from './support/architectures.ts';

const script = (name: string): string => fileURLToPath(new URL(`./models/${name}`, import.meta.url));
/** Random augmentation in the model has a test of its own. */
const EXPORTED = ARCHITECTURES.filter((name) => name !== 'nested');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-saved-models-'));
  const python = (...args: string[]) => promisify(execFile)(inject('python'), args, { maxBuffer: 1 << 26 });
  await python(script('saved_models.py'), folder, 'keras');
  await python(script('tensorflow_ops.py'), folder);
}, 900_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Largest difference, beside the largest number. */
async function difference(model: ImportedModel, signature: string, x: WeightTensor, y: WeightTensor): Promise<number> {
  const { graph, inputs, outputs } = model.signatures[signature];
  const session = await openSession(model.graphs[graph]);
  const [[input], [output]] = [Object.values(inputs), Object.values(outputs)];
  const answers = await session.run({ [input.node]: { type: 'float32', ...x } });
  const { shape, data } = answers[output.node];
  await session.close();
  expect(shape).toEqual(y.shape);
  const largest = y.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return y.data.reduce((most, value, i) => Math.max(most, Math.abs(value - Number(data[i]))), 0) / largest;
}

describe('an architecture of Keras', () => {
  it.each(EXPORTED)('%s', async (name) => {
    const model = await readSavedModel(path.join(folder, name));
    const tensors = decodeSafetensors(await readFile(path.join(folder, `${name}.safetensors`)));
    const [pictures, answers] = [tensors.get('pictures')!, tensors.get('answers')!];
    expect(await difference(model, 'serving_default', pictures, answers)).toBeLessThan(1e-5);
    expect(model.warnings).toEqual([]);
  });

  it('that was exported with its random augmentation is refused', async () => {
    await expect(readSavedModel(path.join(folder, 'nested'))).rejects.toMatchObject({
      code: 'model_unsupported',
      fix: expect.stringContaining('random augmentation'),
    });
  });
});

it('operators, one by one', async () => {
  const model = await readSavedModel(path.join(folder, 'ops'));
  const tensors = decodeSafetensors(await readFile(path.join(folder, 'ops.safetensors')));
  const names = [...tensors.keys()].filter((key) => key.endsWith('/x')).map((key) => key.slice(0, -2));
  expect(model.warnings).toEqual([]);
  expect(names.length).toBeGreaterThan(300);
  const wrong: string[] = [];
  for (const name of names) {
    const found = await difference(model, name, tensors.get(`${name}/x`)!, tensors.get(`${name}/y`)!);
    // Half precision is computed in float32 here.
    if (!(found < (name.endsWith('half') ? 1e-3 : 1e-5))) wrong.push(`${name}: ${found}`);
  }
  expect(wrong).toEqual([]);
}, 300_000);
