/** @file Messages of other tools' files and protocols: `tf` TensorFlow's, `onnx` ONNX's, `serving`, `inference`, `health` of gRPC services, `tfaas` of TFaaS. Plain data; nothing is computed here. */

export { DATA_TYPE_NUMBERS, type DataTypeNumber, dataTypeOf } from './data-types.ts';
export * as health from './health.ts';
export * as hparams from './hparams_pb.ts';
export * as inference from './inference_pb.ts';
export * as onnx from './onnx_pb.ts';
export { dataTypeOfOnnx, ONNX_TYPE_NUMBERS } from './onnx-types.ts';
export * as serving from './serving.ts';
export { TENSOR_LISTS } from './tensor-lists.ts';
export * as tf from './tensorflow.ts';
export * as tfaas from './tfaas_pb.ts';
