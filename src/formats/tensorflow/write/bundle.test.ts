import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type BundleTensor, encodeBundle } from './bundle.ts';

it('writes a checkpoint as TensorFlow does, byte by byte', () => {
  const file = new URL('./testing/checkpoint.json', import.meta.url);
  const golden = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly shapes: Readonly<Record<string, number[]>>;
    readonly text: string;
    readonly index: string;
    readonly data: string;
  };
  const tensors = new Map<string, BundleTensor>([['text', { type: 'DT_STRING', data: Buffer.from(golden.text) }]]);
  for (const [name, shape] of Object.entries(golden.shapes)) {
    const length = shape.reduce((count, side) => count * side, 1);
    tensors.set(name, { type: 'DT_FLOAT', shape, data: Float32Array.from({ length }, (_, index) => index / 4) });
  }
  const { index, data } = encodeBundle(tensors);
  expect(Buffer.from(data).toString('base64')).toBe(golden.data);
  expect(Buffer.from(index).toString('base64')).toBe(golden.index);
});
