/** @file Reads a split of a prepared dataset from disk, batch by batch, so that memory stays bounded. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { type DatasetManifest, PictorError, type Split } from '../contracts/index.ts';
import { IMAGES_FILE, indexFile, labelsFile, MANIFEST_FILE } from './cache-files.ts';
import type { SplitReader } from './types.ts';

/** Up to this length the pictures are read into memory once: single small reads take longer than a small network's step allows. */
const MAX_HELD_BYTES = 64 * 2 ** 20;

/**
 * Opens one split of a prepared dataset.
 * @param directory as `prepareDataset` returned it
 * @throws dataset_not_found when the folder holds no prepared dataset
 */
export function openSplit(directory: string, split: Split): SplitReader {
  const { image } = readManifest(directory);
  const imageBytes = image.height * image.width * image.channels;
  const rows = integers(path.join(directory, indexFile(split)), Uint32Array);
  const labels = integers(path.join(directory, labelsFile(split)), Int32Array);
  const file = openSync(path.join(directory, IMAGES_FILE), 'r');
  let isOpen = true;
  let held: HeldFile | null = null;
  let isFirstRead = true;
  return {
    count: rows.length,
    imageBytes,
    labels,
    readImages(indices, target) {
      const { length } = indices;
      if (target.length < length * imageBytes) {
        throw new RangeError(`${length} pictures need ${length * imageBytes} bytes, the target has ${target.length}.`);
      }
      if (isFirstRead && isOpen) held = holdSmall(file);
      isFirstRead = false;
      for (let i = 0; i < length; ) {
        const first = rowAt(rows, indices[i]);
        // Neighbours are read at once: evaluation goes through a split in order.
        let run = 1;
        while (i + run < length && rowAt(rows, indices[i + run]) === first + run) run += 1;
        const [from, to] = [first * imageBytes, (first + run) * imageBytes];
        if (held) target.set(held.bytes.subarray(from, to), i * imageBytes);
        else readFully(file, target, i * imageBytes, run * imageBytes, from);
        i += run;
      }
    },
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
      if (held) release(held);
      held = null;
    },
  };
}

/** A file in memory, for all readers of this thread that are open on it: the splits of a dataset are in one file. */
interface HeldFile {
  readonly key: string;
  readonly bytes: Uint8Array;
  readers: number;
}

const heldFiles = new Map<string, HeldFile>();

/** Null for a file that is too large. */
function holdSmall(file: number): HeldFile | null {
  const { size, dev, ino, mtimeMs } = fstatSync(file);
  if (size > MAX_HELD_BYTES) return null;
  const key = `${dev}/${ino}/${size}/${mtimeMs}`;
  const known = heldFiles.get(key);
  if (known) {
    known.readers += 1;
    return known;
  }
  const bytes = new Uint8Array(size);
  readFully(file, bytes, 0, size, 0);
  const held = { key, bytes, readers: 1 };
  heldFiles.set(key, held);
  return held;
}

function release(held: HeldFile): void {
  held.readers -= 1;
  if (held.readers === 0) heldFiles.delete(held.key);
}

export function readManifest(directory: string): DatasetManifest {
  try {
    return JSON.parse(readFileSync(path.join(directory, MANIFEST_FILE), 'utf8')) as DatasetManifest;
  } catch (cause) {
    throw new PictorError('dataset_not_found', `There is no prepared dataset in ${directory}.`, { cause });
  }
}

function rowAt(rows: Uint32Array, index: number): number {
  if (!(index >= 0 && index < rows.length)) throw new RangeError(`There is no picture ${index} among ${rows.length}.`);
  return rows[index];
}

function integers<T extends Uint32Array | Int32Array>(
  file: string,
  Type: new (buffer: ArrayBuffer, offset: number, length: number) => T,
): T {
  const bytes = readFileSync(file);
  // A copy, because small files share a buffer and may start anywhere in it.
  return new Type(new Uint8Array(bytes).buffer, 0, bytes.length / 4);
}

function readFully(file: number, target: Uint8Array, offset: number, length: number, position: number): void {
  let done = 0;
  while (done < length) {
    const read = readSync(file, target, offset + done, length - done, position + done);
    if (read === 0)
      throw new PictorError('dataset_not_found', 'The prepared dataset is incomplete: a picture is missing.');
    done += read;
  }
}
