/** @file The presets of keras.applications have its layers, and give its results (scripts/keras-applications.py). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WeightTensor } from '../../contracts/index.ts';
import { compileEvaluation, presetNetwork } from '../../nn/index.ts';
import { hashed } from '../../nn/testing/hashed.ts';
import { openSession } from '../../runtime/index.ts';
import { kerasLayers } from './layouts.ts';

const EXPECTED: Readonly<Record<string, { readonly digest: string; readonly logits: number[][] | null }>> = JSON.parse(
  readFileSync(new URL('./testing/fixtures/applications.json', import.meta.url), 'utf8'),
);
const SIDE = 32;
const network = (name: string) => presetNetwork(name, { height: SIDE, width: SIDE, channels: 3, classes: 7 });

/** As `value` in the script; names are ours, shapes Keras'. */
function value(name: string, shape: readonly number[], stream: number): Float32Array {
  const numbers = hashed(product(shape), stream);
  if (/(gamma|movingVariance)$/.test(name)) return Float32Array.from(numbers, (x) => 0.5 + x);
  if (shape.length === 1) return Float32Array.from(numbers, (x) => (x - 0.5) * 0.4);
  const inputs = product(name.includes('depthwise') ? shape.slice(0, 2) : shape.slice(0, -1));
  return Float32Array.from(numbers, (x) => (x - 0.5) * Math.sqrt(12 / inputs));
}

describe.each(['resnet50v2', 'mobilenetv2'])('%s', (name) => {
  it("has Keras' layers and weights, in Keras' order", () => {
    const lines = kerasLayers(network(name)).flatMap((layer) =>
      layer.parameters.map(({ shape }) => `${layer.name} ${shape.join('x')}\n`),
    );
    expect(createHash('sha256').update(lines.join('')).digest('hex')).toBe(EXPECTED[name].digest);
  });
});

it("mobilenetv2 gives Keras' logits", async () => {
  const spec = network('mobilenetv2');
  const weights = new Map<string, WeightTensor>();
  for (const { name, shape, ownShape, convert } of kerasLayers(spec).flatMap((layer) => layer.parameters)) {
    weights.set(name, { shape: ownShape, data: convert(value(name, shape, weights.size)) });
  }
  const session = await openSession(compileEvaluation(spec).model, { optimization: 'basic' });
  const images = {
    type: 'uint8',
    shape: [2, SIDE, SIDE, 3],
    data: Uint8Array.from(hashed(2 * SIDE * SIDE * 3, 1000), (x) => Math.floor(x * 256)),
  } as const;
  const feeds = [...weights].map(([name, tensor]) => [name, { type: 'float32', ...tensor }] as const);
  const { logits } = await session.run({ images, ...Object.fromEntries(feeds) });
  await session.close();
  const expected = EXPECTED.mobilenetv2.logits!.flat();
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((logit, i) => {
    expect(Math.abs((logits.data[i] as number) - logit) / largest).toBeLessThan(1e-5);
  });
});

function product(shape: readonly number[]): number {
  return shape.reduce((count, side) => count * side, 1);
}
