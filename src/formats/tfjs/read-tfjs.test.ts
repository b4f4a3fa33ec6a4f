/** @file Layers models of TensorFlow.js (scripts/tfjs-model.js) give its answers; broken ones say what is wrong. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashed } from '../../nn/testing/hashed.ts';
import { farthest, runModel } from '../keras/testing/run-model.ts';
import { decodeNumbers } from './numbers.ts';
import { readTfjs } from './read-tfjs.ts';

const fixtures = fileURLToPath(new URL('./testing/fixtures', import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictor-tfjs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A copy with another description. */
// biome-ignore lint/suspicious/noExplicitAny: a description is whatever it is
async function changed(name: string, change: (description: any) => void): Promise<string> {
  const copy = path.join(folder, name);
  await cp(fixtures, copy, { recursive: true });
  const description = JSON.parse(await readFile(path.join(fixtures, 'model.json'), 'utf8'));
  change(description);
  await writeFile(path.join(copy, 'model.json'), JSON.stringify(description));
  return copy;
}

describe('readTfjs', () => {
  it("gives the tool's own answers, from several files of weights", async () => {
    const model = await readTfjs(path.join(fixtures, 'model.json'));
    expect(model).toMatchObject({ format: 'tfjs', labels: ['cat', 'dog', 'owl'], answers: 'probabilities' });
    expect(model.producer).toContain('v4.22.0');
    expect(model.network!.signatures).toEqual({
      serving_default: { input: { name: 'picture', kind: 'pixels' }, outputs: { scores: { kind: 'probabilities' } } },
    });
    const answers = JSON.parse(await readFile(path.join(fixtures, 'answers.json'), 'utf8'));
    const pixels = Float32Array.from(hashed(2 * 7 * 6 * 3, 5));
    expect(farthest(await runModel(model, pixels), answers)).toBeLessThan(1e-5);
  });

  it.each([
    ['graph', 'a graph model', (it: { format: string }) => (it.format = 'graph-model'), 'graph model'],
    [
      'outside',
      'a path that leads out',
      (it: { weightsManifest: [{ paths: string[] }] }) => (it.weightsManifest[0].paths[0] = '../weights-1.bin'),
      'outside of its folder',
    ],
    [
      'missing',
      'a file that is missing',
      (it: { weightsManifest: [{ paths: string[] }] }) => (it.weightsManifest[0].paths[0] = 'none.bin'),
      'which is not beside it',
    ],
    [
      'repeated',
      'a file that is named twice, the second time by another name',
      (it: { weightsManifest: [{ paths: string[] }] }) => it.weightsManifest[0].paths.push('./weights-1.bin'),
      'it names "./weights-1.bin" twice',
    ],
    [
      'many',
      'very many files',
      (it: { weightsManifest: { paths: string[] }[] }) =>
        it.weightsManifest.push({ paths: new Array<string>(100_000).fill('weights-1.bin') }),
      'more than 10000 files of weights',
    ],
    [
      'short',
      'too few numbers',
      (it: { weightsManifest: [{ paths: string[] }] }) => it.weightsManifest[0].paths.pop(),
      'its weights have 1644 bytes, and their files 300',
    ],
    [
      'huge',
      'a shape that overflows',
      (it: { weightsManifest: [{ weights: { shape: number[] }[] }] }) =>
        (it.weightsManifest[0].weights[0].shape = [1e9, 1e9]),
      'has no name or shape',
    ],
  ])('refuses %s: %s', async (name, _, change, message) => {
    const place = await changed(name, change as (description: unknown) => void);
    await expect(readTfjs(place)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });

  it('refuses a link that leads out', async () => {
    const place = await changed('link', () => {});
    await rm(path.join(place, 'weights-1.bin'));
    await symlink(path.join(fixtures, 'weights-1.bin'), path.join(place, 'weights-1.bin'));
    await expect(readTfjs(place)).rejects.toMatchObject({
      code: 'model_file_invalid',
      message: expect.stringContaining('a link to another folder'),
    });
  });

  it('finds the layers of very many weights at once', async () => {
    const place = await changed('names', ({ weightsManifest: [{ weights }] }) => {
      for (let i = 0; i < 100_000; i++) weights.push({ name: `more/w${i}`, shape: [0], dtype: 'float32' });
    });
    expect((await readTfjs(place)).parameters).toBeGreaterThan(0);
  });

  it('unpacks numbers of 8 and 16 bits', () => {
    expect([...decodeNumbers(Buffer.from([0, 255]), 'uint8', { min: -1, scale: 2 / 255 })]).toEqual([-1, 1]);
    const halves = Buffer.from(Uint16Array.of(0x3c00, 0xc100, 0x0001).buffer);
    expect([...decodeNumbers(halves, 'float16', { min: 3, scale: 3 })]).toEqual([1, -2.5, Math.fround(2 ** -24)]);
  });
});
