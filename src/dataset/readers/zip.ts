/** @file Reads `.zip`; nothing is written to disk. */
import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { PictorError } from '../../contracts/index.ts';
import type { DatasetLimits } from '../limits.ts';
import { type Container, type ContainerEntry, safeEntryPath } from './container.ts';
import { UnpackMeter } from './unpack-meter.ts';

const FILE_TYPE_MASK = 0o170000;
const REGULAR_FILE = 0o100000;
const FOLDER = 0o040000;
const MADE_BY_UNIX = 3;

/** @param name what people know the file by. */
export function zipContainer(file: string, name: string, limits: DatasetLimits): Container {
  return { format: 'zip', name, entries: (signal) => zipEntries(file, name, limits, signal) };
}

async function* zipEntries(
  file: string,
  name: string,
  limits: DatasetLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<ContainerEntry, void, undefined> {
  const corrupt = (cause: unknown) =>
    new PictorError('archive_corrupt', `The zip archive ${name} is damaged or cut off: ${(cause as Error).message}`, {
      cause,
    });
  const meter = new UnpackMeter(limits, (await stat(file)).size);
  // Names stay bytes here: `safeEntryPath` judges them, the same for all archives.
  const zip = await yauzl.openPromise(file, { autoClose: false, decodeStrings: false }).catch((error) => {
    throw corrupt(error);
  });
  try {
    const entries = zip.eachEntry();
    while (true) {
      const next = await entries.next().catch((error) => {
        throw corrupt(error);
      });
      if (next.done) return;
      signal?.throwIfAborted();
      const entry = next.value;
      meter.addFile();
      meter.addBytes(entry.uncompressedSize);
      const rawName = yauzl.getFileNameLowLevel(
        entry.generalPurposeBitFlag,
        entry.fileNameRaw,
        entry.extraFields,
        true,
      );
      const path = safeEntryPath(rawName, name);
      refuseSpecial(entry, path, name);
      if (path === '') continue;
      const kind = rawName.endsWith('/') ? 'folder' : 'file';
      yield { kind, path, bytes: entry.uncompressedSize, open: () => entryChunks(zip, entry, path, name, signal) };
    }
  } finally {
    zip.close();
  }
}

function refuseSpecial(entry: yauzl.Entry, path: string, archive: string): void {
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE_MASK;
  const isUnix = entry.versionMadeBy >> 8 === MADE_BY_UNIX;
  if (isUnix && type !== 0 && type !== REGULAR_FILE && type !== FOLDER) {
    throw new PictorError(
      'archive_unsafe',
      `The archive ${archive} holds a link or device, "${path}"; only files and folders are accepted.`,
      { details: { entry: path } },
    );
  }
  if (entry.isEncrypted()) {
    throw new PictorError('archive_encrypted', `The archive ${archive} is encrypted: "${path}" needs a password.`, {
      details: { entry: path },
    });
  }
  if (!entry.canDecodeFileData()) {
    throw new PictorError(
      'archive_corrupt',
      `The archive ${archive} packs "${path}" by method ${entry.compressionMethod}; only stored and deflated entries can be read.`,
      { fix: 'Make the archive again with the usual zip compression (deflate).', details: { entry: path } },
    );
  }
}

async function* entryChunks(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  path: string,
  archive: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let checksum = 0;
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof PictorError || signal?.aborted) throw cause;
    throw damagedEntry(path, archive, cause);
  }
  if (checksum >>> 0 !== entry.crc32 >>> 0) throw damagedEntry(path, archive, undefined);
}

function damagedEntry(path: string, archive: string, cause: unknown): PictorError {
  return new PictorError('archive_corrupt', `The entry "${path}" of the zip archive ${archive} is damaged.`, {
    details: { entry: path },
    cause,
  });
}
