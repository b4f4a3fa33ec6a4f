/**
 * @file Networks, their gradients and their ONNX files. Pure functions: no I/O, nothing native.
 *
 * layers (`network/`, `layers/`, `presets/`) → graph (`graph/`) → gradients (`graph/differentiate.ts`) → bytes (`onnx/`).
 */

export {
  CLASSIFIER_MARK,
  type CreateModel,
  ImageClassifier,
  type NetworkDefinition,
} from './classifier/image-classifier.ts';
export { checkLabels, checkSignatures, servedLayers } from './classifier/signatures.ts';
export { compileEvaluation, type EvaluationModel } from './compile/evaluation.ts';
export {
  compileGradients,
  estimateStepMemory,
  GRADIENT_PREFIX,
  type GradientsModel,
  type GradientsOptions,
  type MaskInfo,
  STATE_PREFIX,
} from './compile/gradients.ts';
export { compileInference, LAYER_OUTPUT } from './compile/inference.ts';
export { BLOCK_PROBE_INPUT, compileBlockProbe, readBlockProbe } from './compile/probe.ts';
export { compileUpdate, type UpdateModel, type UpdateOptions, type UpdateScalar } from './compile/update.ts';
export { elementCount } from './graph/graph.ts';
export { estimateMemory, type MemoryEstimate } from './graph/memory.ts';
export { samePads, windowReach } from './graph/window.ts';
export { layerArguments } from './layers/index.ts';
export { cropBeforeResizing } from './layers/resizing.ts';
export type { LayerShape } from './layers/rule.ts';
export { edgesOf, pairOf } from './layers/windows.ts';
export { checkLoss, DEFAULT_LOSSES, lossEnds, lossRule, sampleLoss } from './losses/index.ts';
export { baseLayers, headLayers } from './network/base.ts';
export {
  centerCrop,
  conv2dTranspose,
  cropping2d,
  depthwiseConv2d,
  resizing,
  separableConv2d,
  spatialDropout2d,
  upSampling2d,
  zeroPadding2d,
} from './network/convolution-layers.ts';
export {
  describeNetwork,
  type LayerDescription,
  type NetworkDescription,
  type ParameterInfo,
} from './network/describe.ts';
export { apply, functional, input, NetworkValue } from './network/functional.ts';
export type { Layer } from './network/layer.ts';
export { add, average, concatenate, maximum, multiply, subtract } from './network/merge-layers.ts';
export { pointTo } from './network/places.ts';
export { readNetwork } from './network/read.ts';
export { NETWORK_INPUT, type ResolvedLayer, resolveLayer } from './network/resolve.ts';
export {
  activation,
  averagePooling2d,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
  rescaling,
  sequential,
} from './network/sequential.ts';
export {
  globalAveragePooling2d,
  globalMaxPooling2d,
  layerNormalization,
  normalization,
  permute,
  prelu,
  reshape,
} from './network/shape-layers.ts';
export { initialWeights } from './network/weights.ts';
export { nearestPixels } from './onnx/lowering/pictures.ts';
export { checkOptimizer } from './optimizers/check.ts';
export {
  clipScale,
  type ParameterPlace,
  parameterDecay,
  sumOfSquares,
  type UpdateRange,
  type UpdateRanges,
  updateRanges,
  weightDecayOf,
} from './optimizers/ranges.ts';
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
export { checkSchedule, learningRateAt, type ScheduleMoment } from './schedules/index.ts';
export { afterPlateauEpoch, type PlateauState, plateauStart } from './schedules/plateau.ts';
