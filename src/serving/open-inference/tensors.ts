/** @file What a request says of a tensor, checked: its type, its shape, and how many numbers that makes. */
import type { DataType } from '../../contracts/index.ts';
import { checkedShape, ShapeError } from '../tensors/shape.ts';
import { bytesPerElement } from '../tensors/storage.ts';
import { dataTypeNamed } from './datatypes.ts';
import { invalid } from './status.ts';

export interface Declared {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  /** Product of the shape. */
  readonly count: number;
}

/** A text costs far more memory than the bytes that ask for it. */
const BYTES_PER_TEXT = 16;

/** @throws OpenInferenceError when the type is unknown or the shape cannot be */
export function declared(name: string, datatype: string, sizes: readonly (bigint | number)[]): Declared {
  const dtype = dataTypeNamed(datatype);
  if (dtype === null) throw invalid(`input '${name}' has the unknown datatype '${datatype.slice(0, 40)}'`);
  try {
    const { shape, count } = checkedShape(sizes, dtype === 'DT_STRING' ? BYTES_PER_TEXT : bytesPerElement(dtype));
    return { name, dtype, shape, count };
  } catch (error) {
    if (error instanceof ShapeError) throw invalid(`input '${name}': ${error.message}`);
    throw error;
  }
}
