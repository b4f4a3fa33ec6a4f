/** @file In which list of a `TensorProto` its numbers are. Source: `tensorflow/core/framework/tensor.proto`. */
import type { NumberType } from '../contracts/index.ts';
import type { TensorProto } from './graph_pb.ts';

export type TensorList =
  | 'floatVal'
  | 'doubleVal'
  | 'intVal'
  | 'int64Val'
  | 'uint32Val'
  | 'uint64Val'
  | 'boolVal'
  | 'halfVal';

/** Integers of up to 32 bits share one; halves are their 16 bits. */
export const TENSOR_LISTS = {
  DT_FLOAT: 'floatVal',
  DT_DOUBLE: 'doubleVal',
  DT_HALF: 'halfVal',
  DT_BFLOAT16: 'halfVal',
  DT_INT8: 'intVal',
  DT_UINT8: 'intVal',
  DT_INT16: 'intVal',
  DT_UINT16: 'intVal',
  DT_INT32: 'intVal',
  DT_UINT32: 'uint32Val',
  DT_INT64: 'int64Val',
  DT_UINT64: 'uint64Val',
  DT_BOOL: 'boolVal',
} as const satisfies Record<NumberType, TensorList & keyof TensorProto>;
