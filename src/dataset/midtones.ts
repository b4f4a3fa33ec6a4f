/** @file Tells writing and drawings from photos: how many of the pixels are neither dark nor bright. */
import { open } from 'node:fs/promises';
import type { ImageShape } from '../contracts/index.ts';

/** Pictures that are looked at, evenly over the training split. */
const SAMPLES = 500;
const DARK = 32;
const BRIGHT = 224;

/**
 * @param file the pictures' rows; @param rows of the training split
 * @returns share of the pixels of a sample whose mean over the channels is between dark and bright; 0 without pictures
 */
export async function measureMidtones(file: string, rows: Uint32Array, image: ImageShape): Promise<number> {
  const { channels } = image;
  const picture = new Uint8Array(image.height * image.width * channels);
  const samples = Math.min(SAMPLES, rows.length);
  const handle = await open(file, 'r');
  let between = 0;
  try {
    for (let i = 0; i < samples; i++) {
      const row = rows[Math.floor((i * rows.length) / samples)];
      const { bytesRead } = await handle.read(picture, 0, picture.length, row * picture.length);
      for (let at = 0; at < bytesRead; at += channels) {
        let sum = 0;
        for (let channel = 0; channel < channels; channel++) sum += picture[at + channel];
        if (sum >= DARK * channels && sum < BRIGHT * channels) between += 1;
      }
    }
  } finally {
    await handle.close();
  }
  return samples === 0 ? 0 : between / (samples * image.height * image.width);
}
