/** @file Numbers of NumPy arrays: element types, their bytes, and pictures and labels made from them. */
import { numberOfHalf, PictorError } from '../../contracts/index.ts';
import type { RawPixels } from '../resize.ts';

type ErrorCode = 'npz_invalid' | 'pickle_invalid';

interface ElementType {
  readonly bytes: number;
  readonly isFloat: boolean;
  /** The elements of bytes that are aligned and in the machine's order. */
  readonly view: (buffer: ArrayBuffer, count: number) => ArrayLike<number | bigint>;
}

/** By NumPy's kind and size, as in `<f4`. */
const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  b1: { bytes: 1, isFloat: false, view: (buffer, count) => new Uint8Array(buffer, 0, count) },
  u1: { bytes: 1, isFloat: false, view: (buffer, count) => new Uint8Array(buffer, 0, count) },
  i1: { bytes: 1, isFloat: false, view: (buffer, count) => new Int8Array(buffer, 0, count) },
  u2: { bytes: 2, isFloat: false, view: (buffer, count) => new Uint16Array(buffer, 0, count) },
  i2: { bytes: 2, isFloat: false, view: (buffer, count) => new Int16Array(buffer, 0, count) },
  u4: { bytes: 4, isFloat: false, view: (buffer, count) => new Uint32Array(buffer, 0, count) },
  i4: { bytes: 4, isFloat: false, view: (buffer, count) => new Int32Array(buffer, 0, count) },
  u8: { bytes: 8, isFloat: false, view: (buffer, count) => new BigUint64Array(buffer, 0, count) },
  i8: { bytes: 8, isFloat: false, view: (buffer, count) => new BigInt64Array(buffer, 0, count) },
  f2: {
    bytes: 2,
    isFloat: true,
    view: (buffer, count) => Float32Array.from(new Uint16Array(buffer, 0, count), numberOfHalf),
  },
  f4: { bytes: 4, isFloat: true, view: (buffer, count) => new Float32Array(buffer, 0, count) },
  f8: { bytes: 8, isFloat: true, view: (buffer, count) => new Float64Array(buffer, 0, count) },
};

/** An array as its file declares it. */
export interface ArrayHeader {
  /** NumPy's type text, such as `|u1` or `<f4`. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Columns first. */
  readonly fortranOrder: boolean;
}

/** Reads rows of one array as numbers. */
export class RowDecoder {
  readonly rowBytes: number;
  readonly isFloat: boolean;
  readonly #type: ElementType;
  readonly #swap: boolean;
  readonly #count: number;
  readonly #aligned: Buffer<ArrayBuffer>;

  /** @param count elements of a row */
  constructor(type: string, count: number, array: string, code: ErrorCode) {
    const element = ELEMENT_TYPES[type.slice(1)];
    if (!element || !'<>|='.includes(type[0])) {
      throw new PictorError(
        code,
        `The array ${array} has elements of type ${JSON.stringify(type)}; numbers are expected.`,
      );
    }
    this.#type = element;
    this.#swap = type[0] === '>' && element.bytes > 1;
    this.#count = count;
    this.rowBytes = element.bytes * count;
    this.isFloat = element.isFloat;
    this.#aligned = Buffer.from(new ArrayBuffer(this.rowBytes));
  }

