/** @file The size and channels that pictures get when nobody asked for any. */
import { type ImageShape, PictorError } from '../contracts/index.ts';

/** Pictures up to this size, all alike, keep it. */
const MAX_OWN_SIZE = 128;
/** Enough to tell most things apart, and small enough for a network to learn from scratch on a few cores. */
const PHOTO_SHAPE: ImageShape = { height: 128, width: 128, channels: 3 };
const MAX_SIDE = 4096;

/**
 * Learns from every picture. What it says can change only twice (from grey to colour, from one size to several), so that
 * decoding may start at once and be repeated in the rare case that a later picture differs.
 */
export class ShapeGuess {
  readonly #asked: Partial<ImageShape>;
  #width = 0;
  #height = 0;
  #isUniform = true;
  #isGrey = true;

  /** @throws dataset_option_invalid for a size or channels that no picture can have. */
  constructor(asked: Partial<ImageShape>) {
    const { height, width, channels } = asked;
    for (const [name, side] of Object.entries({ height, width })) {
      if (side !== undefined && !(Number.isInteger(side) && side >= 1 && side <= MAX_SIDE)) {
        throw new PictorError(
          'dataset_option_invalid',
          `The image ${name} is ${side}; 1 to ${MAX_SIDE} pixels are expected.`,
        );
      }
    }
    if (channels !== undefined && channels !== 1 && channels !== 3) {
      throw new PictorError(
        'dataset_option_invalid',
        `The number of image channels is ${channels}; 1 or 3 is expected.`,
      );
    }
    this.#asked = asked;
  }

  /** @param picture its original size, and whether it holds no colour */
  learn(picture: { readonly width: number; readonly height: number; readonly grey: boolean }): void {
    if (this.#width === 0) {
      this.#width = picture.width;
      this.#height = picture.height;
    }
    if (picture.width !== this.#width || picture.height !== this.#height) this.#isUniform = false;
    if (!picture.grey) this.#isGrey = false;
  }

  get shape(): ImageShape {
    const keepsSize = this.#isUniform && Math.max(this.#width, this.#height) <= MAX_OWN_SIZE && this.#width > 0;
    const own: ImageShape = { height: this.#height, width: this.#width, channels: this.#isGrey ? 1 : 3 };
    const { height, width, channels } = this.#asked;
    const fallback = keepsSize ? own : PHOTO_SHAPE;
    return {
      height: height ?? width ?? fallback.height,
      width: width ?? height ?? fallback.width,
      channels: channels ?? fallback.channels,
    };
  }
}
