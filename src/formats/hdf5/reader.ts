/** @file HDF5 files: what is in them, and their numbers, one dataset at a time. */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { PictorError } from '../../contracts/index.ts';
import { WorkerThread, workerFile } from '../../runtime/index.ts';
import { HDF5_LIMITS, type Hdf5Contents, type Hdf5Dataset } from './contents.ts';
import type { Hdf5Call } from './hdf5-worker.ts';

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** Where a file may begin: after a block of the user's own, of any of these sizes. */
const SIGNATURE_PLACES = [0, 512, 1024, 2048];
/** Listing or reading one dataset takes seconds at most; a file that was made to take longer is not waited for. */
const CALL_TIMEOUT_MS = 120_000;

export interface Hdf5Reader {
  readonly contents: Hdf5Contents;
  /** The numbers of a dataset in row-major order, as float32. @throws `model_file_invalid` */
  read(dataset: Hdf5Dataset): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens a file in a thread of its own, which lists it without reading its numbers.
 * @param name of the file, for messages
 * @throws `model_file_invalid` when it is not HDF5 (a web page and a Git LFS pointer are told apart), truncated or damaged
 */
export async function openHdf5(file: string, name = path.basename(file)): Promise<Hdf5Reader> {
  const fileBytes = await checkSignature(file, name);
  const thread = new WorkerThread<Hdf5Call>(workerFile('./hdf5-worker', import.meta.url), {
    data: { path: file, name },
  });
  const call = <Result>(asked: Hdf5Call): Promise<Result> => withTimeout(name, thread.call<Result>(asked));
  try {
    const contents = await call<Hdf5Contents>({ kind: 'list' });
    return {
      contents,
      async read({ path: dataset, shape, readable, type, bytes, packed }) {
        const count = shape.reduce((product, side) => product * side, 1);
        if (!readable) throw invalid(name, `"${dataset}" has numbers of type ${type}; float32 or float64 is read`);
        if (count > HDF5_LIMITS.elements) throw invalid(name, `"${dataset}" has ${count} numbers`);
        if (count * bytes > fileBytes * (packed ? HDF5_LIMITS.packing : 1)) {
          throw invalid(name, `"${dataset}" has ${count * bytes} bytes, and the whole file only ${fileBytes}`);
        }
        const data = await call<Float32Array>({ kind: 'read', path: dataset });
        if (data.length !== count) throw invalid(name, `"${dataset}" has ${data.length} numbers instead of ${count}`);
        return data;
      },
      close: () => thread.terminate(),
    };
  } catch (error) {
    await thread.terminate();
    throw error;
  }
}

/** Whether a file begins as HDF5 files do. @returns its size in bytes @throws `model_file_invalid` when it cannot be read, or is something else */
async function checkSignature(file: string, name: string): Promise<number> {
  const stats = await stat(file).catch((cause) => {
    throw invalid(name, `there is no such file: ${file}`, cause);
  });
  if (!stats.isFile()) throw invalid(name, 'it is a folder, not a file');
  const handle = await open(file);
  try {
    for (const place of SIGNATURE_PLACES) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(SIGNATURE.length), 0, SIGNATURE.length, place);
      if (bytesRead === SIGNATURE.length && buffer.equals(SIGNATURE)) return stats.size;
    }
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    throw invalid(name, whatItIs(buffer.toString('latin1', 0, bytesRead), stats.size));
  } finally {
    await handle.close();
  }
}

function whatItIs(start: string, bytes: number): string {
  if (bytes === 0) return 'it is empty';
  if (/^\s*<(!doctype|html|\?xml|head)/i.test(start)) return 'it is a web page, not an HDF5 file';
  if (start.startsWith('version https://git-lfs.github.com/')) {
    return 'it is a Git LFS pointer, which stands for the file; fetch the file itself with "git lfs pull"';
  }
  if (start.startsWith('PK\x03\x04')) return 'it is a zip archive (as .keras files are), not an HDF5 file';
  return 'it is not an HDF5 file';
}

async function withTimeout<Result>(name: string, answer: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const error = invalid(name, `reading it took longer than ${CALL_TIMEOUT_MS / 1000} s`);
    timer = setTimeout(() => reject(error), CALL_TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

function invalid(name: string, problem: string, cause?: unknown): PictorError {
  return new PictorError('model_file_invalid', `${name} cannot be used: ${problem}.`, {
    cause,
    fix: 'Check the path; download or write the file again.',
  });
}
