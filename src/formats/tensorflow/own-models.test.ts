import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { RandomGenerator } from '../../contracts/index.ts';
import { initialWeights, presetNetwork } from '../../nn/index.ts';
import type { Tensors } from '../../runtime/index.ts';
import { readSavedModel } from './read/read-saved-model.ts';
import { runSignature } from './read/testing/run-signature.ts';
import { writeSavedModel } from './write/saved-model.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pictor-own-models-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('an exported SavedModel comes back with every signature', async () => {
  const spec = presetNetwork('tfaas-mnist', { height: 28, width: 28, channels: 1, classes: 3 });
  const files = writeSavedModel({ spec, weights: initialWeights(spec, 1), labels: ['a', 'b', 'c'] });
  for (const [name, bytes] of files) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), bytes);
  }
  const model = await readSavedModel(folder);
  expect(model.warnings).toEqual([]);
  expect(Object.keys(model.signatures)).toEqual(['serving_default', 'classify', 'serving_bytes']);
  // Grey pictures as colours: their grey is themselves.
  const random = new RandomGenerator(1, 'pixels');
  const grey = Array.from({ length: 2 * 784 }, () => random.nextInteger(256));
  const colours = Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)]);
  const pictures = { type: 'uint8', shape: [2, 28, 28, 3], data: colours } as const;
  const pixels = { type: 'float32', shape: [2, 28, 28, 1], data: Float32Array.from(grey) } as const;
  const run = (signature: string, feeds: Tensors) => runSignature(model, signature, feeds);
  const expected = (await run('serving_default', { input_tensor: pixels })).output_0;
  expect((await run('serving_bytes', { image_bytes_string: pictures })).output_0).toEqual(expected);
  const { classes, scores } = await run('classify', { 'image/encoded': pictures });
  expect(scores).toEqual(expected);
  expect([...(classes.data as unknown as string[])]).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});
