/** @file A tiny dataset that a network learns in seconds: class k is a bright block at its own place, on noise. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { RandomGenerator } from '../../contracts/index.ts';
import { type PreparedDataset, prepareDataset } from '../../dataset/index.ts';

const SIDE = 12;

export interface BlockPictures {
  readonly dataset: PreparedDataset;
  remove(): void;
}

/** Grey 12x12 pictures of three classes. Without `learnable`, labels are drawn at random. */
export async function blockPictures(options: {
  readonly train: number;
  readonly test?: number;
  readonly validationSplit?: number;
  readonly learnable?: boolean;
}): Promise<BlockPictures> {
  const { validationSplit = 0 } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'pictor-blocks-'));
  const file = path.join(folder, 'blocks.npz');
  writeBlockPictures(file, options);
  const dataset = await prepareDataset(
    { kind: 'file', path: file },
    { cacheDirectory: path.join(folder, 'cache'), validationSplit, seed: 1 },
  );
  return { dataset, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The same as an `.npz` file. */
export function writeBlockPictures(
  file: string,
  options: { readonly train: number; readonly test?: number; readonly learnable?: boolean },
): void {
  const { train, test = 0, learnable = true } = options;
  const generator = new RandomGenerator(7, 'blocks');
  const files: Record<string, Uint8Array> = {};
  for (const [split, count] of [
    ['train', train],
    ['test', test],
  ] as const) {
    if (count === 0) continue;
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
    const pixels = new Uint8Array(count * SIDE * SIDE);
    labels.forEach((label, i) => {
      draw(
        pixels.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE),
        learnable ? label : generator.nextInteger(3),
        generator,
      );
    });
    files[`x_${split}.npy`] = npy([count, SIDE, SIDE], pixels);
    files[`y_${split}.npy`] = npy([count], labels);
  }
  writeFileSync(file, zipSync(files));
}

function draw(picture: Uint8Array, label: number, generator: RandomGenerator): void {
  for (let i = 0; i < picture.length; i++) picture[i] = generator.nextInteger(90);
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) picture[(label * 4 + row) * SIDE + label * 4 + column] = 200;
  }
}

function npy(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([start, Buffer.from(header, 'latin1'), data]);
}
