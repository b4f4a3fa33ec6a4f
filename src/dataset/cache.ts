/** @file Where prepared datasets are kept: one folder for each content and set of options, made in one atomic step. */
import { createHash, hash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type DatasetManifest, SPLITS } from '../contracts/index.ts';
import type { Arrangement } from './arrange.ts';
import { indexFile, labelsFile, MANIFEST_FILE } from './cache-files.ts';
import type { ScannedDataset } from './scanned.ts';

/** Raised when the files of a prepared dataset, or what goes into them, change. */
const CACHE_VERSION = 2;
const WORK_PREFIX = 'work-';
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** What a scan found, in short: enough to find a prepared dataset again without another scan. */
export interface ScanIdentity {
  /** Of the pictures, their classes and splits. */
  readonly contentHash: string;
  /** Of everything else that the manifest tells: names, ignored files, the format. */
  readonly detailHash: string;
}

export function identify(dataset: ScannedDataset): ScanIdentity {
  const lines = dataset.items.map(({ split, className, digest }) => JSON.stringify([split, className, digest]));
  const content = createHash('sha256');
  for (const line of lines.sort()) content.update(`${line}\n`);
  const detail = createHash('sha256');
  detail.update(JSON.stringify([dataset.format, dataset.emptyClasses, dataset.findings]));
  for (const { name } of dataset.items) detail.update(`${JSON.stringify(name)}\n`);
  return { contentHash: content.digest('hex'), detailHash: detail.digest('hex') };
}

export class DatasetCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A folder of its own for one preparation, on the same disk. Removes what killed preparations left a day ago. */
  async createWorkFolder(): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    await this.#removeAbandoned();
    return mkdtemp(path.join(this.#directory, WORK_PREFIX));
  }

  /** The prepared dataset for these options, or null. */
  async find(
    identity: ScanIdentity,
    options: unknown,
  ): Promise<{ directory: string; manifest: DatasetManifest } | null> {
    const directory = this.#folderOf(identity, options);
    const text = await readFile(path.join(directory, MANIFEST_FILE), 'utf8').catch(() => null);
    return text === null ? null : { directory, manifest: JSON.parse(text) as DatasetManifest };
  }

  /** Puts a finished folder into its place. When another process was faster, its result stays and ours goes. */
  async publish(finished: string, identity: ScanIdentity, options: unknown): Promise<string> {
    const directory = this.#folderOf(identity, options);
    await rename(finished, directory).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'EPERM') throw error;
      await stat(path.join(directory, MANIFEST_FILE));
    });
    return directory;
  }

  /** What an earlier scan of the same source found. @param fingerprint changes whenever the source may have changed */
  async recall(fingerprint: string): Promise<ScanIdentity | null> {
    const text = await readFile(this.#indexFile(fingerprint), 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as ScanIdentity);
  }

  async remember(fingerprint: string, identity: ScanIdentity, workFolder: string): Promise<void> {
    const file = this.#indexFile(fingerprint);
    const draft = path.join(workFolder, 'index.json');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(draft, JSON.stringify(identity));
    await rename(draft, file);
  }

  #folderOf(identity: ScanIdentity, options: unknown): string {
    const key = hash('sha256', JSON.stringify([CACHE_VERSION, identity.contentHash, identity.detailHash, options]));
    return path.join(this.#directory, key.slice(0, 32));
  }

  #indexFile(fingerprint: string): string {
    return path.join(
      this.#directory,
      'index',
      `${hash('sha256', `${CACHE_VERSION} ${fingerprint}`).slice(0, 32)}.json`,
    );
  }

  async #removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      if (!name.startsWith(WORK_PREFIX)) continue;
      const folder = path.join(this.#directory, name);
      const stats = await stat(folder).catch(() => null);
      if (stats && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS) await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Writes everything but the pictures. The manifest goes last. */
export async function writePrepared(
  folder: string,
  arrangement: Arrangement,
  manifest: DatasetManifest,
): Promise<void> {
  for (const split of SPLITS) {
    const { rows, labels } = arrangement.splits[split];
    await writeFile(path.join(folder, indexFile(split)), rows);
    await writeFile(path.join(folder, labelsFile(split)), labels);
  }
  await writeFile(path.join(folder, MANIFEST_FILE), JSON.stringify(manifest, null, 2));
}
