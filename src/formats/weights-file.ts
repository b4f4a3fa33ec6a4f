/** @file Brings a file of weights here, checked against its checksum; downloads are kept by their checksum. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PictorError, type WeightsSource } from '../contracts/index.ts';
import { type DatasetLimits, DEFAULT_DATASET_LIMITS, download, type UrlPolicy } from '../dataset/index.ts';
import { describeWeightsSource } from './weights-source.ts';

/** Files of weights are read into memory, and a model file holds at most as much. */
const MAX_WEIGHTS_BYTES = 2 * 2 ** 30;

export interface WeightsFileOptions {
  /** Where downloads are kept, such as `.pictor/cache/weights`. */
  readonly cacheDirectory: string;
  /** `sha256:HEX` or `md5:HEX`. With one, a file that was downloaded before is used again. */
  readonly checksum?: string;
  readonly urls: UrlPolicy;
  readonly limits?: Partial<DatasetLimits>;
  readonly signal?: AbortSignal;
}

export interface WeightsFile {
  readonly path: string;
  readonly sha256: string;
}

/**
 * @throws `weights_checksum` when the file is another one; `model_file_invalid` when there is none; what downloads throw
 */
export async function weightsFile(
  source: Extract<WeightsSource, { kind: 'url' | 'file' }>,
  options: WeightsFileOptions,
): Promise<WeightsFile> {
  const checksum = options.checksum?.toLowerCase();
  if (source.kind === 'file') return checked(source.path, source, checksum, options.signal);
  const { cacheDirectory, urls, signal } = options;
  await mkdir(cacheDirectory, { recursive: true });
  const kept = checksum === undefined ? null : path.join(cacheDirectory, fileName(checksum));
  if (kept !== null && (await isFile(kept))) {
    const found = await checked(kept, source, checksum, signal).catch(() => null);
    if (found) return found;
  }
  const partial = path.join(cacheDirectory, `.download-${randomUUID()}`);
  try {
    const limits = { ...DEFAULT_DATASET_LIMITS, ...options.limits };
    const maxDownloadBytes = Math.min(limits.maxDownloadBytes, MAX_WEIGHTS_BYTES);
    await download(source.url, partial, { policy: urls, limits: { ...limits, maxDownloadBytes }, signal });
    const { sha256 } = await checked(partial, source, checksum, signal);
    const file = kept ?? path.join(cacheDirectory, fileName(`sha256:${sha256}`));
    await rename(partial, file);
    return { path: file, sha256 };
  } finally {
    await rm(partial, { force: true });
  }
}

async function checked(
  file: string,
  source: WeightsSource,
  checksum: string | undefined,
  signal: AbortSignal | undefined,
): Promise<WeightsFile> {
  if (!(await isFile(file))) {
    throw new PictorError('model_file_invalid', `There is no file of weights ${file}.`, { fix: 'Check the path.' });
  }
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  await pipeline(
    createReadStream(file),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        sha256.update(chunk);
        if (checksum?.startsWith('md5:')) md5.update(chunk);
      }
    },
    { signal },
  );
  const digest = sha256.digest('hex');
  const found = checksum?.startsWith('md5:') ? `md5:${md5.digest('hex')}` : `sha256:${digest}`;
  if (checksum !== undefined && found !== checksum) {
    throw new PictorError(
      'weights_checksum',
      `${describeWeightsSource(source)} is not the expected file: its checksum is ${found}; ${checksum} was expected.`,
      { details: { found, expected: checksum } },
    );
  }
  return { path: file, sha256: digest };
}

function fileName(checksum: string): string {
  return checksum.replace(':', '-');
}

async function isFile(file: string): Promise<boolean> {
  const stats = await stat(file).catch(() => null);
  return stats?.isFile() ?? false;
}
