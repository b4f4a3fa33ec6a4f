/** @file Model files in and out. */
export { loadKerasWeights } from './keras/load-weights.ts';
export { loadWeights, takeWeights } from './load-weights.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export { TensorBoard, type TensorBoardOptions } from './tensorboard/callback.ts';
export { EventFile, type GraphEntry } from './tensorboard/event-file.ts';
export { type WeightsFile, type WeightsFileOptions, weightsFile } from './weights-file.ts';
export type { LoadedWeights } from './weights-match.ts';
export { describeWeightsSource, parseWeightsSource, redactWeightsSource } from './weights-source.ts';
