/** @file TensorFlow's numbers of the types of tensors (`tensorflow/core/framework/types.proto`). */
import { DATA_TYPES, type DataType } from '../contracts/index.ts';

export const DATA_TYPE_NUMBERS = {
  DT_FLOAT: 1,
  DT_DOUBLE: 2,
  DT_INT32: 3,
  DT_UINT8: 4,
  DT_INT16: 5,
  DT_INT8: 6,
  DT_STRING: 7,
  DT_INT64: 9,
  DT_BOOL: 10,
  DT_BFLOAT16: 14,
  DT_UINT16: 17,
  DT_HALF: 19,
  DT_UINT32: 22,
  DT_UINT64: 23,
} as const satisfies Record<DataType, number>;
export type DataTypeNumber = (typeof DATA_TYPE_NUMBERS)[DataType];

/** A reference type is its type plus this: what TF 1.x' reference variables give. */
const REFERENCE = 100;
const NAMES = new Map<number, DataType>(DATA_TYPES.map((name) => [DATA_TYPE_NUMBERS[name], name]));

/** The type with this number, or with the number of a reference to it; null for types that no tensor here has. */
export function dataTypeOf(number: number): DataType | null {
  return NAMES.get(number > REFERENCE ? number - REFERENCE : number) ?? null;
}
