/** @file The Open Inference Protocol's names of types. Source: its specification; BF16 is Triton's. */
import type { DataType } from '../../contracts/index.ts';

export const DATATYPES = {
  DT_BOOL: 'BOOL',
  DT_UINT8: 'UINT8',
  DT_UINT16: 'UINT16',
  DT_UINT32: 'UINT32',
  DT_UINT64: 'UINT64',
  DT_INT8: 'INT8',
  DT_INT16: 'INT16',
  DT_INT32: 'INT32',
  DT_INT64: 'INT64',
  DT_HALF: 'FP16',
  DT_FLOAT: 'FP32',
  DT_DOUBLE: 'FP64',
  DT_STRING: 'BYTES',
  DT_BFLOAT16: 'BF16',
} as const satisfies Record<DataType, string>;

const BY_NAME = new Map<string, DataType>(
  (Object.keys(DATATYPES) as DataType[]).map((dtype) => [DATATYPES[dtype], dtype]),
);

/** Null for a name that is none. */
export function dataTypeNamed(datatype: string): DataType | null {
  return BY_NAME.get(datatype) ?? null;
}
