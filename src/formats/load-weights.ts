/** @file Loads a file of weights, whatever its format, into a network. */
import { open, readFile } from 'node:fs/promises';
import type { NetworkSpec } from '../contracts/index.ts';
import { detectFormat } from './import/detect.ts';
import { importModel } from './import/import-model.ts';
import { loadKerasWeights } from './keras/load-keras-weights.ts';
import { decodeSafetensors } from './safetensors.ts';
import { takeWeights } from './take-weights.ts';
import type { LoadedWeights } from './weights-match.ts';

/**
 * Reads a Keras HDF5 file, or safetensors as Pictor writes them.
 * @param name of the file, for messages
 * @throws as `loadKerasWeights`
 */
export async function loadWeights(file: string, spec: NetworkSpec, name: string): Promise<LoadedWeights> {
  if (await isSafetensors(file)) return takeWeights(decodeSafetensors(await readFile(file)), spec, name);
  const format = await detectFormat(file).catch(() => null);
  if (format === 'keras' || format === 'tfjs') {
    const { network } = await importModel(file, { format });
    return takeWeights(network?.weights ?? new Map(), spec, name);
  }
  return loadKerasWeights(file, spec, name);
}

/** A length of 8 bytes, then a JSON object: nothing else that holds weights begins like this. */
async function isSafetensors(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => null);
  try {
    const { buffer, bytesRead } = (await handle?.read(Buffer.alloc(10), 0, 10, 0)) ?? { buffer: null, bytesRead: 0 };
    return bytesRead === 10 && buffer?.readUInt32LE(4) === 0 && buffer[8] === 0x7b && buffer[9] === 0x22;
  } finally {
    await handle?.close();
  }
}
