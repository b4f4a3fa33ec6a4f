/** @file Model files in and out. */
export { loadKerasWeights } from './keras/load-weights.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export type { LoadedWeights } from './weights-match.ts';
