/** @file Brings a source to where it can be read: a local folder, a local file, or numbers made here. */

import { hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type DatasetSource, PictorError } from '../contracts/index.ts';
import type { Bucket } from '../platform/index.ts';
import { download } from './fetch.ts';
import type { DatasetLimits, UrlPolicy } from './limits.ts';
import { folderContainer, listFolder } from './readers/folder.ts';
import { scanContainer } from './readers/scan-container.ts';
import { scanFile } from './readers/scan-file.ts';
import { SAMPLE_DIGITS_VERSION, scanSampleDigits } from './sample/index.ts';
import type { ScannedDataset } from './scanned.ts';
import { redactUrl } from './source.ts';

export interface LocateOptions {
  readonly limits: DatasetLimits;
  readonly urls: UrlPolicy;
  readonly bucket?: Bucket;
  /** For downloads and copies; the caller removes it. */
  readonly workFolder: string;
  readonly signal?: AbortSignal;
  readonly onBytes?: (done: number, total: number | null) => void;
  readonly onFile?: (files: number) => void;
}

export interface LocatedSource {
  /** Changes whenever the content may have changed. */
  readonly fingerprint: string;
  scan(): Promise<ScannedDataset>;
}

type Locator<K extends DatasetSource['kind']> = (
  source: Extract<DatasetSource, { kind: K }>,
  options: LocateOptions,
) => Promise<LocatedSource>;

const LOCATORS: { readonly [K in DatasetSource['kind']]: Locator<K> } = {
  folder: ({ path: target }, options) => locatePath(target, options),
  file: ({ path: target }, options) => locatePath(target, options),
  url: locateUrl,
  upload: locateUpload,
  sample: async (_, { signal }) => ({
    fingerprint: `sample:digits:${SAMPLE_DIGITS_VERSION}`,
    scan: () => scanSampleDigits(signal),
  }),
};

/** @throws dataset_not_found, and what downloads throw */
export function locate(source: DatasetSource, options: LocateOptions): Promise<LocatedSource> {
  const locator = LOCATORS[source.kind] as Locator<DatasetSource['kind']>;
  return locator(source, options);
}

async function locatePath(target: string, options: LocateOptions): Promise<LocatedSource> {
  const stats = await stat(target, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new PictorError('dataset_not_found', `There is no file or folder ${target}.`, { cause: error });
  });
  if (stats.isDirectory()) return locateFolder(target, options);
  if (!stats.isFile()) throw new PictorError('dataset_not_found', `${target} is neither a file nor a folder.`);
  const { size, mtimeNs, ctimeNs, ino } = stats;
  return {
    fingerprint: `file ${target} ${size} ${mtimeNs} ${ctimeNs} ${ino}`,
    scan: () => scanFile(target, target, options),
  };
}

async function locateFolder(directory: string, options: LocateOptions): Promise<LocatedSource> {
  const listed = await listFolder(directory, options.limits, options.signal);
  const lines = listed.map(({ path: name, stats }) =>
    [name, stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino].join(' '),
  );
  return {
    fingerprint: `folder ${directory} ${hash('sha256', lines.join('\n'))}`,
    scan: () => scanContainer(folderContainer(directory, listed), options),
  };
}

async function locateUrl({ url }: { url: string }, options: LocateOptions): Promise<LocatedSource> {
  const { limits, urls, signal, onBytes } = options;
  const file = path.join(options.workFolder, `download-${hash('sha256', url).slice(0, 8)}`);
  const sha256 = await download(url, file, { policy: urls, limits, signal, onBytes });
  return { fingerprint: `bytes ${sha256}`, scan: () => scanFile(file, redactUrl(url), options) };
}

async function locateUpload(
  { key, fileName }: { key: string; fileName: string },
  options: LocateOptions,
): Promise<LocatedSource> {
  const { bucket, signal, onBytes } = options;
  const info = await bucket?.info(key);
  if (!bucket || !info)
    throw new PictorError('dataset_not_found', `The uploaded file ${fileName} is not there any more.`);
  return {
    fingerprint: `bytes ${info.sha256}`,
    // Copied only when it has to be read: archives are read from more than one place.
    async scan() {
      const stream = await bucket.get(key);
      if (!stream) throw new PictorError('dataset_not_found', `The uploaded file ${fileName} is not there any more.`);
      const file = path.join(options.workFolder, `upload-${hash('sha256', key).slice(0, 8)}`);
      let done = 0;
      stream.on('data', (chunk: Uint8Array) => {
        done += chunk.length;
        onBytes?.(done, info.bytes);
      });
      await pipeline(stream, createWriteStream(file), { signal });
      return scanFile(file, fileName, options);
    },
  };
}
