/** @file Augmentation: against Keras' layers with forced draws, and by its properties. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AugmentationSpec, type FillMode, RandomGenerator } from '../../contracts/index.ts';
import { affineOf, type Geometry } from './affine.ts';
import { Augmenter } from './augmenter.ts';
import { drawRectangle, erase } from './erase.ts';
import { drawShare, mix } from './mixup.ts';
import { type PictureSize, resample } from './resample.ts';
import { adjustTone } from './tone.ts';

interface KerasCases {
  readonly pictures: Readonly<Record<string, PictureSize & { readonly pixels: readonly number[] }>>;
  readonly geometric: readonly {
    readonly picture: string;
    readonly geometry: Partial<Geometry>;
    readonly fill: FillMode;
    readonly value: number;
    readonly result: readonly number[];
  }[];
  readonly tone: readonly {
    readonly picture: string;
    readonly contrast: number;
    readonly brightness: number;
    readonly result: readonly number[];
  }[];
}

const keras = JSON.parse(
  readFileSync(new URL('./testing/keras-augmentation.json', import.meta.url), 'utf8'),
) as KerasCases;

const STILL: Geometry = { flipHorizontal: false, flipVertical: false, rotation: 0, zoom: 0, down: 0, right: 0 };

function noise(size: PictureSize, stream = 'noise'): Uint8Array {
  const generator = new RandomGenerator(3, stream);
  return Uint8Array.from({ length: size.height * size.width * size.channels }, () => generator.nextInteger(256));
}

function moved(
  source: Uint8Array,
  size: PictureSize,
  geometry: Partial<Geometry>,
  mode: FillMode = 'reflect',
  value = 0,
) {
  const target = new Uint8Array(source.length);
  const map = affineOf({ ...STILL, ...geometry }, size.height, size.width);
  resample(source, target, 0, size, map, { mode, value });
  return target;
}

/** Largest difference between bytes and real numbers; half a level is lost by rounding alone. */
function furthest(bytes: Uint8Array, exact: readonly number[]): number {
  return exact.reduce((most, value, i) => Math.max(most, Math.abs(value - bytes[i])), 0);
}

describe('as Keras', () => {
  it.each(keras.geometric)(
    'moves $picture by $geometry, filled with $fill',
    ({ picture, geometry, fill, value, result }) => {
      const { pixels, ...size } = keras.pictures[picture];
      expect(furthest(moved(Uint8Array.from(pixels), size, geometry, fill, value), result)).toBeLessThan(0.75);
    },
  );

  it.each(keras.tone)(
    '$picture: contrast $contrast, brightness $brightness',
    ({ picture, contrast, brightness, result }) => {
      const { pixels, channels } = keras.pictures[picture];
      const bytes = Uint8Array.from([9, ...pixels, 9]);
      adjustTone(bytes, 1, bytes.length - 1, channels, contrast, brightness);
      expect(furthest(bytes.subarray(1), result)).toBeLessThan(0.51);
      expect([bytes[0], bytes.at(-1)]).toEqual([9, 9]);
    },
  );
});

const SIZES: readonly PictureSize[] = [
  { height: 9, width: 9, channels: 1 },
  { height: 12, width: 12, channels: 3 },
  { height: 5, width: 8, channels: 1 },
  { height: 7, width: 4, channels: 3 },
  { height: 1, width: 1, channels: 3 },
];

describe.each(SIZES)('a picture of $height x $width x $channels', (size) => {
  const picture = noise(size);
  const at = (pixels: Uint8Array, row: number, column: number) => {
    const from = (row * size.width + column) * size.channels;
    return [...pixels.subarray(from, from + size.channels)];
  };

  it('stays as it is, byte for byte, when all factors are 0', () => {
    const spec: AugmentationSpec = { rotation: 0, zoom: 0, translation: 0, contrast: 0, brightness: 0, crop: 0 };
    const pixels = Uint8Array.from(picture);
    new Augmenter(spec, size).augment(pixels, 0, new RandomGenerator(1, 'x'));
    new Augmenter({}, size).augment(pixels, 0, new RandomGenerator(1, 'x'));
    expect(pixels).toEqual(picture);
    expect(moved(picture, size, {})).toEqual(picture);
  });

  it('comes back after two flips', () => {
    for (const flip of [
      { flipHorizontal: true },
      { flipVertical: true },
      { flipHorizontal: true, flipVertical: true },
    ]) {
      const once = moved(picture, size, flip);
      expect(moved(once, size, flip)).toEqual(picture);
      const [row, column] = [flip.flipVertical ? size.height - 1 : 0, flip.flipHorizontal ? size.width - 1 : 0];
      expect(at(once, row, column)).toEqual(at(picture, 0, 0));
    }
  });

  it('moves by whole pixels exactly', () => {
    const far = moved(picture, size, { down: 2, right: -1 }, 'constant', 77);
    for (let row = 0; row < size.height; row++) {
      for (let column = 0; column < size.width; column++) {
        const isInside = row >= 2 && column + 1 < size.width;
        const expected = isInside ? at(picture, row - 2, column + 1) : Array(size.channels).fill(77);
        expect(at(far, row, column)).toEqual(expected);
      }
    }
  });

  // Other pictures do not fit into themselves.
  if (size.height !== size.width) return;
  it('turns by a quarter into its transposed, flipped self', () => {
    const turned = moved(picture, size, { rotation: 0.25 });
    for (let row = 0; row < size.height; row++) {
      for (let column = 0; column < size.width; column++) {
        expect(at(turned, row, column)).toEqual(at(picture, column, size.width - 1 - row));
      }
    }
    const round = [0.25, 0.25, 0.5].reduce((pixels, rotation) => moved(pixels, size, { rotation }), picture);
    expect(round).toEqual(picture);
  });
});

