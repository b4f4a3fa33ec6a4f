/** @file Model files in and out. */
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
