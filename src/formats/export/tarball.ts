/** @file A folder as `.tar.gz`, with entries for its folders, which some readers need. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';

/** Bundles of the same files are the same bytes. */
const TIME = new Date(0);

/** @param top name of the one folder in the tarball, which holds what is in `folder` */
export async function packFolder(folder: string, top: string, target: string): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createGzip(), createWriteStream(target));
  try {
    await addFolder(tar, folder, top);
    tar.finalize();
  } catch (error) {
    tar.destroy(error as Error);
  }
  await written;
}

async function addFolder(tar: Pack, folder: string, name: string): Promise<void> {
  tar.entry({ name: `${name}/`, type: 'directory', mtime: TIME });
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) await addFolder(tar, place, `${name}/${entry.name}`);
    else await addFile(tar, place, `${name}/${entry.name}`);
  }
}

async function addFile(tar: Pack, file: string, name: string): Promise<void> {
  const { size } = await stat(file);
  await pipeline(createReadStream(file), tar.entry({ name, size, mtime: TIME }));
}

/** Bytes of every file in a folder, by its name there, with slashes. */
export async function filesIn(folder: string): Promise<Record<string, number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const sized = files.sort().map(async (file) => {
    const name = path.relative(folder, file).split(path.sep).join('/');
    return [name, (await stat(file)).size] as const;
  });
  return Object.fromEntries(await Promise.all(sized));
}
