/** @file The reader of prepared pictures: memory stays bounded, however large the dataset. */
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomGenerator } from '../contracts/index.ts';
import { IMAGES_FILE, indexFile, labelsFile, MANIFEST_FILE } from './cache-files.ts';
import { openSplit } from './split-reader.ts';

const MIB = 2 ** 20;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pictor-reader-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A prepared dataset whose pictures are black but for their row's number in the first four bytes; black parts take no disk. */
function writeDataset(name: string, side: number, count: number): string {
  const directory = mkdtempSync(path.join(folder, name));
  const imageBytes = side * side * 3;
  writeFileSync(
    path.join(directory, MANIFEST_FILE),
    JSON.stringify({ image: { height: side, width: side, channels: 3 } }),
  );
  const images = path.join(directory, IMAGES_FILE);
  const file = openSync(images, 'w');
  const number = Buffer.alloc(4);
  for (let row = 0; row < count; row += 97) {
    number.writeUInt32LE(row);
    writeSync(file, number, 0, 4, row * imageBytes);
  }
  closeSync(file);
  truncateSync(images, count * imageBytes);
  for (const split of ['train', 'validation'] as const) {
    writeFileSync(
      path.join(directory, indexFile(split)),
      Uint32Array.from({ length: count }, (_, i) => count - 1 - i),
    );
    writeFileSync(path.join(directory, labelsFile(split)), new Int32Array(count));
  }
  return directory;
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('openSplit', () => {
  it('reads 100,000 photos from anywhere with bounded memory', () => {
    const [side, count, batch] = [128, 100_000, 32];
    const directory = writeDataset('large', side, count);
    const before = memory();
    const reader = openSplit(directory, 'train');
    const pixels = new Uint8Array(batch * reader.imageBytes);
    const generator = new RandomGenerator(1, 'rows');
    let most = 0;
    for (let step = 0; step < 100; step++) {
      const indices = Int32Array.from({ length: batch }, () => count - 1 - 97 * generator.nextInteger(1000));
      reader.readImages(indices, pixels);
      const numbers = new DataView(pixels.buffer);
      indices.forEach((index, i) => {
        expect(numbers.getUint32(i * reader.imageBytes, true)).toBe(count - 1 - index);
      });
      most = Math.max(most, memory() - before);
    }
    reader.close();
    // 4.9 GB of pixels; the index and labels take 0.8 MiB, the batch 1.5 MiB.
    expect(most).toBeLessThan(24 * MIB);
  });

  it('holds a small dataset once for all its readers, until the last is closed', () => {
    const directory = writeDataset('small', 64, 2500);
    const size = 2500 * 64 * 64 * 3;
    const before = process.memoryUsage().arrayBuffers;
    const readers = (['train', 'validation', 'train'] as const).map((split) => openSplit(directory, split));
    const pixels = new Uint8Array(64 * 64 * 3);
    for (const reader of readers) reader.readImages([2499 - 97], pixels);
    const held = process.memoryUsage().arrayBuffers - before;
    expect(held).toBeGreaterThan(size);
    expect(held).toBeLessThan(1.5 * size);
    readers[0].close();
    readers[1].readImages([2499 - 2 * 97], pixels);
    expect(new DataView(pixels.buffer).getUint32(0, true)).toBe(2 * 97);
    for (const reader of readers) reader.close();
  });
});
