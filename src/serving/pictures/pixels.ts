/** @file Numbers from a JSON body as pixels: counted and checked, however they are nested. */
import { type ImageShape, PictorError } from '../../contracts/index.ts';

/**
 * @param data lists of lists of numbers, nested in any way, row by row
 * @returns height * width * channels numbers
 * @throws `pixels_invalid` naming both counts, or the first number that is no pixel
 */
export function readPixels(data: unknown, shape: ImageShape): Float32Array<ArrayBuffer> {
  const { height, width, channels } = shape;
  const expected = height * width * channels;
  const pixels = new Float32Array(expected);
  let count = 0;
  for (const value of leaves(data)) {
    if (count < expected) pixels[count] = checkPixel(value, count);
    count++;
  }
  if (count === expected) return pixels;
  throw new PictorError(
    'pixels_invalid',
    `${count} numbers came, but the model has ${expected} (${height} x ${width} pixels of ${channels}).`,
    { details: { count, expected, height, width, channels } },
  );
}

/** Depth first, without recursion: a body may nest as deep as it likes. */
function* leaves(data: unknown): Generator<unknown> {
  if (!Array.isArray(data)) throw new PictorError('pixels_invalid', 'The pixels are not a list of numbers.');
  const stack: Iterator<unknown>[] = [data.values()];
  while (stack.length > 0) {
    const { value, done } = stack[stack.length - 1].next();
    if (done) stack.pop();
    else if (Array.isArray(value)) stack.push(value.values());
    else yield value;
  }
}

function checkPixel(value: unknown, index: number): number {
  if (typeof value === 'number' && value >= 0 && value <= 255) return value;
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'undefined').slice(0, 40);
  throw new PictorError('pixels_invalid', `Pixel ${index} is ${shown}; a number from 0 to 255 was expected.`, {
    details: { index },
  });
}
