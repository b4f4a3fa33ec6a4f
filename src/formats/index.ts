/** @file Model files in and out. */
export { loadWeights, takeWeights } from './load-weights.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export { TensorBoard } from './tensorboard/callback.ts';
export { weightsFile } from './weights-file.ts';
export type { LoadedWeights } from './weights-match.ts';
export { describeWeightsSource, parseWeightsSource, redactWeightsSource } from './weights-source.ts';
