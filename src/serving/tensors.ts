/** @file Rows of tensors: counted, cut out, put together. */
import type { TensorValue } from '../contracts/index.ts';
import { newStorage } from './tensors/storage.ts';

type NumberArray = Exclude<TensorValue['data'], readonly Uint8Array[]>;

/** 1 for none. */
export function product(sizes: readonly number[]): number {
  let result = 1;
  for (const size of sizes) result *= size;
  return result;
}

/** Bytes of the numbers, or of the texts. */
export function tensorBytes({ data }: TensorValue): number {
  if (!Array.isArray(data)) return (data as NumberArray).byteLength;
  return (data as readonly Uint8Array[]).reduce((sum, text) => sum + text.byteLength, 0);
}

/** Rows `from` to `from + count` along the first dimension; a view. */
export function sliceRows(tensor: TensorValue, from: number, count: number): TensorValue {
  const { shape, data } = tensor;
  if (from === 0 && count === shape[0]) return tensor;
  const width = product(shape.slice(1));
  const [begin, end] = [from * width, (from + count) * width];
  const part = Array.isArray(data) ? data.slice(begin, end) : (data as NumberArray).subarray(begin, end);
  return { ...tensor, shape: [count, ...shape.slice(1)], data: part } as TensorValue;
}

export interface RowRange {
  readonly tensor: TensorValue;
  readonly from: number;
  readonly count: number;
}

/**
 * One tensor of all the rows, which have one type and inner shape.
 * @param total rows of the result; those that are missing are copies of the last one. Default: as many as there are
 */
export function joinRows(ranges: readonly RowRange[], total?: number): TensorValue {
  const [{ tensor }] = ranges;
  const rows = ranges.reduce((sum, { count }) => sum + count, 0);
  const all = Math.max(rows, total ?? rows);
  if (ranges.length === 1 && all === rows) return sliceRows(tensor, ranges[0].from, rows);
  const width = product(tensor.shape.slice(1));
  const shape = [all, ...tensor.shape.slice(1)];
  if (tensor.dtype === 'DT_STRING') {
    const texts = ranges.flatMap((range) => sliceRows(range.tensor, range.from, range.count).data as Uint8Array[]);
    for (let row = rows; row < all; row++) texts.push(...texts.slice((rows - 1) * width, rows * width));
    return { dtype: 'DT_STRING', shape, data: texts };
  }
  const data = newStorage(tensor.dtype, all * width) as Float32Array;
  let at = 0;
  for (const range of ranges) {
    const part = sliceRows(range.tensor, range.from, range.count).data as Float32Array;
    data.set(part, at);
    at += part.length;
  }
  for (let row = rows; row < all; row++) data.copyWithin(row * width, (rows - 1) * width, rows * width);
  return { dtype: tensor.dtype, shape, data } as unknown as TensorValue;
}

/** Tensors of as many dimensions, filled up with zeros to the largest inner shape among them. */
export function padded(tensors: readonly TensorValue[]): readonly TensorValue[] {
  const [{ shape }] = tensors;
  const inner = shape.slice(1).map((_, i) => Math.max(...tensors.map((tensor) => tensor.shape[i + 1])));
  return tensors.map((tensor) => {
    return inner.every((size, i) => size === tensor.shape[i + 1]) ? tensor : padTo(tensor, inner);
  });
}

function padTo(tensor: TensorValue, inner: readonly number[]): TensorValue {
  const shape = [tensor.shape[0], ...inner];
  const data = newStorage(tensor.dtype, product(shape)) as unknown as unknown[];
  const from = tensor.data as unknown as readonly unknown[];
  for (let at = 0; at < from.length; at++) {
    let rest = at;
    let place = 0;
    let width = 1;
    for (let i = shape.length - 1; i >= 0; i--) {
      place += (rest % tensor.shape[i]) * width;
      rest = Math.floor(rest / tensor.shape[i]);
      width *= shape[i];
    }
    data[place] = from[at];
  }
  return { ...tensor, shape, data } as unknown as TensorValue;
}

/** The same numbers in another shape. */
export function reshaped(tensor: TensorValue, shape: readonly number[]): TensorValue {
  return { ...tensor, shape };
}
