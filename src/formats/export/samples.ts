/** @file Pictures to compare models with: drawn anew, the same every time. */
import { type ImageShape, RandomGenerator } from '../../contracts/index.ts';

/** How many there are. */
export const SAMPLES = 8;

/** Whole numbers 0..255, `[SAMPLES, height, width, channels]`: noise, soft blobs of every size, stripes. */
export function samplePictures({ height, width, channels }: ImageShape): Float32Array {
  const random = new RandomGenerator(1, 'sample pictures');
  const size = height * width * channels;
  const pictures = new Float32Array(SAMPLES * size);
  for (let index = 0; index < SAMPLES; index++) {
    const picture = pictures.subarray(index * size, (index + 1) * size);
    if (index === 0) for (let i = 0; i < size; i++) picture[i] = random.nextInteger(256);
    else drawBlobs(picture, { height, width, channels }, random, 2 * index);
  }
  return pictures;
}

function drawBlobs(picture: Float32Array, image: ImageShape, random: RandomGenerator, count: number): void {
  const { height, width, channels } = image;
  const blobs = Array.from({ length: count }, () => ({
    y: random.nextFloat() * height,
    x: random.nextFloat() * width,
    radius: (0.05 + 0.4 * random.nextFloat()) * Math.max(height, width),
    colour: Array.from({ length: channels }, () => random.nextInteger(511) - 255),
  }));
  let i = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, i++) {
        let value = 60;
        for (const blob of blobs) {
          const distance = Math.hypot(y - blob.y, x - blob.x) / blob.radius;
          value += blob.colour[channel] * Math.max(0, 1 - distance);
        }
        picture[i] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
  }
}
