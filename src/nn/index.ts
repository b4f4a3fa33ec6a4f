/**
 * @file Networks, their gradients and their ONNX files. Pure functions: no I/O, nothing native.
 *
 * layers (`network/`, `layers/`, `presets/`) → graph (`graph/`) → gradients (`graph/differentiate.ts`) → bytes (`onnx/`).
 */
export { compileEvaluation, type EvaluationModel } from './compile/evaluation.ts';
export {
  compileGradients,
  GRADIENT_PREFIX,
  type GradientsModel,
  type MaskInfo,
  STATE_PREFIX,
} from './compile/gradients.ts';
export { compileInference } from './compile/inference.ts';
export { compileUpdate, type UpdateModel } from './compile/update.ts';
export type { LayerShape } from './layers/rule.ts';
export { baseLayers, headLayers } from './network/base.ts';
export { depthwiseConv2d, separableConv2d, zeroPadding2d } from './network/convolution-layers.ts';
export {
  describeNetwork,
  type LayerDescription,
  type NetworkDescription,
  type ParameterInfo,
} from './network/describe.ts';
export {
  activation,
  averagePooling2d,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  type Layer,
  maxPooling2d,
  rescaling,
  sequential,
} from './network/sequential.ts';
export { initialWeights } from './network/weights.ts';
export type { SlotInfo } from './optimizers/rule.ts';
export {
  isPresetName,
  PRESETS,
  type Preset,
  type PresetName,
  type PresetShape,
  presetNamed,
  presetNetwork,
} from './presets/index.ts';
