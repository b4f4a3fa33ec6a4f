import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture, decodePixels, encodePng } from './decode.ts';
import { colourPng, greyPng, png } from './testing/files.ts';
import { failure } from './testing/prepare.ts';

const GREY = { height: 2, width: 2, channels: 1 } as const;
const RGB = { height: 2, width: 2, channels: 3 } as const;

interface TensorFlowCase {
  readonly name: string;
  readonly channels: 1 | 3;
  readonly file: string;
  readonly expected: number[];
}

const fixture = new URL('./testing/tensorflow-decode.json', import.meta.url);
const tensorFlow = JSON.parse(readFileSync(fixture, 'utf8')) as {
  readonly height: number;
  readonly width: number;
  readonly cases: TensorFlowCase[];
};

describe('decodePicture', () => {
  it.each(tensorFlow.cases)("gives TensorFlow's bytes for a $name", async ({ file, channels, expected }) => {
    const { height, width } = tensorFlow;
    const pixels = await decodePicture(Buffer.from(file, 'base64'), { height, width, channels });
    expect([...pixels]).toEqual(expected);
  });

  it('reads grey and coloured PNG exactly', async () => {
    const grey = png(2, 2, [0, 100, 200, 255], { colour: 0 });
    expect([...(await decodePicture(grey, GREY))]).toEqual([0, 100, 200, 255]);
    expect([...(await decodePicture(grey, RGB))]).toEqual([0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255]);
    const samples = [10, 20, 30, 40, 50, 60, 70, 80, 90, 250, 240, 230];
    expect([...(await decodePicture(png(2, 2, samples, { colour: 2 }), RGB))]).toEqual(samples);
  });

  it('keeps the high byte of 16-bit pictures', async () => {
    const grey16 = png(2, 2, [0, 99, 100, 1, 200, 2, 255, 255], { colour: 0, bits: 16 });
    expect([...(await decodePicture(grey16, GREY))]).toEqual([0, 100, 200, 255]);
    const rgb16 = png(1, 1, [10, 9, 20, 8, 30, 7], { colour: 2, bits: 16 });
    expect([...(await decodePicture(rgb16, { height: 1, width: 1, channels: 3 }))]).toEqual([10, 20, 30]);
  });

  it('composes alpha on black', async () => {
    const greyAlpha = png(2, 2, [200, 255, 200, 0, 200, 51, 100, 128], { colour: 4 });
    expect([...(await decodePicture(greyAlpha, GREY))]).toEqual([200, 0, 40, 50]);
    const rgba = png(1, 1, [200, 100, 50, 128], { colour: 6 });
    expect([...(await decodePicture(rgba, { height: 1, width: 1, channels: 3 }))]).toEqual([100, 50, 25]);
  });

  it('applies EXIF orientation', async () => {
    // Left half black, right half white; orientation 6 is shown turned by 90 degrees clockwise.
    const samples = Array.from({ length: 16 * 16 }, (_, i) => (i % 16 < 8 ? 0 : 255));
    const jpeg = await sharp(png(16, 16, samples, { colour: 0 }))
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const shown = await decodePicture(jpeg, { height: 16, width: 16, channels: 1 });
    expect(shown[8]).toBeLessThan(10);
    expect(shown[15 * 16 + 8]).toBeGreaterThan(245);
    expect(shown[7 * 16]).toBeLessThan(10);
  });

  it('gives a turned picture its turned size', async () => {
    const jpeg = await sharp(colourPng(1, 24, 16))
      .withMetadata({ orientation: 8 })
      .jpeg()
      .toBuffer();
    expect(await decodePixels(jpeg)).toMatchObject({ width: 16, height: 24 });
  });

  it('converts CMYK to colours', async () => {
    const jpeg = await sharp({ create: { width: 16, height: 16, channels: 3, background: { r: 250, g: 10, b: 10 } } })
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(jpeg).metadata()).space).toBe('cmyk');
    const [red, green, blue] = await decodePicture(jpeg, { height: 1, width: 1, channels: 3 });
    expect(red).toBeGreaterThan(190);
    expect(green).toBeLessThan(70);
    expect(blue).toBeLessThan(70);
  });

  it('takes the first frame of an animation', async () => {
    const frames = Buffer.concat([Buffer.alloc(16 * 16 * 3, 30), Buffer.alloc(16 * 16 * 3, 220)]);
    const gif = await sharp(frames, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const picture = await decodePixels(gif);
    expect(picture).toMatchObject({ width: 16, height: 16 });
    expect(picture.data[0]).toBeLessThan(60);
  });

  it.each(['webp', 'tiff', 'gif', 'avif'] as const)('reads %s', async (format) => {
    const source = png(
      16,
      16,
      Array.from({ length: 256 }, () => 128),
      { colour: 0 },
    );
    const bytes = await sharp(source).toFormat(format).toBuffer();
    const pixels = await decodePicture(bytes, GREY);
    for (const value of pixels) expect(Math.abs(value - 128)).toBeLessThan(4);
  });

  it('reads BMP of 24, 8 and 32 bits', async () => {
    const colours = [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [9, 8, 7],
    ];
    expect([...(await decodePicture(bmp(2, 2, 24, colours), RGB))]).toEqual(colours.flat());
    expect([...(await decodePicture(bmp(2, 2, 32, colours), RGB))]).toEqual(colours.flat());
    expect([...(await decodePicture(bmp(2, 2, 8, colours), RGB))]).toEqual(colours.flat());
    expect([...(await decodePicture(bmp(2, -2, 24, colours), RGB))]).toEqual(colours.flat());
  });

  it('refuses a BMP whose palette or rows end early', async () => {
    const whole = bmp(2, 2, 24, [
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect((await failure(decodePicture(whole.subarray(0, 60), RGB))).code).toBe('image_invalid');
  });

  it('reads a picture of one pixel', async () => {
    expect([...(await decodePicture(png(1, 1, [77], { colour: 0 }), GREY))]).toEqual([77, 77, 77, 77]);
  });

  it('says what the file is when it is no picture', async () => {
    const cases: [string, string][] = [
      ['this is a text', 'a text file'],
      ['<!DOCTYPE html><html></html>', 'a web page'],
      ['<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>', 'an SVG drawing'],
      ['%PDF-1.7', 'a PDF document'],
      ['\0\0\0\x18ftypheic\0\0\0\0', 'a HEIC picture'],
      ['', 'an empty file'],
    ];
    for (const [content, what] of cases) {
      const error = await failure(decodePicture(Buffer.from(content, 'latin1'), GREY));
      expect(error.code).toBe('image_invalid');
      expect(error.message).toContain(what);
    }
  });

  it('refuses a picture that is cut off or damaged', async () => {
    const jpeg = await sharp(colourPng(3, 64)).jpeg().toBuffer();
    for (const bytes of [jpeg.subarray(0, jpeg.length / 2), jpeg.subarray(0, 20), greyPng(1, 64).subarray(0, 300)]) {
      expect((await failure(decodePicture(bytes, GREY))).code).toBe('image_invalid');
    }
  });

  it('reads a picture with rubbish after its end', async () => {
    const bytes = Buffer.concat([greyPng(1, 4), Buffer.from('rubbish')]);
    expect(await decodePixels(bytes)).toMatchObject({ width: 4, height: 4, grey: true });
  });

  it('refuses a picture with too many pixels before decoding it', async () => {
    const header = Buffer.from(png(1, 1, [0], { colour: 0 }));
    header.writeUInt32BE(20_000, 16);
    header.writeUInt32BE(20_000, 20);
    const huge = repairHeaderChecksum(header);
    const error = await failure(decodePicture(huge, GREY));
    expect(error).toMatchObject({ code: 'image_too_large', details: { width: 20_000, height: 20_000 } });
    expect((await failure(decodePicture(greyPng(1, 11), GREY, { maxPixels: 120 }))).code).toBe('image_too_large');
    expect(await decodePicture(greyPng(1, 11), GREY, { maxPixels: 121 })).toHaveLength(4);
  });

  it('knows which pictures hold no colour', async () => {
    expect((await decodePixels(greyPng(1))).grey).toBe(true);
    expect((await decodePixels(colourPng(1))).grey).toBe(false);
    expect((await decodePixels(png(2, 1, [5, 5, 5, 9, 9, 9], { colour: 2 }))).grey).toBe(true);
  });

  it('decodes many large pictures at once without failing', async () => {
    const large = await sharp({ create: { width: 6000, height: 5000, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    const all = await Promise.all(
      Array.from({ length: 5 }, () => decodePicture(large, { height: 1, width: 1, channels: 3 })),
    );
    for (const pixels of all) expect([...pixels]).toEqual([0x12, 0x34, 0x56]);
  });
});

describe('encodePng', () => {
  it('gives back the pixels', async () => {
    const grey = Uint8Array.from([1, 2, 3, 4]);
    expect(await decodePicture(await encodePng(grey, GREY), GREY)).toEqual(grey);
    const rgb = Uint8Array.from({ length: 12 }, (_, i) => i * 20);
    expect(await decodePicture(await encodePng(rgb, RGB), RGB)).toEqual(rgb);
  });
});

/** A BMP of these colours, rows from the top; a negative height stores them so. */
function bmp(width: number, height: number, bits: 8 | 24 | 32, colours: readonly (readonly number[])[]): Buffer {
  const paletteBytes = bits === 8 ? colours.length * 4 : 0;
  const stride = Math.ceil((width * bits) / 32) * 4;
  const rows = Math.abs(height);
  const out = Buffer.alloc(54 + paletteBytes + stride * rows);
  out.write('BM', 'latin1');
  out.writeUInt32LE(out.length, 2);
  out.writeUInt32LE(54 + paletteBytes, 10);
  out.writeUInt32LE(40, 14);
  out.writeInt32LE(width, 18);
  out.writeInt32LE(height, 22);
  out.writeUInt16LE(1, 26);
  out.writeUInt16LE(bits, 28);
  for (let i = 0; i < colours.length; i++) {
    const y = Math.floor(i / width);
    const row = 54 + paletteBytes + (height > 0 ? rows - 1 - y : y) * stride;
    const [r, g, b] = colours[i];
    const at = row + ((i % width) * bits) / 8;
    if (bits === 8) {
      out[at] = i;
      out.set([b, g, r, 0], 54 + i * 4);
    } else {
      out.set([b, g, r], at);
    }
  }
  return out;
}

function repairHeaderChecksum(file: Buffer): Buffer {
  file.writeUInt32BE(crc32(file.subarray(12, 29)), 29);
  return file;
}
