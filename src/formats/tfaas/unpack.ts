/** @file A tarball taken apart into files under names of our own; names from the archive never reach the disk. */
import { createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PictorError } from '../../contracts/index.ts';
import { tarContainer } from '../../dataset/index.ts';
import { MODEL_ARCHIVE_LIMITS } from '../archive-limits.ts';
import { damaged } from '../tensorflow/read/refuse.ts';

/**
 * @param folder gets the files
 * @returns where each of the archive's files lies, by its name in the archive
 * @throws `archive_corrupt`, `archive_unsafe` (links, names that lead out), `archive_bomb`, `model_file_invalid`
 */
export async function unpackTarball(file: string, folder: string, signal?: AbortSignal): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  // Counted, not by the files there are: a name that comes again, as tar appends it, must not take another's place.
  let count = 0;
  const archive = tarContainer(file, path.basename(file), await isGzip(file), MODEL_ARCHIVE_LIMITS);
  try {
    for await (const { kind, path: name, open: read } of archive.entries(signal)) {
      // What Apple's tar adds of its own.
      if (kind !== 'file' || name.split('/').some((part) => part.startsWith('._'))) continue;
      const place = path.join(folder, String(count++));
      await pipeline(Readable.from(read()), createWriteStream(place), { signal });
      files.set(name, place);
    }
  } catch (error) {
    // Its words are those of datasets.
    if (!(error instanceof PictorError) || error.code !== 'dataset_too_large') throw error;
    throw damaged(path.basename(file), `it holds more than ${MODEL_ARCHIVE_LIMITS.maxFiles} files and folders`);
  }
  return files;
}

async function isGzip(file: string): Promise<boolean> {
  if ((await stat(file)).size < 2) return false;
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.readUInt16BE() === 0x1f8b;
  } finally {
    await handle.close();
  }
}
