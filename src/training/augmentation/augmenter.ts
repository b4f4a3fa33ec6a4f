/** @file Augments pictures of bytes in place. What a picture gets is drawn from a stream of its own. */
import type { AugmentationSpec, FactorRange, RandomGenerator } from '../../contracts/index.ts';
import { type Affine, affineOf, type Geometry } from './affine.ts';
import { DEFAULT_AREA, drawRectangle, erase } from './erase.ts';
import { type Fill, isIdentity, type PictureSize, resample } from './resample.ts';
import { adjustTone } from './tone.ts';

/** Mixup aside, which needs a second picture: see `TrainingPictures`. */
export class Augmenter {
  readonly #spec: AugmentationSpec;
  readonly #size: PictureSize;
  readonly #fill: Fill;
  /** Where a picture is drawn from while it is drawn into its own place. */
  readonly #before: Uint8Array;

  constructor(spec: AugmentationSpec, size: PictureSize) {
    this.#spec = spec;
    this.#size = size;
    this.#fill = { mode: spec.fill ?? 'reflect', value: spec.fillValue ?? 0 };
    this.#before = new Uint8Array(size.height * size.width * size.channels);
  }

  /** Changes the picture of `pixels` that starts at byte `start`. */
  augment(pixels: Uint8Array, start: number, generator: RandomGenerator): void {
    const { erasing } = this.#spec;
    const { height, width, channels } = this.#size;
    const end = start + this.#before.length;
    const map = affineOf(drawGeometry(this.#spec, this.#size, generator), height, width);
    if (!isIdentity(map)) this.#move(pixels, start, end, map);
    const contrast = 1 + between(generator, this.#spec.contrast);
    const brightness = between(generator, this.#spec.brightness);
    if (contrast !== 1 || brightness !== 0) adjustTone(pixels, start, end, channels, contrast, brightness);
    if (erasing && generator.nextFloat() < erasing.probability) {
      const rectangle = drawRectangle(generator, this.#size, erasing.area ?? DEFAULT_AREA);
      erase(pixels, start, this.#size, rectangle, generator);
    }
  }

  #move(pixels: Uint8Array, start: number, end: number, map: Affine): void {
    this.#before.set(pixels.subarray(start, end));
    resample(this.#before, pixels, start, this.#size, map, this.#fill);
  }
}

function drawGeometry(
  { flip, rotation, zoom, translation = 0, crop = 0 }: AugmentationSpec,
  { height, width }: PictureSize,
  generator: RandomGenerator,
): Geometry {
  const [tall, wide] = typeof translation === 'number' ? [translation, translation] : translation;
  return {
    flipHorizontal: (flip === 'horizontal' || flip === 'both') && generator.nextFloat() < 0.5,
    flipVertical: (flip === 'vertical' || flip === 'both') && generator.nextFloat() < 0.5,
    rotation: between(generator, rotation),
    zoom: between(generator, zoom),
    down: between(generator, tall) * height + pixelsOf(generator, crop),
    right: between(generator, wide) * width + pixelsOf(generator, crop),
  };
}

/** Uniform in the range; nothing is drawn where nothing can differ. */
function between(generator: RandomGenerator, range: FactorRange = 0): number {
  if (range === 0) return 0;
  const [low, high] = typeof range === 'number' ? [-range, range] : range;
  return generator.nextBetween(low, high);
}

/** A whole number from `-most` to `most`. */
function pixelsOf(generator: RandomGenerator, most: number): number {
  return most === 0 ? 0 : generator.nextInteger(2 * most + 1) - most;
}
