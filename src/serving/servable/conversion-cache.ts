/** @file Models of other tools that were converted once: kept by the content of their folder, beside nothing else. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ServableFacts } from './servable.ts';

/** What a model became: its facts, and its graphs by name. */
export interface Conversion {
  readonly facts: ServableFacts;
  readonly graphs: ReadonlyMap<string, Uint8Array>;
}

interface Stored {
  readonly facts: ServableFacts;
  /** Names of the graphs; the files are `0.onnx`, `1.onnx`, … */
  readonly graphs: readonly string[];
}

/** Goes up when a conversion of the same file gives something else. */
const CONVERSION = 1;
/** A folder with more than so many files is no model. */
const MAX_FILES = 10_000;

/** What `convert` gives, or gave for a folder of the same content. @param directory null: nothing is kept */
export async function cachedConversion(
  folder: string,
  directory: string | null,
  convert: () => Promise<Conversion>,
): Promise<Conversion> {
  if (directory === null) return convert();
  const place = path.join(directory, await contentHash(folder));
  const known = await read(place).catch(() => null);
  if (known) return known;
  const fresh = await convert();
  // A full disk costs the next start some time, and nothing else.
  await write(place, fresh).catch(() => {});
  return fresh;
}

async function read(place: string): Promise<Conversion> {
  const { facts, graphs }: Stored = JSON.parse(await readFile(path.join(place, 'facts.json'), 'utf8'));
  const bytes = await Promise.all(graphs.map((_, index) => readFile(path.join(place, `${index}.onnx`))));
  return { facts, graphs: new Map(graphs.map((name, index) => [name, bytes[index]])) };
}

/** Appears whole or not at all. */
async function write(place: string, { facts, graphs }: Conversion): Promise<void> {
  const writing = `${place}.tmp-${randomUUID().slice(0, 8)}`;
  try {
    await mkdir(writing, { recursive: true });
    const entries = [...graphs];
    for (const [index, [, bytes]] of entries.entries()) await writeFile(path.join(writing, `${index}.onnx`), bytes);
    const stored: Stored = { facts, graphs: entries.map(([name]) => name) };
    await writeFile(path.join(writing, 'facts.json'), JSON.stringify(stored));
    await rename(writing, place);
  } catch (error) {
    await rm(writing, { recursive: true, force: true });
    throw error;
  }
}

async function contentHash(folder: string): Promise<string> {
  const hash = createHash('sha256').update(`${CONVERSION}\n`);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  if (files.length > MAX_FILES) throw new Error(`${folder} has ${files.length} files`);
  for (const file of files.sort()) {
    hash.update(`${path.relative(folder, file)}\n`);
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  }
  return hash.digest('hex');
}
