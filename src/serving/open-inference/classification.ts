/** @file Triton's classification extension: the highest values of an output, as texts. */
import type { TensorValue } from '../../contracts/index.ts';
import { DATATYPES } from './datatypes.ts';
import { invalid } from './status.ts';

/**
 * @param value `[n, ...]`; all of a row are its classes
 * @param count of classes that are wanted of each row; fewer where there are fewer
 * @param labels one for each class, or another number of them: then none is told
 * @returns `[n, count]` texts `value:index` or `value:index:label`, highest first; equal values in their order
 */
export function classification(
  name: string,
  value: TensorValue,
  count: number,
  labels: readonly string[],
): TensorValue {
  const { dtype, shape } = value;
  if (dtype === 'DT_STRING' || dtype === 'DT_HALF' || dtype === 'DT_BFLOAT16' || dtype === 'DT_BOOL') {
    throw invalid(`class result not available for output '${name}' due to unsupported type '${DATATYPES[dtype]}'`);
  }
  const rows = shape.length > 1 ? shape[0] : 1;
  const { data } = value;
  const width = rows === 0 ? 0 : data.length / rows;
  const taken = Math.min(count, width);
  const texts: Uint8Array[] = [];
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    const order = Array.from({ length: width }, (_, index) => index);
    order.sort((a, b) => compare(data[from + b], data[from + a]) || a - b);
    for (const index of order.slice(0, taken)) {
      const label = labels.length === width ? `:${labels[index]}` : '';
      texts.push(Buffer.from(`${printed(data[from + index], dtype)}:${index}${label}`));
    }
  }
  return { dtype: 'DT_STRING', shape: shape.length > 1 ? [rows, taken] : [taken], data: texts };
}

/** NaN is lower than everything. */
function compare(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As C++'s `std::to_string`: six decimals for floats. */
function printed(value: number | bigint, dtype: TensorValue['dtype']): string {
  return typeof value === 'number' && (dtype === 'DT_FLOAT' || dtype === 'DT_DOUBLE')
    ? value.toFixed(6)
    : String(value);
}
