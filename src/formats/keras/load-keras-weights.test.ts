/** @file Weights files that Keras wrote (scripts/keras-weight-files.py) give Keras' logits; broken ones say what is wrong. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { NetworkSpec } from '../../contracts/index.ts';
import {
  compileEvaluation,
  conv2d,
  dense,
  dropout,
  flatten,
  initialWeights,
  maxPooling2d,
  rescaling,
  sequential,
} from '../../nn/index.ts';
import { hashed } from '../../nn/testing/hashed.ts';
import { openSession } from '../../runtime/index.ts';
import { openHdf5 } from '../hdf5/reader.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { loadKerasWeights } from './load-keras-weights.ts';

const fixture = (name: string) => fileURLToPath(new URL(`./testing/fixtures/${name}`, import.meta.url));

const { at, written } = temporaryFolder('pictor-keras-test-');

interface Choice {
  readonly classes?: number;
  readonly filters?: number;
  readonly names?: readonly [string, string, string];
}

/** The network of the script. */
function small({ classes = 3, filters = 4, names = ['features', 'hidden', 'scores'] }: Choice = {}): NetworkSpec {
  return sequential('small', { height: 5, width: 6, channels: 3 }, [
    rescaling({ scale: 1 / 255 }),
    conv2d({ name: names[0], filters, kernelSize: [3, 2], activation: 'relu' }),
    flatten(),
    dense({ name: names[1], units: 5, activation: 'tanh' }),
    dropout({ rate: 0.5 }),
    dense({ name: names[2], units: classes }),
  ]);
}

function pixels(count: number, stream: number): Uint8Array {
  return Uint8Array.from(hashed(count, stream), (x) => Math.floor(x * 256));
}

async function logitsWith(file: string, spec: NetworkSpec): Promise<number[]> {
  const { weights } = await loadKerasWeights(file, spec);
  const session = await openSession(compileEvaluation(spec).model, { optimization: 'basic' });
  const feeds = [...weights].map(([name, { shape, data }]) => [name, { type: 'float32', shape, data }] as const);
  const images = { type: 'uint8', shape: [2, 5, 6, 3], data: pixels(2 * 5 * 6 * 3, 5) } as const;
  const { logits } = await session.run({ images, ...Object.fromEntries(feeds) });
  await session.close();
  return [...(logits.data as Float32Array)];
}

