/** @file Random erasing (Zhong et al., 2017): a rectangle of a picture becomes noise. */
import type { RandomGenerator } from '../../contracts/index.ts';
import type { PictureSize } from './resample.ts';

/** Shares of the picture, as the paper and Keras have them. */
export const DEFAULT_AREA = [0.02, 0.33] as const;
/** Height over width of the rectangle, at most; at least its inverse. */
const MAX_ASPECT = 1 / 0.3;

/** A rectangle of pixels. */
export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** A rectangle of a random share of the picture, at a random place, wholly inside. */
export function drawRectangle(
  generator: RandomGenerator,
  { height, width }: PictureSize,
  [min, max]: readonly [min: number, max: number],
): Rectangle {
  const area = generator.nextBetween(min, max) * height * width;
  const aspect = Math.exp(generator.nextBetween(-Math.log(MAX_ASPECT), Math.log(MAX_ASPECT)));
  const tall = Math.min(height, Math.round(Math.sqrt(area * aspect)));
  const wide = Math.min(width, Math.round(Math.sqrt(area / aspect)));
  return {
    top: generator.nextInteger(height - tall + 1),
    left: generator.nextInteger(width - wide + 1),
    height: tall,
    width: wide,
  };
}

/** Fills the rectangle with noise, uniform in 0..255. */
export function erase(
  pixels: Uint8Array,
  start: number,
  { width, channels }: PictureSize,
  rectangle: Rectangle,
  generator: RandomGenerator,
): void {
  const length = rectangle.width * channels;
  for (let row = 0; row < rectangle.height; row++) {
    const from = start + ((rectangle.top + row) * width + rectangle.left) * channels;
    // One draw serves four bytes.
    let bits = 0;
    for (let i = 0; i < length; i++) {
      bits = (i & 3) === 0 ? generator.nextUint32() : bits >>> 8;
      pixels[from + i] = bits & 255;
    }
  }
}
