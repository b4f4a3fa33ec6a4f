/** @file Reads a local folder and the folders in it. */
import type { Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import nodePath from 'node:path';
import { PictorError } from '../../contracts/index.ts';
import type { DatasetLimits } from '../limits.ts';
import { compareCodePoints } from '../text.ts';
import type { Container, ContainerEntry } from './container.ts';
import { fileChunks } from './gunzip.ts';

/** One file or folder of a listing. */
export interface ListedFile {
  readonly path: string;
  readonly stats: Stats;
}

/**
 * All files and folders below `directory`, by code point. Links are followed, once each: it is the user's own disk.
 * @throws dataset_not_found, dataset_too_large
 */
export async function listFolder(
  directory: string,
  limits: DatasetLimits,
  signal?: AbortSignal,
): Promise<ListedFile[]> {
  const listed: ListedFile[] = [];
  const walk = async (relative: string, ancestors: readonly string[]): Promise<void> => {
    const absolute = nodePath.join(directory, relative);
    const real = await realpath(absolute);
    // A link to a folder above would never end.
    if (ancestors.includes(real)) return;
    for (const name of (await readdir(absolute)).sort(compareCodePoints)) {
      signal?.throwIfAborted();
      const path = relative === '' ? name : `${relative}/${name}`;
      const stats = await stat(nodePath.join(absolute, name)).catch(() => null);
      // A link into nowhere, or a file that was just removed.
      if (!stats || (!stats.isFile() && !stats.isDirectory())) continue;
      listed.push({ path, stats });
      if (listed.length > limits.maxFiles) {
        throw new PictorError(
          'dataset_too_large',
          `The folder ${directory} holds more than ${limits.maxFiles} files.`,
          {
            details: { maxFiles: limits.maxFiles },
          },
        );
      }
      if (stats.isDirectory()) await walk(path, [...ancestors, real]);
    }
  };
  try {
    await walk('', []);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new PictorError('dataset_not_found', `There is no folder ${directory}.`, { cause: error });
    }
    throw error;
  }
  return listed;
}

/** A stream costs more than a small file is worth. */
const SMALL_FILE_BYTES = 2 ** 20;

export function folderContainer(directory: string, listed: readonly ListedFile[]): Container {
  return { format: 'folder', name: directory, entries: (signal) => folderEntries(directory, listed, signal) };
}

async function* folderEntries(
  directory: string,
  listed: readonly ListedFile[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ContainerEntry, void, undefined> {
  for (const { path, stats } of listed) {
    signal?.throwIfAborted();
    const kind = stats.isDirectory() ? 'folder' : 'file';
    yield { kind, path, bytes: stats.size, open: () => openFile(nodePath.join(directory, path), stats.size, signal) };
  }
}

function openFile(file: string, bytes: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  return bytes <= SMALL_FILE_BYTES ? wholeFile(file) : fileChunks(file, signal);
}

async function* wholeFile(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield await readFile(file);
}