describe('what is drawn', () => {
  const size: PictureSize = { height: 16, width: 16, channels: 3 };
  const all: AugmentationSpec = {
    flip: 'both',
    rotation: 0.1,
    zoom: [-0.3, 0.1],
    translation: [0.1, 0.2],
    crop: 2,
    contrast: 0.3,
    brightness: 0.2,
    erasing: { probability: 0.5 },
  };

  it('depends on the stream alone, and touches no other picture', () => {
    const length = 16 * 16 * 3;
    const batch = new Uint8Array(3 * length);
    for (let i = 0; i < 3; i++) batch.set(noise(size, `p${i}`), i * length);
    const before = Uint8Array.from(batch);
    new Augmenter(all, size).augment(batch, length, new RandomGenerator(1, 'augment/1/7'));
    const alone = noise(size, 'p1');
    new Augmenter(all, size).augment(alone, 0, new RandomGenerator(1, 'augment/1/7'));
    expect(batch.subarray(length, 2 * length)).toEqual(alone);
    expect(batch.subarray(length, 2 * length)).not.toEqual(before.subarray(length, 2 * length));
    expect(batch.subarray(0, length)).toEqual(before.subarray(0, length));
    expect(batch.subarray(2 * length)).toEqual(before.subarray(2 * length));
    const other = noise(size, 'p1');
    new Augmenter(all, size).augment(other, 0, new RandomGenerator(1, 'augment/2/7'));
    expect(other).not.toEqual(alone);
  });

  it('flips every second picture', () => {
    const picture = noise(size);
    const augmenter = new Augmenter({ flip: 'horizontal' }, size);
    let flipped = 0;
    for (let i = 0; i < 400; i++) {
      const pixels = Uint8Array.from(picture);
      augmenter.augment(pixels, 0, new RandomGenerator(1, `augment/1/${i}`));
      if (!Buffer.from(pixels).equals(Buffer.from(picture))) flipped += 1;
    }
    expect(flipped).toBeGreaterThan(160);
    expect(flipped).toBeLessThan(240);
  });

  it('erases a rectangle of the asked share with noise', () => {
    const generator = new RandomGenerator(1, 'erase');
    for (let i = 0; i < 50; i++) {
      const rectangle = drawRectangle(generator, size, [0.1, 0.3]);
      const { top, left, height, width } = rectangle;
      expect(top + height).toBeLessThanOrEqual(16);
      expect(left + width).toBeLessThanOrEqual(16);
      expect((height * width) / 256).toBeGreaterThan(0.07);
      expect((height * width) / 256).toBeLessThan(0.36);
      const pixels = new Uint8Array(3 * 256 + 2).fill(13);
      erase(pixels, 1, size, rectangle, generator);
      const changed = pixels.reduce((sum, value) => sum + (value === 13 ? 0 : 1), 0);
      expect(changed).toBeLessThanOrEqual(height * width * 3);
      expect(changed).toBeGreaterThan(height * width * 3 * 0.9);
      expect([pixels[0], pixels.at(-1)]).toEqual([13, 13]);
    }
  });

  it.each([0.2, 1, 2])('mixes with shares of Beta(%d, %d)', (alpha) => {
    const generator = new RandomGenerator(1, 'beta');
    const shares = Array.from({ length: 4000 }, () => drawShare(generator, alpha));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance * (4 * (2 * alpha + 1))).toBeCloseTo(1, 1);
  });

  it('mixes pixels by the share', () => {
    const pixels = Uint8Array.of(1, 200, 100, 1);
    mix(pixels, 1, 3, Uint8Array.of(0, 255), 0.75);
    expect([...pixels]).toEqual([1, 150, 139, 1]);
  });
});
