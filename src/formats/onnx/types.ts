/** @file ONNX's numbers of the types of tensors (`TensorProto.DataType`), and how many bytes an element takes. */
import type { DataType } from '../../contracts/index.ts';

interface OnnxType {
  readonly dtype: DataType;
  /** 0 for texts, whose length is their own. */
  readonly bytes: number;
}

export const ONNX_TYPES: Readonly<Record<number, OnnxType>> = {
  1: { dtype: 'DT_FLOAT', bytes: 4 },
  2: { dtype: 'DT_UINT8', bytes: 1 },
  3: { dtype: 'DT_INT8', bytes: 1 },
  4: { dtype: 'DT_UINT16', bytes: 2 },
  5: { dtype: 'DT_INT16', bytes: 2 },
  6: { dtype: 'DT_INT32', bytes: 4 },
  7: { dtype: 'DT_INT64', bytes: 8 },
  8: { dtype: 'DT_STRING', bytes: 0 },
  9: { dtype: 'DT_BOOL', bytes: 1 },
  10: { dtype: 'DT_HALF', bytes: 2 },
  11: { dtype: 'DT_DOUBLE', bytes: 8 },
  12: { dtype: 'DT_UINT32', bytes: 4 },
  13: { dtype: 'DT_UINT64', bytes: 8 },
  16: { dtype: 'DT_BFLOAT16', bytes: 2 },
};

export const FLOAT_TYPES: ReadonlySet<number> = new Set([1, 10, 11, 16]);