  /** Valid until the next call. */
  decode(row: Uint8Array): ArrayLike<number | bigint> {
    this.#aligned.set(row);
    if (this.#swap && this.#type.bytes === 2) this.#aligned.swap16();
    if (this.#swap && this.#type.bytes === 4) this.#aligned.swap32();
    if (this.#swap && this.#type.bytes === 8) this.#aligned.swap64();
    return this.#type.view(this.#aligned.buffer, this.#count);
  }
}

export interface PictureArrayShape {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/**
 * How an array holds pictures: [n, h, w], [n, h, w, 1], [n, h, w, 3], or [n, pixels] of square grey pictures.
 * @throws npz_invalid or pickle_invalid
 */
export function pictureShape(header: ArrayHeader, array: string, code: ErrorCode): PictureArrayShape {
  const { shape } = header;
  const text = `[${shape.join(', ')}]`;
  if (header.fortranOrder && shape.filter((length) => length > 1).length > 1) {
    throw new PictorError(code, `The array ${array} is stored columns first.`, {
      fix: 'Save it with numpy.ascontiguousarray(x).',
    });
  }
  const [count, height, width, channels = 1] = shape;
  if (shape.length === 2) {
    const side = Math.round(Math.sqrt(height));
    if (side > 0 && side * side === height) return { count, height: side, width: side, channels: 1 };
  }
  if ((shape.length === 3 || shape.length === 4) && height > 0 && width > 0 && (channels === 1 || channels === 3)) {
    return { count, height, width, channels };
  }
  const channelsFirst = shape.length === 4 && (shape[1] === 1 || shape[1] === 3);
  throw new PictorError(
    code,
    `The array ${array} has the shape ${text}; [n, height, width] or [n, height, width, 1 or 3] is expected.`,
    channelsFirst ? { fix: 'Move the channels to the end: x.transpose(0, 2, 3, 1).' } : {},
  );
}

/** Smallest and largest value of what was seen of the pictures of a dataset. */
export class ValueRange {
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #hasNaN = false;

  add(values: ArrayLike<number | bigint>): void {
    for (let i = 0; i < values.length; i++) {
      const value = Number(values[i]);
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
      if (Number.isNaN(value)) this.#hasNaN = true;
    }
  }

  /**
   * What pixel values are multiplied with to lie in 0..255: 255 for data in 0..1, else 1.
   * @throws npz_invalid or pickle_invalid for other ranges
   */
  scale(name: string, code: ErrorCode): number {
    if (!this.#hasNaN && this.min >= 0 && this.max <= 255) return this.max <= 1 ? 255 : 1;
    const range = this.#hasNaN ? 'values that are no numbers' : `values from ${this.min} to ${this.max}`;
    throw new PictorError(code, `The pictures of ${name} have ${range}; 0..255 or 0..1 is expected.`);
  }
}

/** Rounds one row of values to uint8 pixels; the buffer is used again for the next row. */
export function pixelWriter(
  shape: PictureArrayShape,
  scale: number,
): (values: ArrayLike<number | bigint>) => RawPixels {
  const { height, width, channels } = shape;
  const data = new Uint8Array(height * width * channels);
  const pixels: RawPixels = { data, width, height, channels };
  return (values) => {
    for (let i = 0; i < data.length; i++) data[i] = Math.round(Number(values[i]) * scale);
    return pixels;
  };
}

/**
 * Class numbers from an array [n], [n, 1], or [n, k] with a single 1 in each row.
 * @param bytes the whole array
 * @throws npz_invalid or pickle_invalid
 */
export function labelNumbers(header: ArrayHeader, bytes: Uint8Array, array: string, code: ErrorCode): Int32Array {
  const [count, width = 1] = header.shape;
  const text = `[${header.shape.join(', ')}]`;
  if (header.shape.length < 1 || header.shape.length > 2 || (header.fortranOrder && width > 1)) {
    throw new PictorError(code, `The array ${array} has the shape ${text}; one label for each picture is expected.`);
  }
  const labels = new Int32Array(count);
  const decoder = new RowDecoder(header.type, width, array, code);
  for (let i = 0; i < count; i++) {
    const row = decoder.decode(bytes.subarray(i * decoder.rowBytes, (i + 1) * decoder.rowBytes));
    const label = width === 1 ? Number(row[0]) : hotIndex(row);
    if (!Number.isInteger(label) || label < -(2 ** 31) || label >= 2 ** 31) {
      const expected = width === 1 ? 'a whole number' : 'a single 1 among zeros';
      throw new PictorError(code, `Label ${i} of the array ${array} is not ${expected}.`, { details: { index: i } });
    }
    labels[i] = label;
  }
  return labels;
}

function hotIndex(row: ArrayLike<number | bigint>): number {
  let hot = Number.NaN;
  for (let i = 0; i < row.length; i++) {
    const value = Number(row[i]);
    if (value === 0) continue;
    if (value !== 1 || !Number.isNaN(hot)) return Number.NaN;
    hot = i;
  }
  return hot;
}