describe('loadKerasWeights', () => {
  it.each([
    ['the weights of Keras 3', 'small.weights.h5', {}],
    ['weights without names, by class and number', 'small-unnamed.weights.h5', {}],
    ['a whole model', 'small-model.h5', {}],
    ['weights of Keras 2', 'small-old.h5', {}],
    ['weights of a model in a model', 'small-nested.h5', {}],
    ['layers of other names, by their order', 'small-old.h5', { names: ['conv2d', 'dense', 'dense_1'] }],
    ['layers of other names, by class and number', 'small.weights.h5', { names: ['conv2d_7', 'dense', 'dense_1'] }],
  ] as const)("gives Keras' logits from %s", async (_, name, choice) => {
    const { logits }: { logits: number[][] } = JSON.parse(await readFile(fixture('small.json'), 'utf8'));
    const found = await logitsWith(fixture(name), small(choice));
    logits.flat().forEach((logit, i) => {
      expect(found[i]).toBeCloseTo(logit, 6);
    });
  });

  it('takes no zeros for numbers that are in a file which did not come along', async () => {
    const file = await openHdf5(fixture('small-virtual.h5'));
    const kernel = file.contents.datasets.get('/hidden/hidden/kernel:0');
    await expect(file.read(kernel!)).rejects.toMatchObject({
      code: 'model_file_invalid',
      message: expect.stringContaining('numbers of type virtual, which are in other files'),
    });
    await file.close();
  });

  it('leaves the head out when it is for another number of classes', async () => {
    const { weights, fresh, unused } = await loadKerasWeights(fixture('small-old.h5'), small({ classes: 7 }));
    expect([...weights.keys()]).toEqual(['features/kernel', 'features/bias', 'hidden/kernel', 'hidden/bias']);
    expect(fresh).toEqual(['scores/kernel', 'scores/bias']);
    expect(unused).toEqual([]);
  });

  it('leaves out a head of another name, and says so', async () => {
    const spec = small({ names: ['features', 'hidden', 'answer'], classes: 4 });
    const { fresh, unused } = await loadKerasWeights(fixture('small.weights.h5'), spec);
    expect(fresh).toEqual(['answer/kernel', 'answer/bias']);
    expect(unused).toEqual(['scores']);
  });

  it('says which tensors of another architecture differ', async () => {
    const load = loadKerasWeights(fixture('small-old.h5'), small({ filters: 6 }));
    await expect(load).rejects.toMatchObject({
      code: 'weights_mismatch',
      message:
        'small-old.h5 holds the weights of another architecture than small: 3 of another shape. ' +
        'features/kernel has shape [3, 2, 3, 4] instead of [3, 2, 3, 6]; features/bias has shape [4] instead of [6]; ' +
        'hidden/kernel has shape [60, 5] instead of [90, 5].',
    });
  });

  it('tells of layers that are missing or too many', async () => {
    const deeper = sequential('deeper', { height: 9, width: 9, channels: 3 }, [
      conv2d({ filters: 4, kernelSize: [3, 2], name: 'features' }),
      conv2d({ filters: 4, kernelSize: [3, 3], name: 'more' }),
      maxPooling2d(),
      flatten(),
      dense({ units: 3, name: 'scores' }),
    ]);
    await expect(loadKerasWeights(fixture('small.weights.h5'), deeper)).rejects.toMatchObject({
      code: 'weights_mismatch',
      message: expect.stringContaining('more/kernel [3, 3, 4, 4] is missing; more/bias [4] is missing'),
      details: { missing: 2, unexpected: 0, reshaped: 0 },
    });
    const shallow = sequential('shallow', { height: 5, width: 5, channels: 3 }, [flatten(), dense({ units: 3 })]);
    await expect(loadKerasWeights(fixture('small.weights.h5'), shallow)).rejects.toMatchObject({
      message: expect.stringContaining('layers/conv2d/vars/0 [3, 2, 3, 4] is unexpected'),
    });
  });

  it('gives every parameter the shape that the network has', async () => {
    const { weights } = await loadKerasWeights(fixture('small.weights.h5'), small());
    const own = initialWeights(small(), 1);
    expect([...weights].map(([name, { shape }]) => [name, shape])).toEqual(
      [...own].map(([name, { shape }]) => [name, shape]),
    );
  });

  it.each([
    ['a web page', '<!DOCTYPE html><html>Not found</html>', 'it is a web page, not an HDF5 file'],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 94\n',
      'it is a Git LFS pointer',
    ],
    ['an empty file', '', 'it is empty'],
    ['a .keras file', 'PK\x03\x04rest', 'it is a zip archive'],
    ['something else', 'numbers: 1, 2, 3', 'it is not an HDF5 file'],
  ])('refuses %s', async (_, text, reason) => {
    const load = loadKerasWeights(await written('weights.h5', text), small());
    await expect(load).rejects.toMatchObject({
      code: 'model_file_invalid',
      message: expect.stringContaining(`weights.h5 cannot be used: ${reason}`),
    });
  });

  it('refuses a file that is not there', async () => {
    await expect(loadKerasWeights(at('none.h5'), small())).rejects.toMatchObject({
      code: 'model_file_invalid',
      message: expect.stringContaining('there is no such file'),
    });
  });

  it('refuses a truncated file', async () => {
    const whole = await readFile(fixture('small-old.h5'));
    const load = loadKerasWeights(await written('short.h5', whole.subarray(0, 9000)), small());
    await expect(load).rejects.toMatchObject({
      code: 'model_file_invalid',
      message: `short.h5 cannot be read: it is truncated: it has 9000 bytes, and says itself that it has ${whole.length}.`,
    });
  });

  it('refuses or reads damaged files, and never anything else', async () => {
    const whole = await readFile(fixture('small-nested.h5'));
    for (const at of [100, 1500]) {
      const damaged = Uint8Array.from(whole).fill(0xa5, at, at + 64);
      const file = await written(`damaged-${at}.h5`, damaged);
      const outcome = await loadKerasWeights(file, small()).then(
        () => 'read',
        (error: { code: string }) => error.code,
      );
      expect(['read', 'model_file_invalid', 'weights_mismatch']).toContain(outcome);
    }
  });
});
