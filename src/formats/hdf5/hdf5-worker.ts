/** @file The thread that reads one HDF5 file: the library is native code, and a broken file must harm nobody else. */
import { workerData } from 'node:worker_threads';
import type { Dataset } from 'h5wasm';
import { answerCalls } from '../../runtime/index.ts';
import { refuseHdf5 } from './refuse.ts';
import { openInSandbox, type SandboxedFile } from './sandbox.ts';
import { listContents } from './walk.ts';

export type Hdf5Call = { readonly kind: 'list' } | { readonly kind: 'read'; readonly path: string };

const { path, name } = workerData as { readonly path: string; readonly name: string };
let opened: Promise<SandboxedFile> | null = null;

answerCalls<Hdf5Call>(async (call) => {
  try {
    opened ??= openInSandbox(path);
    const { file } = await opened;
    if (call.kind === 'list') return { result: listContents(file) };
    const values = (file.get(call.path) as Dataset).value;
    const data = values instanceof Float32Array ? values.slice() : Float32Array.from(listOf(values));
    return { result: data, transfer: [data.buffer] };
  } catch (error) {
    throw refuseHdf5(name, error);
  }
});

function listOf(values: unknown): ArrayLike<number> {
  if (values instanceof Float64Array) return values;
  return typeof values === 'number' ? [values] : [];
}
