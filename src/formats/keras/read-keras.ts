/** @file Reads a Keras model, of whichever of its two kinds of files it is. */
import { open } from 'node:fs/promises';
import type { ImportedModel, ReadOptions } from '../imported-model.ts';
import { readKerasArchive } from './read-keras-archive.ts';
import { readKerasH5 } from './read-keras-h5.ts';

/**
 * Reads `.keras` files (Keras 3, and 2 from 2.12) and whole models in HDF5 (Keras 1 to 3), told apart by their content.
 * @throws as `readKerasArchive` and `readKerasH5`
 */
export async function readKeras(file: string, options: ReadOptions = {}): Promise<ImportedModel> {
  return (await isZip(file)) ? readKerasArchive(file, options) : readKerasH5(file, options);
}

async function isZip(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => null);
  try {
    const { buffer, bytesRead } = (await handle?.read(Buffer.alloc(4), 0, 4, 0)) ?? { buffer: null, bytesRead: 0 };
    return bytesRead === 4 && buffer?.toString('latin1') === 'PK\x03\x04';
  } catch {
    return false;
  } finally {
    await handle?.close();
  }
}
