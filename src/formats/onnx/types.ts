/** @file The types of ONNX' tensors: which is a weight's, and how many bytes an element takes. */
import { type DataType, NUMBER_STORAGE } from '../../contracts/index.ts';
import { ONNX_TYPE_NUMBERS } from '../../proto/index.ts';

/** 0 for texts, whose length is their own. */
export function bytesPerElement(dtype: DataType): number {
  return dtype === 'DT_STRING' ? 0 : NUMBER_STORAGE[dtype].BYTES_PER_ELEMENT;
}

/** Numbers of the types that weights have. */
export const FLOAT_TYPES: ReadonlySet<number> = new Set([
  ONNX_TYPE_NUMBERS.DT_FLOAT,
  ONNX_TYPE_NUMBERS.DT_HALF,
  ONNX_TYPE_NUMBERS.DT_DOUBLE,
  ONNX_TYPE_NUMBERS.DT_BFLOAT16,
]);
