import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePicture } from './decode.ts';
import { openSplit } from './index.ts';
import { temporaryFolder } from './testing/files.ts';
import { finding, prepare, readSplit } from './testing/prepare.ts';

const data = process.env.PICTOR_DATA;
const title = data ? 'real datasets' : 'real datasets (skipped: PICTOR_DATA names no folder with them)';

describe.skipIf(!data)(title, () => {
  it('MNIST has its published counts, labels and mean', async () => {
    const prepared = await prepare(path.join(data!, 'mnist'));
    const { manifest } = prepared;
    expect(manifest.splits.test.perClass).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    const { train, validation } = manifest.splits;
    expect([train.count, validation.count]).toEqual([54_000, 6000]);
    expect(train.perClass.map((count, i) => count + validation.perClass[i])).toEqual([
      5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]);
    expect([...openSplit(prepared.directory, 'test').labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let sum = 0;
    for (const split of ['train', 'validation'] as const) {
      const reader = openSplit(prepared.directory, split);
      const target = new Uint8Array(reader.count * reader.imageBytes);
      reader.readImages(
        Array.from({ length: reader.count }, (_, i) => i),
        target,
      );
      for (const value of target) sum += value;
      reader.close();
    }
    expect(sum / (60_000 * 784) / 255).toBeCloseTo(0.1307, 4);
  });

  it('Fashion-MNIST has 6,000 and 1,000 pictures of each class', async () => {
    const { manifest } = await prepare(path.join(data!, 'fashion-mnist'));
    expect(manifest.splits.train.perClass).toEqual(Array(10).fill(5400));
    expect(manifest.splits.test.perClass).toEqual(Array(10).fill(1000));
  });

  it('flower_photos.tgz has five classes, 166 sizes and one file that is no picture', async () => {
    const prepared = await prepare(path.join(data!, 'flowers/flower_photos.tgz'), { validationSplit: 0 });
    const { manifest } = prepared;
    expect(manifest.classes).toEqual(['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips']);
    expect(manifest.splits.train.perClass).toEqual([146, 206, 148, 160, 184]);
    expect(manifest.image).toEqual({ height: 128, width: 128, channels: 3 });
    expect(manifest.midtones).toBeGreaterThan(0.5);
    expect(manifest.originalSizes).toEqual({
      minWidth: 143,
      maxWidth: 500,
      minHeight: 159,
      maxHeight: 441,
      distinct: 166,
    });
    expect(manifest.findings.map(({ code }) => code)).toEqual(['ignored_file']);
    expect(finding(prepared, 'ignored_file')?.files).toEqual(['flower_photos/LICENSE.txt']);
  });

  it('drawn digits are like written ones: most nearest neighbours have the right class', async () => {
    const prepared = await prepareSample();
    const folder = path.join(data!, 'sample-digits');
    const shape = { height: 28, width: 28, channels: 1 } as const;
    let right = 0;
    const files = readdirSync(folder).filter((name) => name.endsWith('.jpg'));
    for (const name of files) {
      const pixels = await decodePicture(readFileSync(path.join(folder, name)), shape);
      let best = { label: -1, distance: Number.POSITIVE_INFINITY };
      prepared.images.forEach((image, i) => {
        let distance = 0;
        for (let p = 0; p < 784 && distance < best.distance; p++) distance += (pixels[p] - image[p]) ** 2;
        if (distance < best.distance) best = { label: prepared.labels[i], distance };
      });
      if (best.label === Number(name.split('_')[1])) right += 1;
    }
    expect(files).toHaveLength(100);
    expect(right).toBeGreaterThanOrEqual(80);
  });
});

async function prepareSample() {
  return readSplit(await prepare('sample:digits', { cacheDirectory: temporaryFolder() }), 'train');
}
