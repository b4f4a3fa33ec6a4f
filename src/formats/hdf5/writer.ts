/** @file Writes HDF5 files, in a thread of their own. */
import { WorkerThread, workerFile } from '../../runtime/index.ts';
import type { Hdf5WriteCall } from './hdf5-write-worker.ts';
import type { Hdf5Group } from './tree.ts';

/** @returns its size in bytes */
export async function writeHdf5(path: string, tree: Hdf5Group): Promise<number> {
  const thread = new WorkerThread<Hdf5WriteCall>(workerFile('./hdf5-write-worker', import.meta.url), { data: null });
  try {
    return await thread.call<number>({ path, tree });
  } finally {
    await thread.terminate();
  }
}
