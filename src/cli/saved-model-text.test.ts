import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inspectFile } from '../formats/index.ts';
import { savedModelText } from './saved-model-text.ts';

const data = process.env.PICTOR_DATA;
const fixtures = fileURLToPath(new URL('testing/fixtures', import.meta.url));

describe.skipIf(!data)('a SavedModel (of PICTOR_DATA) is shown as TensorFlow itself shows', () => {
  it.each([
    ['conv16', 'mnist_conv16_tf2.19/1'],
    ['half-plus-two-tf1', 'saved_model_half_plus_two_cpu/00000123'],
    ['half-plus-two-tf2', 'saved_model_half_plus_two_tf2_cpu/00000123'],
    ['half-plus-three', 'saved_model_half_plus_three/00000123'],
  ])('%s', async (name, place) => {
    const { savedModel } = await inspectFile(path.join(data ?? '', 'models/savedmodel', place));
    const expected = await readFile(path.join(fixtures, `${name}.txt`), 'utf8');
    expect(`${savedModelText(savedModel!).join('\n')}\n`).toBe(expected);
  });
});
