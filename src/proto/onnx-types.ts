/** @file ONNX' numbers of the types of tensors (`TensorProto.DataType`). */
import { DATA_TYPES, type DataType } from '../contracts/index.ts';

export const ONNX_TYPE_NUMBERS = {
  DT_FLOAT: 1,
  DT_UINT8: 2,
  DT_INT8: 3,
  DT_UINT16: 4,
  DT_INT16: 5,
  DT_INT32: 6,
  DT_INT64: 7,
  DT_STRING: 8,
  DT_BOOL: 9,
  DT_HALF: 10,
  DT_DOUBLE: 11,
  DT_UINT32: 12,
  DT_UINT64: 13,
  DT_BFLOAT16: 16,
} as const satisfies Record<DataType, number>;

const NAMES = new Map<number, DataType>(DATA_TYPES.map((name) => [ONNX_TYPE_NUMBERS[name], name]));

/** The type with this number; null for types that no tensor here has. */
export function dataTypeOfOnnx(number: number): DataType | null {
  return NAMES.get(number) ?? null;
}
