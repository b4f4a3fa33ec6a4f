/** @file Messages of other tools' files and protocols: `tf` TensorFlow's, `onnx` ONNX's. Plain data; nothing is computed here. */

export { DATA_TYPE_NUMBERS, type DataTypeNumber, dataTypeOf } from './data-types.ts';
export * as onnx from './onnx_pb.ts';
export * as tf from './tensorflow.ts';
