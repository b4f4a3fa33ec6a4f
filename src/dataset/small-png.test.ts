import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { RandomGenerator } from '../contracts/index.ts';
import { decodeSmallPng } from './small-png.ts';
import { greyPng, png } from './testing/files.ts';

describe('decodeSmallPng', () => {
  it('gives the pixels that sharp gives, whatever the filters of the rows', async () => {
    const random = new RandomGenerator(1);
    for (const channels of [1, 2, 3, 4] as const) {
      for (const adaptiveFiltering of [false, true]) {
        for (const [width, height] of [
          [1, 1],
          [7, 5],
          [28, 28],
          [33, 128],
        ]) {
          // Smooth, so that libpng chooses among all filters.
          const slope = [random.nextBetween(-4, 4), random.nextBetween(-4, 4)];
          const data = Buffer.from(
            Array.from({ length: width * height * channels }, (_, i) => {
              const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
              return 128 + x * slope[0] + y * slope[1] + 40 * (i % channels) + random.nextInteger(9);
            }),
          );
          const source = sharp(data, { raw: { width, height, channels } });
          const file = await (channels < 3 ? source.toColourspace('b-w') : source)
            .png({ adaptiveFiltering })
            .toBuffer();
          expect(decodeSmallPng(file)).toEqual({ data: new Uint8Array(data), width, height, channels });
        }
      }
    }
  });

  it('leaves to sharp what is large, deep, interlaced, has a palette or transparency', async () => {
    const grey = (size: number) => Array.from({ length: size * size * 2 }, (_, i) => i % 256);
    expect(decodeSmallPng(greyPng(1, 129))).toBeNull();
    expect(decodeSmallPng(png(4, 4, grey(4), { colour: 0, bits: 16 }))).toBeNull();
    expect(decodeSmallPng(await sharp(greyPng(1)).png({ progressive: true }).toBuffer())).toBeNull();
    expect(decodeSmallPng(await sharp(greyPng(1)).png({ palette: true }).toBuffer())).toBeNull();
    const transparent = Buffer.from(greyPng(1));
    transparent.write('tRNS', transparent.indexOf('IDAT'), 'latin1');
    expect(decodeSmallPng(transparent)).toBeNull();
  });

  it('leaves to sharp what is damaged, at any byte', () => {
    const whole = greyPng(3);
    expect(decodeSmallPng(whole)).not.toBeNull();
    for (let i = 8; i < whole.length; i++) {
      const damaged = Buffer.from(whole);
      damaged[i] ^= 0x10;
      expect(decodeSmallPng(damaged)).toBeNull();
      expect(decodeSmallPng(whole.subarray(0, i))).toBeNull();
    }
  });

  it('unpacks no more than the picture has', () => {
    const lying = png(100, 100, new Uint8Array(100 * 100), { colour: 0 });
    expect(decodeSmallPng(withHeight(lying, 2))).toBeNull();
  });
});

/** The same data under a header with another height. */
function withHeight(file: Buffer, height: number): Buffer {
  const body = png(100, height, new Uint8Array(100 * height), { colour: 0 }).subarray(0, 33);
  return Buffer.concat([body, file.subarray(33)]);
}
