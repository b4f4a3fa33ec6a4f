/** @file Reads `.tar`, `.tar.gz` and `.tgz` as a stream; nothing is written to disk. */
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import tar from 'tar-stream';
import { PictorError } from '../../contracts/index.ts';
import type { DatasetLimits } from '../limits.ts';
import { type Container, type ContainerEntry, safeEntryPath } from './container.ts';
import { fileChunks, gunzipChunks } from './gunzip.ts';
import { UnpackMeter } from './unpack-meter.ts';

/** @param name what people know the file by. */
export function tarContainer(file: string, name: string, gzipped: boolean, limits: DatasetLimits): Container {
  return { format: 'tar', name, entries: (signal) => tarEntries(file, name, gzipped, limits, signal) };
}

async function* tarEntries(
  file: string,
  name: string,
  gzipped: boolean,
  limits: DatasetLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<ContainerEntry, void, undefined> {
  const meter = new UnpackMeter(limits, (await stat(file)).size);
  const chunks = gzipped ? gunzipChunks(fileChunks(file, signal), meter, name) : fileChunks(file, signal);
  const source = Readable.from(chunks, { objectMode: false });
  // Old tar programs wrote no format mark.
  const extract = tar.extract({ allowUnknownFormat: true } as Parameters<typeof tar.extract>[0]);
  let sourceError: unknown;
  source.on('error', (error) => {
    sourceError = error;
    extract.destroy(error);
  });
  source.pipe(extract);
  try {
    for await (const entry of extract) {
      signal?.throwIfAborted();
      meter.addFile();
      const { type, size = 0 } = entry.header;
      const path = safeEntryPath(entry.header.name, name);
      if (type !== 'file' && type !== 'contiguous-file' && type !== 'directory') {
        throw new PictorError(
          'archive_unsafe',
          `The archive ${name} holds a ${type ?? 'special file'}, "${path}"; only files and folders are accepted.`,
          { details: { entry: path, type: type ?? 'unknown' } },
        );
      }
      if (path !== '') {
        const kind = type === 'directory' ? 'folder' : 'file';
        yield { kind, path, bytes: kind === 'file' ? size : 0, open: () => entry as AsyncIterable<Uint8Array> };
      }
      if (!entry.destroyed) entry.resume();
    }
    if (sourceError) throw sourceError;
  } catch (error) {
    const cause = sourceError ?? error;
    if (cause instanceof PictorError || signal?.aborted) throw cause;
    throw new PictorError('archive_corrupt', `The tar archive ${name} is damaged or cut off.`, { cause });
  } finally {
    source.destroy();
    extract.destroy();
  }
}
