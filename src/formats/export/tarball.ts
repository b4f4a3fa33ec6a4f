/** @file A folder as `.tar.gz`, with entries for its folders, which some readers need. */
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

/** @param folder name of the one folder at the top; @param files by their names inside of it */
export async function writeTarball(
  target: string,
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await pipeline(tarball(folder, files), createWriteStream(target));
}

/** As `writeTarball`, as a stream. */
export function tarball(folder: string, files: ReadonlyMap<string, Uint8Array>): Readable {
  const tar = pack();
  // Bundles with one time give the same bytes every time.
  const mtime = new Date(0);
  for (const name of foldersOf(folder, files)) tar.entry({ name, type: 'directory', mtime });
  for (const [name, bytes] of files) tar.entry({ name: `${folder}/${name}`, mtime }, Buffer.from(bytes));
  tar.finalize();
  return Readable.from(tar).pipe(createGzip());
}

function foldersOf(folder: string, files: ReadonlyMap<string, Uint8Array>): string[] {
  const folders = new Set([`${folder}/`]);
  for (const name of files.keys()) {
    const parent = path.posix.dirname(name);
    if (parent !== '.') folders.add(`${folder}/${parent}/`);
  }
  return [...folders].sort();
}
