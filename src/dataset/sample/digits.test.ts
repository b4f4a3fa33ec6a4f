import { describe, expect, it } from 'vitest';
import { prepareDataset } from '../index.ts';
import { temporaryFolder } from '../testing/files.ts';
import { readSplit } from '../testing/prepare.ts';
import { scanSampleDigits } from './index.ts';

const SIZE = 28;

describe('sample:digits', () => {
  it('is 12,000 training and 2,000 test pictures of ten equally frequent digits', async () => {
    const started = performance.now();
    const cacheDirectory = temporaryFolder();
    const source = { kind: 'sample', name: 'digits' } as const;
    const prepared = await prepareDataset(source, { cacheDirectory });
    const { manifest } = prepared;
    expect(manifest).toMatchObject({ source, format: 'sample', image: { height: SIZE, width: SIZE, channels: 1 } });
    expect(manifest.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(manifest.splits.train.perClass).toEqual(Array(10).fill(960));
    expect(manifest.splits.validation.perClass).toEqual(Array(10).fill(240));
    expect(manifest.splits.test.perClass).toEqual(Array(10).fill(200));
    expect(manifest.findings).toEqual([]);
    expect((await prepareDataset(source, { cacheDirectory })).directory).toBe(prepared.directory);
    expect(performance.now() - started).toBeLessThan(20_000);

    const { images } = readSplit(prepared, 'test');
    for (const image of images) expectNormalised(image);
  });

  it('is the same every time', async () => {
    const digests = async () =>
      (await scanSampleDigits()).items.map(({ digest, className }) => `${className} ${digest}`);
    const first = await digests();
    expect(await digests()).toEqual(first);
    expect(new Set(first).size).toBe(14_000);
  });

  it('stops when aborted', async () => {
    await expect(scanSampleDigits(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it('shows digits: the nearest pictures of the training split have the right class', async () => {
    const dataset = await scanSampleDigits();
    const pictures = {
      train: [] as { label: string; pixels: Uint8Array }[],
      test: [] as { label: string; pixels: Uint8Array }[],
    };
    for await (const picture of dataset.pictures()) {
      const { split, className } = dataset.items[picture.item];
      if (picture.kind !== 'pixels' || split === 'validation') continue;
      if (pictures[split].length < (split === 'train' ? 4000 : 200)) {
        pictures[split].push({ label: className, pixels: picture.pixels.data.slice() });
      }
    }
    const right = pictures.test.filter(({ label, pixels }) => nearest(pictures.train, pixels) === label);
    expect(right.length).toBeGreaterThan(150);
  });
});

/** As MNIST: the digit fits into 20x20 pixels and its centre of mass is in the middle. */
function expectNormalised(image: readonly number[]): void {
  let [mass, x, y] = [0, 0, 0];
  let [left, right, top, bottom] = [SIZE, 0, SIZE, 0];
  image.forEach((value, i) => {
    const [column, row] = [i % SIZE, Math.floor(i / SIZE)];
    mass += value;
    x += value * (column + 0.5);
    y += value * (row + 0.5);
    if (value < 128) return;
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  });
  expect(Math.abs(x / mass - SIZE / 2)).toBeLessThan(1.5);
  expect(Math.abs(y / mass - SIZE / 2)).toBeLessThan(1.5);
  expect(Math.max(right - left, bottom - top) + 1).toBeGreaterThanOrEqual(18);
  expect(Math.max(right - left, bottom - top) + 1).toBeLessThanOrEqual(21);
}

function nearest(known: readonly { label: string; pixels: Uint8Array }[], pixels: Uint8Array): string {
  let best = { label: '', distance: Number.POSITIVE_INFINITY };
  for (const each of known) {
    let distance = 0;
    for (let i = 0; i < pixels.length; i++) distance += (pixels[i] - each.pixels[i]) ** 2;
    if (distance < best.distance) best = { label: each.label, distance };
  }
  return best.label;
}
