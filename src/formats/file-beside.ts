/** @file The files with numbers that a model's description names: they lie beside it. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { PictorError } from '../contracts/index.ts';

export interface FileBeside {
  readonly path: string;
  readonly bytes: number;
}

/**
 * @param location as the description has it; never one outside of its folder, also not by a link
 * @param refuse makes the error
 */
export async function fileBeside(
  folder: string,
  location: string,
  refuse: (reason: string, cause?: unknown) => PictorError,
): Promise<FileBeside> {
  const parts = location.split(/[\\/]/);
  const shown = JSON.stringify(location.slice(0, 200));
  if (
    location === '' ||
    location.includes('\0') ||
    path.isAbsolute(location) ||
    /^[a-z]:/i.test(location) ||
    parts.includes('..')
  ) {
    throw refuse(`it wants numbers from ${shown}, which is outside of its folder`);
  }
  const place = await realpath(path.join(folder, ...parts)).catch((cause) => {
    throw refuse(`its numbers are in ${shown}, which is not beside it`, cause);
  });
  const inside = path.relative(await realpath(folder), place);
  if (inside.startsWith('..') || path.isAbsolute(inside)) throw refuse(`${shown} is a link to another folder`);
  const stats = await stat(place);
  if (!stats.isFile()) throw refuse(`${shown} is no file`);
  return { path: place, bytes: stats.size };
}
