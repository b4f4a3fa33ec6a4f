/** @file Draws a picture through an affine map: bilinear, in integers, for one and for three channels. */
import type { FillMode } from '../../contracts/index.ts';
import type { Affine } from './affine.ts';

export interface PictureSize {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** What pixels outside of the source are taken for. */
export interface Fill {
  readonly mode: FillMode;
  /** 0..255, for `constant`. */
  readonly value: number;
}

/** Coordinates are in 1 / 65,536 pixel: the largest picture, zoomed out and moved by its own size, stays below 32,768. */
const ONE = 1 << 16;
const FRACTION = ONE - 1;
/** Weights have 11 bits: two of them times a pixel fit into 32 bits with a sign. */
const WEIGHT_SHIFT = 5;
const WEIGHT = 1 << 11;
const RESULT_SHIFT = 22;
const HALF = 1 << (RESULT_SHIFT - 1);

/**
 * @param source uint8 `[height, width, channels]`; @param target as long, another buffer, from `offset` on
 */
export function resample(
  source: Uint8Array,
  target: Uint8Array,
  offset: number,
  size: PictureSize,
  map: Affine,
  fill: Fill,
): void {
  const { height, width, channels } = size;
  const draw = channels === 1 ? drawGreyRow : drawColourRow;
  const stepX = Math.round(map[0] * ONE);
  const stepY = Math.round(map[3] * ONE);
  for (let row = 0; row < height; row++) {
    // Each row starts exactly, so that roundings of the steps add up over one row only.
    const x = Math.round((map[1] * row + map[2]) * ONE);
    const y = Math.round((map[4] * row + map[5]) * ONE);
    draw(source, target, offset + row * width * channels, size, x, y, stepX, stepY, fill);
  }
}

/** Whether the map leaves every pixel where it is. */
export function isIdentity([a, b, c, d, e, f]: Affine): boolean {
  return a === 1 && b === 0 && c === 0 && d === 0 && e === 1 && f === 0;
}

/*
 * Grey and colour have a loop each, with the interpolation written out: this is done for every pixel of every training picture,
 * and one function with a loop over the channels takes clearly longer for colour.
 */

function drawGreyRow(
  source: Uint8Array,
  target: Uint8Array,
  start: number,
  size: PictureSize,
  firstX: number,
  firstY: number,
  stepX: number,
  stepY: number,
  fill: Fill,
): void {
  const { height, width } = size;
  const lastColumn = width - 1;
  const lastRow = height - 1;
  let x = firstX;
  let y = firstY;
  for (let at = start; at < start + width; at++) {
    const column = x >> 16;
    const row = y >> 16;
    // Unsigned, so that one comparison also finds what is below 0.
    if (column >>> 0 < lastColumn && row >>> 0 < lastRow) {
      const weightX = (x & FRACTION) >> WEIGHT_SHIFT;
      const weightY = (y & FRACTION) >> WEIGHT_SHIFT;
      const from = row * width + column;
      const upper = source[from] * (WEIGHT - weightX) + source[from + 1] * weightX;
      const lower = source[from + width] * (WEIGHT - weightX) + source[from + width + 1] * weightX;
      target[at] = (upper * (WEIGHT - weightY) + lower * weightY + HALF) >> RESULT_SHIFT;
    } else {
      drawAtBorder(source, target, at, size, x, y, fill);
    }
    x += stepX;
    y += stepY;
  }
}

function drawColourRow(
  source: Uint8Array,
  target: Uint8Array,
  start: number,
  size: PictureSize,
  firstX: number,
  firstY: number,
  stepX: number,
  stepY: number,
  fill: Fill,
): void {
  const { height, width } = size;
  const lastColumn = width - 1;
  const lastRow = height - 1;
  const stride = width * 3;
  let x = firstX;
  let y = firstY;
  for (let at = start; at < start + stride; at += 3) {
    const column = x >> 16;
    const row = y >> 16;
    if (column >>> 0 < lastColumn && row >>> 0 < lastRow) {
      const weightX = (x & FRACTION) >> WEIGHT_SHIFT;
      const weightY = (y & FRACTION) >> WEIGHT_SHIFT;
      const restX = WEIGHT - weightX;
      const restY = WEIGHT - weightY;
      const from = row * stride + column * 3;
      const below = from + stride;
      target[at] =
        ((source[from] * restX + source[from + 3] * weightX) * restY +
          (source[below] * restX + source[below + 3] * weightX) * weightY +
          HALF) >>
        RESULT_SHIFT;
      target[at + 1] =
        ((source[from + 1] * restX + source[from + 4] * weightX) * restY +
          (source[below + 1] * restX + source[below + 4] * weightX) * weightY +
          HALF) >>
        RESULT_SHIFT;
      target[at + 2] =
        ((source[from + 2] * restX + source[from + 5] * weightX) * restY +
          (source[below + 2] * restX + source[below + 5] * weightX) * weightY +
          HALF) >>
        RESULT_SHIFT;
    } else {
      drawAtBorder(source, target, at, size, x, y, fill);
    }
    x += stepX;
    y += stepY;
  }
}

/** One pixel whose neighbours may lie outside of the source. */
function drawAtBorder(
  source: Uint8Array,
  target: Uint8Array,
  at: number,
  { height, width, channels }: PictureSize,
  outerX: number,
  outerY: number,
  { mode, value }: Fill,
): void {
  const x = inside(outerX, width, mode);
  const y = inside(outerY, height, mode);
  const column = x >> 16;
  const row = y >> 16;
  const weightX = (x & FRACTION) >> WEIGHT_SHIFT;
  const weightY = (y & FRACTION) >> WEIGHT_SHIFT;
  for (let channel = 0; channel < channels; channel++) {
    const pixel = (r: number, c: number): number =>
      r >= 0 && r < height && c >= 0 && c < width ? source[(r * width + c) * channels + channel] : value;
    const upper = pixel(row, column) * (WEIGHT - weightX) + pixel(row, column + 1) * weightX;
    const lower = pixel(row + 1, column) * (WEIGHT - weightX) + pixel(row + 1, column + 1) * weightX;
    target[at + channel] = (upper * (WEIGHT - weightY) + lower * weightY + HALF) >> RESULT_SHIFT;
  }
}

/** The coordinate that stands for one outside, as TensorFlow's `ImageProjectiveTransformV3` has it. */
function inside(coordinate: number, length: number, mode: FillMode): number {
  if (mode === 'constant') return coordinate;
  const last = (length - 1) * ONE;
  let mapped = coordinate;
  if (mode === 'reflect' && (coordinate < 0 || coordinate > last)) {
    const end = length * ONE;
    const period = 2 * end;
    mapped = ((coordinate % period) + period) % period;
    // The mirror stands at the outer edge of the last pixel: (d c b a | a b c d | d c b a).
    if (mapped >= end) mapped = period - ONE - mapped;
  }
  return Math.min(last, Math.max(0, mapped));
}
