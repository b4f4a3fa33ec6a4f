import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Tensors } from '../../../runtime/index.ts';
import type { ImportedModel } from '../../imported-model.ts';
import { readSavedModel } from './read-saved-model.ts';
import { runSignature } from './testing/run-signature.ts';

/** Written by TensorFlow: scripts/tensorflow-models.py. */
const FIXTURES = fileURLToPath(new URL('./testing/fixtures', import.meta.url));
const ANSWERS = JSON.parse(readFileSync(path.join(FIXTURES, 'answers.json'), 'utf8')) as Readonly<
  Record<string, readonly (readonly number[])[]>
>;
const PIXELS = Float32Array.from((ANSWERS.pixels as readonly unknown[]).flat(9) as number[]);
const SHAPE = [2, 6, 5, 1];

async function run(model: ImportedModel, signature: string, feeds: Tensors): Promise<Float32Array> {
  const [answer] = Object.values(await runSignature(model, signature, feeds));
  return answer.data as Float32Array;
}

function distance(found: Float32Array, expected: readonly (readonly number[])[]): number {
  return Math.max(...expected.flat().map((value, i) => Math.abs(found[i] - value) / value));
}

describe('graphs of TensorFlow 1', () => {
  it.each(['reference', 'resource', 'frozen'])('with %s variables', async (kind) => {
    const model = await readSavedModel(path.join(FIXTURES, kind));
    expect(model).toMatchObject({
      parameters: 48,
      answers: 'probabilities',
      input: { height: 6, width: 5, channels: 1 },
    });
    const pixels = { type: 'float32', shape: SHAPE, data: PIXELS } as const;
    expect(distance(await run(model, 'serving_default', { pixels }), ANSWERS[kind])).toBeLessThan(1e-5);
  });
});

describe('a graph of TensorFlow 2 with several signatures', async () => {
  const model = await readSavedModel(path.join(FIXTURES, 'pictures'));
  const prepared = (alias: string, signature: string) => ({
    [alias]: {
      graph: `model-${signature}-pictures.onnx`,
      channels: 1,
      nodes: { [alias]: { dtype: 'DT_FLOAT', shape: [-1, 6, 5, 1] } },
    },
  });
  const files = {
    type: 'uint8',
    shape: SHAPE,
    data: Uint8Array.from(PIXELS, (value) => Math.round(value * 255)),
  } as const;

  it('answers pixels as TensorFlow does', async () => {
    const pixels = { type: 'float32', shape: SHAPE, data: PIXELS.map((value) => value * 255) } as const;
    expect(distance(await run(model, 'serving_default', { pixels }), ANSWERS.pictures)).toBeLessThan(1e-5);
  });

  it('takes decoded pictures instead of files, any number of them', async () => {
    const { inputs, pictures } = model.signatures.serving_bytes;
    expect(inputs.image_bytes_string).toMatchObject({ dtype: 'DT_STRING', shape: null });
    expect(pictures).toEqual(prepared('image_bytes_string', 'serving_bytes'));
    const found = await run(model, 'serving_bytes', { image_bytes_string: files });
    // Whole pixel values, so not quite the same numbers.
    expect(distance(found, ANSWERS.pictures)).toBeLessThan(1e-3);
  });

  it('understands loops over pictures', async () => {
    expect(model.signatures.many.pictures).toEqual(prepared('files', 'many'));
    expect(distance(await run(model, 'many', { files }), ANSWERS.pictures)).toBeLessThan(1e-3);
  });

  it('takes features and pictures of records', async () => {
    const { examples, pictures } = model.signatures.records;
    expect(examples).toEqual({
      records: {
        'image/encoded': { key: 'image/encoded', dtype: 'DT_STRING', shape: [], default: null },
        weight: { key: 'weight', dtype: 'DT_FLOAT', shape: [1], default: [1] },
      },
    });
    expect(pictures).toEqual(prepared('image/encoded', 'records'));
    const weight = { type: 'float32', shape: [2, 1], data: Float32Array.of(1, 0.5) } as const;
    const found = await run(model, 'records', { 'image/encoded': files, weight });
    const [first, second] = ANSWERS.pictures;
    expect(distance(found, [first, second.map((value) => value / 2)])).toBeLessThan(1e-3);
  });

  it('says which signature is left out, and why', () => {
    expect(model.warnings).toEqual(['The signature "unknown" is left out: it uses StringLength.']);
    expect(Object.keys(model.signatures)).toEqual(['serving_default', 'many', 'records', 'serving_bytes']);
  });

  it('lists operators with shapes, weights and work', () => {
    const convolution = model.layers.find(({ type }) => type === 'Conv2D');
    expect(convolution).toEqual({
      name: 'Conv2D',
      type: 'Conv2D',
      outputShape: [-1, 3, 3, 4],
      parameters: 36,
      flops: 648,
    });
  });
});
