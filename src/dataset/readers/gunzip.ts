/** @file Unpacks gzip as a stream of chunks, under a meter, with errors that users understand. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PictorError } from '../../contracts/index.ts';
import type { UnpackMeter } from './unpack-meter.ts';

const CHUNK_BYTES = 256 * 1024;

/** The bytes of a local file. */
export function fileChunks(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES, signal });
}

/** @throws archive_corrupt when the data is damaged or cut; archive_bomb as the meter says. */
export async function* gunzipChunks(
  packed: AsyncIterable<Uint8Array>,
  meter: UnpackMeter,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = Readable.from(packed, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  let sourceError: unknown;
  source.on('error', (error) => {
    sourceError = error;
    gunzip.destroy(error);
  });
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      meter.addBytes(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (sourceError || error instanceof PictorError) throw sourceError ?? error;
    const cut = (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
    throw new PictorError(
      'archive_corrupt',
      `The gzip data of ${name} is ${cut ? 'cut off: the end is missing' : 'damaged'}.`,
      { cause: error },
    );
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}
