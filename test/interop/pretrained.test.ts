/** @file Weights of keras.applications, saved by Keras in each of its layouts, give Keras' results. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { WeightTensor } from '../../src/contracts/index.ts';
import { decodeSafetensors, loadWeights } from '../../src/formats/index.ts';
import { compileEvaluation, initialWeights, type PresetName, presetNetwork } from '../../src/nn/index.ts';
import { openSession } from '../../src/runtime/index.ts';

const SCRIPT = fileURLToPath(new URL('./twin/applications.py', import.meta.url));
const CLASSES = 7;
const NETWORKS: readonly PresetName[] = ['resnet50v2', 'mobilenetv2'];
/** File, and whether its head fits. */
const LAYOUTS = [
  ['notop.weights.h5', false],
  ['notop-legacy.h5', false],
  ['top.h5', true],
  ['top-weights.weights.h5', true],
  ['nested.h5', false],
  ['nested-weights.weights.h5', false],
] as const;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-applications-'));
  await promisify(execFile)(inject('python'), [SCRIPT, folder], { maxBuffer: 1 << 26 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(NETWORKS)('%s', (preset) => {
  const spec = presetNetwork(preset, { height: 64, width: 64, channels: 3, classes: CLASSES });

  it.each(LAYOUTS)('from %s', async (file, hasHead) => {
    const name = `${preset}-${file}`;
    const { weights, fresh } = await loadWeights(path.join(folder, name), spec, name);
    expect(fresh).toEqual(hasHead ? [] : ['predictions/kernel', 'predictions/bias']);
    const all = new Map([...initialWeights(spec, 1), ...weights]);
    const answer = decodeSafetensors(await readFile(path.join(folder, `${name.split('.')[0]}.safetensors`)));
    const logits = await logitsOf(all, answer.get('images')!);
    const [found, expected] = hasHead
      ? [softmax(logits), answer.get('outputs')!.data]
      : [logits, dense(answer.get('features')!, all.get('predictions/kernel')!.data)];
    const largest = Math.max(...expected.map(Math.abs));
    const worst = Math.max(...Array.from(found, (value, i) => Math.abs(value - expected[i])));
    expect(worst / largest).toBeLessThan(1e-5);
  });

  async function logitsOf(weights: ReadonlyMap<string, WeightTensor>, images: WeightTensor): Promise<Float32Array> {
    const session = await openSession(compileEvaluation(spec).model, { optimization: 'basic' });
    const feeds = [...weights].map(([name, tensor]) => [name, { type: 'float32', ...tensor }] as const);
    const pixels = { type: 'uint8', shape: images.shape, data: Uint8Array.from(images.data) } as const;
    const { logits } = await session.run({ images: pixels, ...Object.fromEntries(feeds) });
    await session.close();
    return logits.data as Float32Array;
  }
});

/** Features `[2, n]` times a kernel `[n, classes]`: the head begins without a bias. */
function dense({ shape: [rows, width], data }: WeightTensor, kernel: Float32Array): Float32Array {
  return Float32Array.from({ length: rows * CLASSES }, (_, i) => {
    const [row, column] = [Math.floor(i / CLASSES), i % CLASSES];
    let sum = 0;
    for (let k = 0; k < width; k++) sum += data[row * width + k] * kernel[k * CLASSES + column];
    return sum;
  });
}

function softmax(logits: Float32Array): Float32Array {
  return Float32Array.from(logits, (logit, i) => {
    const row = logits.subarray(i - (i % CLASSES), i - (i % CLASSES) + CLASSES);
    return 1 / row.reduce((sum, other) => sum + Math.exp(other - logit), 0);
  });
}
