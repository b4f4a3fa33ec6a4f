/** @file Picture files to pixels. sharp decodes; resizing and grey are our own arithmetic, the same in training and serving. */
import sharp from 'sharp';
import { type ImageShape, PictorError } from '../contracts/index.ts';
import { bmpSize, decodeBmp } from './bmp.ts';
import { DEFAULT_DATASET_LIMITS } from './limits.ts';
import { describeContent, type PictureFormat, pictureFormat } from './picture-format.ts';
import { PixelBudget } from './pixel-budget.ts';
import { type RawPixels, resizePixels } from './resize.ts';
import { decodeSmallPng } from './small-png.ts';

// Every picture is decoded once: a cache would only hold memory.
sharp.cache(false);

/** 64 million pixels take a quarter of a gigabyte; ordinary pictures never wait for it. */
const budget = new PixelBudget(64_000_000);

export interface DecodeLimits {
  /** Largest picture, in pixels. Default 50,000,000. */
  readonly maxPixels: number;
}

export interface DecodedPicture extends RawPixels {
  /** The file holds no colour: grey by format, or RGB with three equal channels throughout. */
  readonly grey: boolean;
  /** What the decoder complained about although it gave a picture. */
  readonly warning: string | null;
}

/**
 * Decodes a picture file and resizes it as training does.
 * @param bytes JPEG, PNG, GIF, WebP, TIFF, AVIF or BMP, told by its content. The first frame or page is taken, EXIF
 *   orientation is applied, alpha is composed on black.
 * @returns uint8 [height, width, channels]
 * @throws image_invalid when it is no picture or damaged; image_too_large over `maxPixels`.
 */
export async function decodePicture(
  bytes: Uint8Array,
  shape: ImageShape,
  limits?: Partial<DecodeLimits>,
): Promise<Uint8Array> {
  return resizePixels(await decodePixels(bytes, limits), shape);
}

/** Decodes a picture file at its own size, to `[height, width, channels]`. The rest is as `decodePicture`. */
export async function decodeWholePicture(
  bytes: Uint8Array,
  channels: ImageShape['channels'],
  limits?: Partial<DecodeLimits>,
): Promise<{ readonly data: Uint8Array; readonly height: number; readonly width: number }> {
  const picture = await decodePixels(bytes, limits);
  const { height, width } = picture;
  return { data: resizePixels(picture, { height, width, channels }), height, width };
}

/** Encodes pixels, uint8 [height, width, channels], as PNG. */
export async function encodePng(pixels: Uint8Array, shape: ImageShape): Promise<Buffer> {
  const { width, height, channels } = shape;
  const image = sharp(pixels, { raw: { width, height, channels } });
  return (channels === 1 ? image.toColourspace('b-w') : image).png({ compressionLevel: 6 }).toBuffer();
}

/** Decodes a picture file at its own size. Errors as `decodePicture`. */
export async function decodePixels(bytes: Uint8Array, limits?: Partial<DecodeLimits>): Promise<DecodedPicture> {
  const maxPixels = limits?.maxPixels ?? DEFAULT_DATASET_LIMITS.maxPixels;
  const format = pictureFormat(bytes);
  if (format === null) {
    throw new PictorError(
      'image_invalid',
      `The file is no picture that can be read: it holds ${describeContent(bytes)}.`,
    );
  }
  if (format === 'bmp') return decodeBmpPicture(bytes, maxPixels);
  const small = format === 'png' ? decodeSmallPng(bytes) : null;
  if (small && small.width * small.height <= maxPixels)
    return { ...small, grey: hasEqualChannels(small), warning: null };
  const header = await readHeader(bytes, format);
  checkPixels(header.width, header.height, maxPixels);
  return budget.run(header.width * header.height, () => decodeLeniently(bytes, header, format));
}

async function decodeLeniently(bytes: Uint8Array, header: Header, format: PictureFormat): Promise<DecodedPicture> {
  try {
    return await decodeWithSharp(bytes, header, 'warning');
  } catch (strict) {
    // A warning (an odd marker, bytes after the end) does not make a picture unusable; missing data does.
    try {
      const picture = await decodeWithSharp(bytes, header, 'error');
      return { ...picture, warning: firstLine(strict) };
    } catch (error) {
      throw damaged(format, error);
    }
  }
}

function damaged(format: PictureFormat, cause: unknown): PictorError {
  return new PictorError('image_invalid', `The ${FORMAT_NAMES[format]} picture is damaged: ${firstLine(cause)}.`, {
    cause,
  });
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly grey: boolean;
  readonly cmyk: boolean;
}

async function readHeader(bytes: Uint8Array, format: PictureFormat): Promise<Header> {
  try {
    // The size is checked right after: sharp's own limit would hide which size it was.
    const { width, height, pageHeight, space } = await sharp(bytes, { limitInputPixels: false }).metadata();
    const grey = space === 'b-w' || space === 'grey16';
    return { width, height: pageHeight ?? height, grey, cmyk: space === 'cmyk' };
  } catch (error) {
    throw damaged(format, error);
  }
}

async function decodeWithSharp(
  bytes: Uint8Array,
  header: Header,
  failOn: 'warning' | 'error',
): Promise<DecodedPicture> {
  const { data, info } = await sharp(bytes, {
    failOn,
    limitInputPixels: false,
    sequentialRead: true,
    // TensorFlow's decoders know no colour profiles; CMYK has no colours without one.
    ignoreIcc: !header.cmyk,
  })
    .autoOrient()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const picture: RawPixels = { data, width: info.width, height: info.height, channels: info.channels as 1 | 2 | 3 | 4 };
  return { ...picture, grey: header.grey || hasEqualChannels(picture), warning: null };
}

function decodeBmpPicture(bytes: Uint8Array, maxPixels: number): DecodedPicture {
  const size = bmpSize(bytes);
  if (size) checkPixels(size.width, size.height, maxPixels);
  const picture = decodeBmp(bytes);
  if (!picture) {
    throw new PictorError('image_invalid', 'The BMP picture is damaged, or compressed, which is not supported.');
  }
  return { ...picture, grey: hasEqualChannels(picture), warning: null };
}

function checkPixels(width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  throw new PictorError(
    'image_too_large',
    `The picture has ${width} x ${height} pixels; at most ${maxPixels} pixels are accepted.`,
    { details: { width, height, maxPixels } },
  );
}

function hasEqualChannels({ data, channels }: RawPixels): boolean {
  if (channels < 3) return true;
  for (let i = 0; i < data.length; i += channels) {
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  }
  return true;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0].trim().slice(0, 200).replace(/\.$/, '');
}

const FORMAT_NAMES: Readonly<Record<PictureFormat, string>> = {
  jpeg: 'JPEG',
  png: 'PNG',
  gif: 'GIF',
  webp: 'WebP',
  tiff: 'TIFF',
  avif: 'AVIF',
  bmp: 'BMP',
};
