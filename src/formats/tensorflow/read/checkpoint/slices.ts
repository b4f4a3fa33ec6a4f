/**
 * @file Variables that lie in parts, over several shards: the keys of the parts, and how they fit together.
 * Source: tensorflow/core/util/saved_tensor_slice_util.cc and tensorflow/core/lib/strings/ordered_code.cc.
 */
import type { tf } from '../../../../proto/index.ts';
import { elementsOf } from '../tensors.ts';

/** A box of a tensor. */
export interface TensorSlice {
  /** Where its bytes are found, as latin1. */
  readonly key: string;
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
}

const WHOLE = -1;

/**
 * @param name as latin1
 * @throws RangeError for parts that do not lie in the tensor
 */
export function slicesOf(
  name: string,
  shape: readonly number[],
  protos: readonly tf.TensorSliceProto[],
): TensorSlice[] {
  return protos.map(({ extent }) => {
    if (extent.length !== shape.length) throw new RangeError('a part of it has other dimensions');
    const extents = extent.map(({ start, hasLength }) => ({
      start: Number(start),
      length: hasLength.case === 'length' ? Number(hasLength.value) : WHOLE,
    }));
    const starts = extents.map(({ start }) => start);
    const sizes = extents.map(({ length }, axis) => (length === WHOLE ? shape[axis] : length));
    if (starts.some((start, axis) => start < 0 || sizes[axis] < 0 || start + sizes[axis] > shape[axis])) {
      throw new RangeError('a part of it does not lie in it');
    }
    const places = extents.flatMap(({ start, length }) => [signed(start), signed(length)]);
    return { key: [unsigned(0), escaped(name), unsigned(shape.length), ...places].join(''), starts, sizes };
  });
}

/** How many elements the parts have together. */
export function coveredBy(slices: readonly TensorSlice[]): number {
  return slices.reduce((sum, { sizes }) => sum + elementsOf(sizes), 0);
}

/** Copies a part's bytes to where they belong. */
export function placeSlice(
  target: Uint8Array,
  shape: readonly number[],
  { starts, sizes }: TensorSlice,
  bytes: Uint8Array,
  elementBytes: number,
): void {
  // Runs of elements that lie together in both.
  let axis = shape.length;
  let run = elementBytes;
  while (axis > 0 && sizes[axis - 1] === shape[axis - 1]) run *= shape[--axis];
  if (axis > 0) run *= sizes[--axis];
  const rows = elementsOf(sizes.slice(0, axis));
  for (let row = 0; row < rows; row++) {
    let rest = row;
    let place = 0;
    let step = elementBytes;
    for (let at = shape.length - 1; at >= 0; at--) {
      const within = at < axis ? rest % sizes[at] : 0;
      if (at < axis) rest = Math.floor(rest / sizes[at]);
      place += (starts[at] + within) * step;
      step *= shape[at];
    }
    target.set(bytes.subarray(row * run, (row + 1) * run), place);
  }
}

/** A length, then as many bytes, the highest first: keys sort as their numbers do. */
function unsigned(value: number): string {
  let bytes = '';
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes = String.fromCharCode(rest % 256) + bytes;
  return String.fromCharCode(bytes.length) + bytes;
}

/** Text that ends with 0 1; a 0 in it is 0 255, a 255 is 255 0. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: zero bytes are what is escaped.
  return `${text.replace(/\x00|\xff/g, (byte) => (byte === '\x00' ? '\x00\xff' : '\xff\x00'))}\x00\x01`;
}

/** As many bytes as are needed; their number is in the highest bits, which are turned over for a negative number. */
function signed(value: number): string {
  const magnitude = BigInt(value < 0 ? -value - 1 : value);
  const bits = magnitude === 0n ? 0 : magnitude.toString(2).length;
  const length = Math.floor(bits / 7) + 1;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value));
  const own = bytes.slice(8 - length);
  own[0] ^= 0xff00 >> length;
  return Buffer.from(own).toString('latin1');
}
