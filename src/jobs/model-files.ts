/** @file Model files for the server: large ones are read in a worker thread of their own. */
import type { ModelInspection } from '../contracts/index.ts';
import { totalBytes } from '../formats/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import { WorkerThread, workerFile } from '../runtime/index.ts';
import { type ImportOutcome, type ImportRequest, type ImportSettings, importToRegistry } from './import-model.ts';

export type ModelFilesCall =
  | {
      readonly kind: 'import';
      readonly modelsDirectory: string;
      readonly request: ImportRequest;
      readonly settings: Omit<ImportSettings, 'registry' | 'signal'>;
    }
  | { readonly kind: 'inspect'; readonly modelsDirectory: string; readonly name: string; readonly version?: number };

/** Smaller ones are read sooner than a thread starts. */
const LARGE_BYTES = 8 * 2 ** 20;

/** As `importToRegistry`, without holding up the calling thread. */
export async function importInBackground(
  request: ImportRequest,
  {
    registry,
    dataDirectory,
    urls,
    limits,
  }: Omit<ImportSettings, 'signal' | 'registry'> & { readonly registry: ModelRegistry },
): Promise<ImportOutcome> {
  const { source } = request;
  if (source.kind === 'path' && (await totalBytes(source.path)) < LARGE_BYTES) {
    return importToRegistry(request, { registry, dataDirectory, urls, ...(limits ? { limits } : {}) });
  }
  const settings = { dataDirectory, urls, ...(limits ? { limits } : {}) };
  return ask({ kind: 'import', modelsDirectory: registry.directory, request, settings });
}

/** As `registry.inspect`, without holding up the calling thread. */
export async function inspectInBackground(
  registry: ModelRegistry,
  name: string,
  version?: number,
): Promise<ModelInspection> {
  const { files } = await registry.manifest(name, version);
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
  if (bytes < LARGE_BYTES) return registry.inspect(name, version);
  return ask({
    kind: 'inspect',
    modelsDirectory: registry.directory,
    name,
    ...(version === undefined ? {} : { version }),
  });
}

async function ask<Result>(call: ModelFilesCall): Promise<Result> {
  const thread = new WorkerThread<ModelFilesCall>(workerFile('./model-files-worker', import.meta.url));
  try {
    return await thread.call<Result>(call);
  } finally {
    await thread.terminate();
  }
}
