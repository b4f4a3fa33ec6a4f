/** @file Model files for the server: large ones are read in a worker thread of their own. */
import type { ModelInspection, ModelManifest } from '../contracts/index.ts';
import { totalBytes } from '../formats/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import { WorkerThread, workerFile } from '../runtime/index.ts';
import { type ExportCall, type ExportedFile, exportToFile } from './export-model.ts';
import { type ImportOutcome, type ImportRequest, type ImportSettings, importToRegistry } from './import-model.ts';

export type ModelFilesCall =
  | {
      readonly kind: 'import';
      readonly modelsDirectory: string;
      readonly request: ImportRequest;
      readonly settings: Omit<ImportSettings, 'registry' | 'signal'>;
    }
  | { readonly kind: 'export'; readonly modelsDirectory: string; readonly call: ExportCall }
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
  if (bytesOf(files) < LARGE_BYTES) return registry.inspect(name, version);
  return ask({
    kind: 'inspect',
    modelsDirectory: registry.directory,
    name,
    ...(version === undefined ? {} : { version }),
  });
}

/** As `exportToFile`, without holding up the calling thread: what is written is also run. */
export async function exportInBackground(registry: ModelRegistry, call: ExportCall): Promise<ExportedFile> {
  const { files } = await registry.manifest(call.name, call.version);
  if (bytesOf(files) < LARGE_BYTES) return exportToFile(registry, call);
  return ask({ kind: 'export', modelsDirectory: registry.directory, call });
}

function bytesOf(files: ModelManifest['files']): number {
  return Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
}

async function ask<Result>(call: ModelFilesCall): Promise<Result> {
  const thread = new WorkerThread<ModelFilesCall>(workerFile('./model-files-worker', import.meta.url));
  try {
    return await thread.call<Result>(call);
  } finally {
    await thread.terminate();
  }
}
