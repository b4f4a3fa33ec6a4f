/** @file Pictures of prepared datasets, for the gallery. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type DatasetManifest, PictorError, SPLITS, type Split } from '../contracts/index.ts';
import { openSplit, readManifest, type SplitReader } from '../dataset/index.ts';

/** A gallery asks for many pictures of one split: its reader stays open for the next one. */
const MAX_READERS = 4;

export interface PreparedPicture {
  /** uint8 [height, width, channels], as the manifest's `image` says. */
  readonly pixels: Uint8Array;
  /** Name of the class. */
  readonly label: string;
}

export class PreparedDatasets {
  readonly #cacheDirectory: string;
  readonly #directories = new Map<string, string>();
  readonly #readers = new Map<string, SplitReader>();

  /** @param cacheDirectory where `prepareDataset` keeps what it prepared */
  constructor(cacheDirectory: string) {
    this.#cacheDirectory = cacheDirectory;
  }

  /** @throws `dataset_not_found` when the dataset is not in the cache any more, `not_found` when there is no such picture */
  async picture(manifest: DatasetManifest, split: Split, index: number): Promise<PreparedPicture> {
    const { count } = manifest.splits[split];
    if (index >= count)
      throw new PictorError('not_found', `The ${split} split has ${count} pictures; there is no ${index}.`);
    const reader = this.#open(await this.#find(manifest), split);
    const pixels = new Uint8Array(reader.imageBytes);
    reader.readImages([index], pixels);
    return { pixels, label: manifest.classes[reader.labels[index]] };
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
  }

  #open(directory: string, split: Split): SplitReader {
    const key = `${directory}/${split}`;
    const reader = this.#readers.get(key) ?? openSplit(directory, split);
    this.#readers.delete(key);
    this.#readers.set(key, reader);
    for (const [oldest, idle] of this.#readers) {
      if (this.#readers.size <= MAX_READERS) break;
      this.#readers.delete(oldest);
      idle.close();
    }
    return reader;
  }

  async #find(manifest: DatasetManifest): Promise<string> {
    const wanted = identityOf(manifest);
    const known = this.#directories.get(wanted);
    if (known && holds(known, wanted)) return known;
    const entries = await readdir(this.#cacheDirectory, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const directory = path.join(this.#cacheDirectory, entry.name);
      if (!entry.isDirectory() || !holds(directory, wanted)) continue;
      this.#directories.set(wanted, directory);
      return directory;
    }
    throw new PictorError('dataset_not_found', 'The prepared pictures of this dataset are not in the cache any more.', {
      fix: 'Check the dataset again.',
    });
  }
}

function identityOf({ contentHash, image, seed, validationSplit, splits, classes }: DatasetManifest): string {
  const counts = SPLITS.map((split) => splits[split].count);
  return JSON.stringify([
    contentHash,
    image.height,
    image.width,
    image.channels,
    seed,
    validationSplit,
    counts,
    classes,
  ]);
}

function holds(directory: string, wanted: string): boolean {
  try {
    return identityOf(readManifest(directory)) === wanted;
  } catch {
    return false;
  }
}
