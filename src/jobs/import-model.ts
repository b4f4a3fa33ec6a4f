/** @file A model file, from a path or an address into the registry. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ModelVersion } from '../contracts/index.ts';
import { type DatasetLimits, DEFAULT_DATASET_LIMITS, download, type UrlPolicy } from '../dataset/index.ts';
import { type Assumption, assumptionsOf, importModel, type ToldFacts } from '../formats/index.ts';
import type { ModelRegistry } from '../registry/index.ts';

export interface ImportRequest extends ToldFacts {
  readonly name: string;
  /** A file or folder on this machine, or an http(s) address of a file. */
  readonly source: { readonly kind: 'path'; readonly path: string } | { readonly kind: 'url'; readonly url: string };
  /** How the source is called in messages and in the manifest. Default: the last part of its place. */
  readonly file?: string;
}

export interface ImportSettings {
  readonly registry: Pick<ModelRegistry, 'checkName' | 'publishImported'>;
  /** Holds `cache`, where downloads are kept while they are read. */
  readonly dataDirectory: string;
  readonly urls: UrlPolicy;
  readonly limits?: Partial<DatasetLimits>;
  readonly signal?: AbortSignal;
}

export interface ImportOutcome {
  readonly version: ModelVersion;
  /** What the reader left out or guessed. */
  readonly warnings: readonly string[];
  readonly assumptions: readonly Assumption[];
}

/**
 * Reads a model of any format and publishes it as the next version of its name.
 * @throws `model_name_invalid`; what downloads, `importModel` and `publishImported` throw
 */
export async function importToRegistry(request: ImportRequest, settings: ImportSettings): Promise<ImportOutcome> {
  await settings.registry.checkName(request.name);
  const { source } = request;
  if (source.kind === 'path') return publish(source.path, request.file ?? baseName(source.path), request, settings);
  const file = request.file ?? fileNameOf(source.url);
  const folder = path.join(settings.dataDirectory, 'cache', 'imports', randomUUID());
  try {
    await mkdir(folder, { recursive: true });
    const place = path.join(folder, file);
    const limits = { ...DEFAULT_DATASET_LIMITS, ...settings.limits };
    await download(source.url, place, { policy: settings.urls, limits, signal: settings.signal });
    return await publish(place, file, request, settings);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function publish(
  place: string,
  file: string,
  request: ImportRequest,
  { registry, signal }: ImportSettings,
): Promise<ImportOutcome> {
  const { name, labels, inputRange, answers, image } = request;
  const model = await importModel(place, { signal, image });
  signal?.throwIfAborted();
  const version = await registry.publishImported(model, { name, file, labels, inputRange, answers, image });
  return { version, warnings: model.warnings, assumptions: assumptionsOf(model, request) };
}

function baseName(place: string): string {
  return path.basename(path.resolve(place)) || 'model';
}

function fileNameOf(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  const plain = decodeURIComponent(last.replace(/%(?![0-9a-f]{2})/gi, '')).replace(/[^A-Za-z0-9._-]/g, '_');
  return /^\.*$/.test(plain) ? 'model' : plain.slice(0, 200);
}
