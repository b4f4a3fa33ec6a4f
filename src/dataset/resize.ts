/** @file The one resize: bilinear stretch with half-pixel centres and no antialiasing, as `tf.image.resize` does it. */
import type { ImageShape } from '../contracts/index.ts';

/** 8-bit pixels, rows from the top, channels interleaved: grey, grey+alpha, RGB or RGBA. */
export interface RawPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/**
 * Resizes a picture to uint8 [height, width, channels].
 *
 * Alpha is composed on black and colours become grey (0.299 R + 0.587 G + 0.114 B, rounded) before the resize, on 8-bit
 * values. The arithmetic is float32 in TensorFlow's order, then rounded half to even, so that the bytes are those of
 * `np.rint(tf.image.resize(picture, [height, width]))`.
 */
export function resizePixels(source: RawPixels, shape: ImageShape): Uint8Array {
  const { height, width, channels } = shape;
  const target = new Uint8Array(height * width * channels);
  const gather = GATHER[`${source.channels}to${channels}`];
  if (source.width === width && source.height === height) {
    gather(source.data, 0, identity(width * height), target);
    return target;
  }
  const columns = interpolation(source.width, width);
  const rows = interpolation(source.height, height);
  const rowLength = width * channels;
  const gathered = [new Uint8Array(rowLength), new Uint8Array(rowLength)] as const;
  const sameChannels = source.channels === channels;
  const all = identity(width);
  const stretchRow = (y: number, out: Float32Array) => {
    const start = y * source.width * source.channels;
    if (sameChannels) return blendColumns(source.data, source.data, start, columns, channels, out);
    // Only the pixels that are needed are converted: a few hundred of the thousands in a row of a photo.
    gather(source.data, start, columns.lower, gathered[0]);
    gather(source.data, start, columns.upper, gathered[1]);
    blendColumns(gathered[0], gathered[1], 0, { lower: all, upper: all, share: columns.share }, channels, out);
  };
  // Two stretched source rows are kept: neighbouring target rows mostly need the same ones.
  let [top, bottom] = [new Float32Array(rowLength), new Float32Array(rowLength)];
  let [topRow, bottomRow] = [-1, -1];
  // Storing into clamped bytes rounds half to even.
  const rounded = new Uint8ClampedArray(target.buffer);
  for (let y = 0; y < height; y++) {
    const [lower, upper] = [rows.lower[y], rows.upper[y]];
    if (lower === bottomRow) {
      [top, bottom] = [bottom, top];
      [topRow, bottomRow] = [bottomRow, topRow];
    }
    if (lower !== topRow) stretchRow(lower, top);
    if (upper !== bottomRow) stretchRow(upper, bottom);
    [topRow, bottomRow] = [lower, upper];
    blendRows(top, bottom, rows.share[y], rounded, y * rowLength);
  }
  return target;
}

function blendColumns(
  left: Uint8Array,
  right: Uint8Array,
  start: number,
  { lower, upper, share }: Interpolation,
  channels: number,
  out: Float32Array,
): void {
  for (let x = 0, i = 0; x < share.length; x++) {
    const a = start + lower[x] * channels;
    const b = start + upper[x] * channels;
    for (let c = 0; c < channels; c++, i++) out[i] = left[a + c] + Math.fround((right[b + c] - left[a + c]) * share[x]);
  }
}

function blendRows(
  top: Float32Array,
  bottom: Float32Array,
  share: number,
  out: Uint8ClampedArray,
  start: number,
): void {
  for (let i = 0; i < top.length; i++) {
    out[start + i] = Math.fround(top[i] + Math.fround(Math.fround(bottom[i] - top[i]) * share));
  }
}

interface Interpolation {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  /** Weight of `upper`. */
  readonly share: Float32Array;
}

function interpolation(from: number, to: number): Interpolation {
  const lower = new Int32Array(to);
  const upper = new Int32Array(to);
  const share = new Float32Array(to);
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    const centre = Math.fround(Math.fround(Math.fround(i + 0.5) * scale) - 0.5);
    const floor = Math.floor(centre);
    lower[i] = Math.max(floor, 0);
    upper[i] = Math.min(Math.ceil(centre), from - 1);
    share[i] = centre - floor;
  }
  return { lower, upper, share };
}

function identity(length: number): Int32Array {
  const indices = new Int32Array(length);
  for (let i = 0; i < length; i++) indices[i] = i;
  return indices;
}

/** Copies the pixels at `columns` of the row that starts at byte `start`, converted to the wanted channels. */
type Gather = (data: Uint8Array, start: number, columns: Int32Array, out: Uint8Array) => void;

const GATHER: Readonly<Record<`${1 | 2 | 3 | 4}to${1 | 3}`, Gather>> = {
  '1to1': (data, start, columns, out) => {
    for (let x = 0; x < columns.length; x++) out[x] = data[start + columns[x]];
  },
  '1to3': (data, start, columns, out) => {
    for (let x = 0; x < columns.length; x++) {
      const value = data[start + columns[x]];
      out[x * 3] = value;
      out[x * 3 + 1] = value;
      out[x * 3 + 2] = value;
    }
  },
  '2to1': (data, start, columns, out) => {
    for (let x = 0; x < columns.length; x++) {
      const at = start + columns[x] * 2;
      out[x] = onBlack(data[at], data[at + 1]);
    }
  },
  '2to3': (data, start, columns, out) => {
    for (let x = 0; x < columns.length; x++) {
      const at = start + columns[x] * 2;
      out.fill(onBlack(data[at], data[at + 1]), x * 3, x * 3 + 3);
    }
  },
  '3to1': (data, start, columns, out) => {
    for (let x = 0; x < columns.length; x++) {
      const at = start + columns[x] * 3;
      out[x] = grey(data[at], data[at + 1], data[at + 2]);
    }
  },
  '3to3': (data, start, columns, out) => {
    for (let x = 0; x < columns.length; x++) {
      const at = start + columns[x] * 3;
      out[x * 3] = data[at];
      out[x * 3 + 1] = data[at + 1];
      out[x * 3 + 2] = data[at + 2];
    }
  },
  '4to1': (data, start, columns, out) => {
    for (let x = 0; x < columns.length; x++) {
      const at = start + columns[x] * 4;
      const alpha = data[at + 3];
      out[x] = grey(onBlack(data[at], alpha), onBlack(data[at + 1], alpha), onBlack(data[at + 2], alpha));
    }
  },
  '4to3': (data, start, columns, out) => {
    for (let x = 0; x < columns.length; x++) {
      const at = start + columns[x] * 4;
      const alpha = data[at + 3];
      out[x * 3] = onBlack(data[at], alpha);
      out[x * 3 + 1] = onBlack(data[at + 1], alpha);
      out[x * 3 + 2] = onBlack(data[at + 2], alpha);
    }
  },
};

function onBlack(value: number, alpha: number): number {
  return Math.round((value * alpha) / 255);
}

function grey(red: number, green: number, blue: number): number {
  // Whole thousandths are exact, so that equal channels give back their value and ties round the same everywhere.
  return Math.round((299 * red + 587 * green + 114 * blue) / 1000);
}
