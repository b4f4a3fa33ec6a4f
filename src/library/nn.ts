/** @file `pictor/nn`: networks, their gradients and their ONNX files, for programs. Pure functions, nothing native. */
export {
  type ClassLabel,
  DEFAULT_SIGNATURES,
  type ImageShape,
  type LayerConfigs,
  type LayerNode,
  type LayerType,
  type LossSpec,
  type NetworkSpec,
  type OptimizerSpec,
  PictorError,
  RandomGenerator,
  type ScheduleSpec,
  type ServedOutput,
  type SignatureSpec,
  type SignatureSpecs,
  type TrainingDefaults,
  type WeightTensor,
} from '../contracts/index.ts';
export * from '../nn/index.ts';
