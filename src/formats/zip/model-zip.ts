/** @file Zip archives of model files: every entry is checked before any is read, and none decides where it is written. */
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { PictorError } from '../../contracts/index.ts';
import { MODEL_ARCHIVE_LIMITS } from '../archive-limits.ts';

/** How much smaller deflate makes bytes at most. */
const DEFLATE_RATIO = 1032;
const { maxFiles, maxUnpackRatio, harmlessUnpackedBytes } = MODEL_ARCHIVE_LIMITS;
const PICKLES = /\.(pkl|pickle|dill|joblib)$/i;

export interface ModelZip {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** @throws `model_file_invalid` when it is larger than `limit` bytes, damaged, or no UTF-8 */
  readText(name: string, limit: number): Promise<string>;
  /** Writes an entry to a file. @throws as `readText` */
  extract(name: string, target: string, limit: number, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** @throws `model_file_invalid` for damaged archives, encrypted or repeated entries, pickles, and paths that lead out */
export async function openModelZip(file: string, fileName: string): Promise<ModelZip> {
  const { size } = await stat(file).catch((cause) => {
    throw invalid(fileName, `there is no such file: ${file}`, cause);
  });
  const zip = await yauzl.openPromise(file, { autoClose: false, strictFileNames: true }).catch((cause: Error) => {
    throw invalid(fileName, `the archive is damaged or cut off (${cause.message})`, cause);
  });
  try {
    const entries = await listEntries(zip, fileName, size);
    const entryOf = (name: string, limit: number): yauzl.Entry => {
      const entry = entries.get(name);
      if (!entry) throw invalid(fileName, `it has no ${name}`);
      if (entry.uncompressedSize <= limit) return entry;
      throw invalid(fileName, `${name} has ${entry.uncompressedSize} bytes; at most ${limit} were expected`);
    };
    return {
      names: [...entries.keys()],
      has: (name) => entries.has(name),
      async readText(name, limit) {
        const chunks: Buffer[] = [];
        for await (const chunk of await openEntry(zip, entryOf(name, limit), fileName)) chunks.push(chunk);
        try {
          return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
        } catch (cause) {
          throw invalid(fileName, `${name} is no UTF-8 text`, cause);
        }
      },
      async extract(name, target, limit, signal) {
        const source = await openEntry(zip, entryOf(name, limit), fileName);
        await pipeline(source, createWriteStream(target), { signal });
      },
      close: async () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function listEntries(zip: yauzl.ZipFile, fileName: string, bytes: number): Promise<Map<string, yauzl.Entry>> {
  if (zip.entryCount > maxFiles) throw invalid(fileName, `the archive has ${zip.entryCount} entries`);
  const entries = new Map<string, yauzl.Entry>();
  const iterator = zip.eachEntry();
  while (true) {
    const next = await iterator.next().catch((cause: Error) => {
      throw invalid(fileName, `the archive is damaged or unsafe (${cause.message})`, cause);
    });
    if (next.done) return entries;
    const entry = next.value;
    const name = entry.fileName;
    if (PICKLES.test(name)) {
      throw invalid(fileName, `it holds a pickle, "${name}", which is a program and is never run`);
    }
    if (entries.has(name)) throw invalid(fileName, `"${name}" is in it twice`);
    if (entry.isEncrypted()) throw invalid(fileName, `"${name}" is encrypted`);
    if (!entry.canDecodeFileData()) throw invalid(fileName, `"${name}" is packed by method ${entry.compressionMethod}`);
    const { compressedSize: packed, uncompressedSize: unpacked } = entry;
    if (packed > bytes || unpacked > packed * DEFLATE_RATIO + 1024) {
      throw invalid(fileName, `"${name}" says that it has ${unpacked} bytes, which cannot be`);
    }
    if (unpacked > harmlessUnpackedBytes && unpacked > packed * maxUnpackRatio) {
      throw invalid(fileName, `"${name}" unpacks from ${packed} bytes to ${unpacked}; weights do not shrink like that`);
    }
    entries.set(name, entry);
  }
}

/** Its bytes, of which the library counts that they are as many as declared; damage is found by their checksum. */
async function openEntry(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  fileName: string,
): Promise<AsyncIterable<Buffer> & NodeJS.ReadableStream> {
  const damaged = (cause?: unknown) => invalid(fileName, `"${entry.fileName}" is damaged`, cause);
  const stream = await zip.openReadStreamPromise(entry).catch((cause) => {
    throw damaged(cause);
  });
  let checksum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      done(null, chunk);
    },
    flush(done) {
      done(checksum >>> 0 === entry.crc32 >>> 0 ? null : damaged());
    },
  });
  stream.on('error', (cause) => check.destroy(damaged(cause)));
  return stream.pipe(check);
}

function invalid(fileName: string, problem: string, cause?: unknown): PictorError {
  return new PictorError('model_file_invalid', `${fileName} cannot be used: ${problem}.`, {
    cause,
    fix: 'Check the path; download or write the file again.',
  });
}
