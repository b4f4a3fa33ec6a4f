/** @file A dataset that is learned in a blink: pictures whose left or right half is bright. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { RandomGenerator } from '../../src/contracts/index.ts';

const SIDE = 14;
export const TINY_CLASSES = ['left', 'right'] as const;

/** Writes class folders of grey PNGs, with noise. */
export async function writeTinyDataset(folder: string, perClass = 30): Promise<void> {
  const random = new RandomGenerator(7, 'tiny');
  for (const label of TINY_CLASSES) {
    await mkdir(path.join(folder, label), { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const file = path.join(folder, label, `${String(i).padStart(3, '0')}.png`);
      const raw = { width: SIDE, height: SIDE, channels: 1 } as const;
      await sharp(halfBright(label, random), { raw }).png().toFile(file);
    }
  }
}

function halfBright(label: (typeof TINY_CLASSES)[number], random: RandomGenerator): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const isLeft = i % SIDE < SIDE / 2;
    return random.nextInteger(100) + (isLeft === (label === 'left') ? 150 : 0);
  });
}
