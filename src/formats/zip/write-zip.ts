/** @file Writes zip archives, with their files as they are: numbers do not get smaller. */
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Zip, ZipPassThrough } from 'fflate';

export type ZipPart = { readonly name: string } & ({ readonly bytes: Uint8Array } | { readonly file: string });

/** Files are streamed, so that none has to be in memory. */
export async function writeZip(target: string, parts: readonly ZipPart[]): Promise<void> {
  await pipeline(Readable.from(archiveOf(parts)), createWriteStream(target));
}

async function* archiveOf(parts: readonly ZipPart[]): AsyncGenerator<Uint8Array> {
  let written: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    written.push(chunk);
  });
  const taken = (): Uint8Array[] => {
    const chunks = written;
    written = [];
    return chunks;
  };
  for (const part of parts) {
    const entry = new ZipPassThrough(part.name);
    zip.add(entry);
    if ('bytes' in part) entry.push(part.bytes, true);
    else {
      for await (const chunk of createReadStream(part.file)) {
        entry.push(chunk as Uint8Array);
        yield* taken();
      }
      entry.push(new Uint8Array(0), true);
    }
    yield* taken();
  }
  zip.end();
  yield* taken();
}
