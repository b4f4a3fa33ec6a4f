import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AugmentationSpec } from '../../contracts/index.ts';
import { openSplit, type SplitReader } from '../../dataset/index.ts';
import { type BlockPictures, blockPictures } from '../testing/block-pictures.ts';
import { type MixTargets, TrainingPictures } from './training-pictures.ts';

let blocks: BlockPictures;
let reader: SplitReader;
beforeAll(async () => {
  blocks = await blockPictures({ train: 30 });
  reader = openSplit(blocks.dataset.directory, 'train');
});
afterAll(() => {
  reader.close();
  blocks.remove();
});

const SPEC: AugmentationSpec = { rotation: 0.1, translation: 0.1, contrast: 0.2, erasing: { probability: 0.5 } };

function read(indices: readonly number[], epoch: number, augmentation: AugmentationSpec | null) {
  const pictures = new TrainingPictures(reader, { imageShape: [12, 12, 1], seed: 5, augmentation });
  const pixels = new Uint8Array(indices.length * 144);
  const targets: MixTargets = {
    labels2: new BigInt64Array(indices.length),
    mix: new Float32Array(indices.length),
  };
  pictures.read(Int32Array.from(indices), epoch, pixels, targets);
  const rows = indices.map((_, i) => Buffer.from(pixels.subarray(i * 144, (i + 1) * 144)));
  return { rows, labels2: [...targets.labels2], mix: [...targets.mix] };
}

describe('TrainingPictures', () => {
  it('gives pictures as they are without augmentation', () => {
    const pixels = new Uint8Array(2 * 144);
    reader.readImages([3, 8], pixels);
    expect(Buffer.concat(read([3, 8], 1, null).rows)).toEqual(Buffer.from(pixels));
  });

  it.each([
    ['augmented', SPEC],
    ['mixed', { ...SPEC, mixup: 0.4 }],
  ] as const)('%s: the same wherever a picture is read, another in each epoch', (_, spec) => {
    const together = read([4, 9, 2, 17], 1, spec);
    const apart = [[4, 9], [2], [17]].map((indices) => read(indices, 1, spec));
    expect(apart.flatMap(({ rows }) => rows)).toEqual(together.rows);
    expect(apart.flatMap(({ mix }) => mix)).toEqual(together.mix);
    expect(read([17, 4], 1, spec).rows).toEqual([together.rows[3], together.rows[0]]);
    expect(read([4, 9, 2, 17], 2, spec).rows).not.toEqual(together.rows);
  });

  it('mixes with other pictures of the split, and says which label they have and how much', () => {
    const indices = Array.from({ length: 30 }, (_, i) => i);
    const plain = read(indices, 1, null).rows;
    const { rows, labels2, mix } = read(indices, 1, { mixup: 1 });
    rows.forEach((row, i) => {
      // The other picture is one of those with the label that was told.
      const fits = plain.some(
        (other, j) =>
          BigInt(reader.labels[j]) === labels2[i] &&
          row.every((value, at) => Math.abs(value - (plain[i][at] * mix[i] + other[at] * (1 - mix[i]))) < 1),
      );
      expect(fits).toBe(true);
    });
    expect(new Set(labels2).size).toBe(3);
    expect(Math.min(...mix)).toBeLessThan(0.5);
  });
});
