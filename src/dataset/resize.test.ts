import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type RawPixels, resizePixels } from './resize.ts';

interface ResizeCase {
  height: number;
  width: number;
  channels: 1 | 3;
  pixels: number[];
  targetHeight: number;
  targetWidth: number;
  expected: number[];
}

const fixture = new URL('./testing/tensorflow-resize.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: ResizeCase[] };

describe('resizePixels', () => {
  it.each(cases)("gives TensorFlow's bytes: $height x $width x $channels to $targetHeight x $targetWidth", (each) => {
    const { width, height, channels, targetHeight, targetWidth } = each;
    const source: RawPixels = { data: Uint8Array.from(each.pixels), width, height, channels };
    const resized = resizePixels(source, { height: targetHeight, width: targetWidth, channels });
    expect([...resized]).toEqual(each.expected);
  });

  it('keeps the bytes when the size is right', () => {
    const data = Uint8Array.from({ length: 2 * 3 * 3 }, (_, i) => i * 10);
    const resized = resizePixels({ data, width: 3, height: 2, channels: 3 }, { width: 3, height: 2, channels: 3 });
    expect(resized).toEqual(data);
  });

  it('makes grey by 0.299 R + 0.587 G + 0.114 B, rounded', () => {
    const data = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30]);
    const grey = resizePixels({ data, width: 4, height: 1, channels: 3 }, { width: 4, height: 1, channels: 1 });
    expect([...grey]).toEqual([76, 150, 29, 18]);
  });

  it('gives back every grey value when three equal channels become one', () => {
    const data = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));
    const grey = resizePixels({ data, width: 256, height: 1, channels: 3 }, { width: 256, height: 1, channels: 1 });
    expect([...grey]).toEqual(Array.from({ length: 256 }, (_, i) => i));
  });

  it('composes alpha on black', () => {
    const rgba = Uint8Array.from([200, 100, 50, 128, 200, 100, 50, 0]);
    const colour = resizePixels({ data: rgba, width: 2, height: 1, channels: 4 }, { width: 2, height: 1, channels: 3 });
    expect([...colour]).toEqual([100, 50, 25, 0, 0, 0]);
    const greyAlpha = Uint8Array.from([200, 255, 200, 51]);
    const grey = resizePixels(
      { data: greyAlpha, width: 2, height: 1, channels: 2 },
      { width: 2, height: 1, channels: 1 },
    );
    expect([...grey]).toEqual([200, 40]);
  });

  it('repeats a grey value in three channels', () => {
    const source: RawPixels = { data: Uint8Array.from([7, 9]), width: 2, height: 1, channels: 1 };
    expect([...resizePixels(source, { width: 2, height: 1, channels: 3 })]).toEqual([7, 7, 7, 9, 9, 9]);
  });
});
