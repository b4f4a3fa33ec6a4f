/** @file Looks into a TFaaS tarball before it is read: whose it is, and whether Pictor made it. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { PictorError } from '../../contracts/index.ts';

export interface BundleFacts {
  /** The top folder's name, as TFaaS takes it; without one, the name in `params.json`. */
  readonly name: string;
  /** Our manifest is in it: it tells what pictures become. */
  readonly isOurs: boolean;
}

const MAX_ENTRIES = 10_000;
const MAX_PARAMS_BYTES = 1024 * 1024;

/**
 * @param maxBytes unpacked
 * @throws `archive_corrupt`, `archive_bomb`, `archive_unsafe`, `model_file_invalid` when it has no `params.json` or no name
 */
export async function lookIntoBundle(file: string, maxBytes: number): Promise<BundleFacts> {
  const extract = tar.extract({ allowUnknownFormat: true } as Parameters<typeof tar.extract>[0]);
  const source = createReadStream(file);
  let unpacked = 0;
  const count = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      unpacked += chunk.length;
      if (unpacked > maxBytes)
        throw new PictorError('archive_bomb', `The bundle unpacks to more than ${maxBytes} bytes.`);
      yield chunk;
    }
  };
  const flowing = (await isGzip(file))
    ? pipeline(source, createGunzip(), count, extract)
    : pipeline(source, count, extract);
  flowing.catch(() => {});
  const tops = new Set<string>();
  let params: unknown;
  let isOurs = false;
  let entries = 0;
  try {
    for await (const entry of extract) {
      if (++entries > MAX_ENTRIES)
        throw new PictorError('archive_bomb', `The bundle has more than ${MAX_ENTRIES} files.`);
      const parts = entry.header.name.split('/').filter((part) => part !== '' && part !== '.');
      if (parts.includes('..')) throw new PictorError('archive_unsafe', 'The bundle has a name that leads out of it.');
      // What Apple's tar adds of its own.
      const isNoise = parts.some((part) => part.startsWith('._'));
      const isFile = entry.header.type === 'file';
      if (!isNoise && parts.length > 0) tops.add(isFile && parts.length === 1 ? '' : parts[0]);
      const last = isFile && !isNoise && parts.length <= 2 ? parts.at(-1) : undefined;
      if (last === 'pictor.json') isOurs = true;
      if (last === 'params.json') params = await readJson(entry as AsyncIterable<Uint8Array>, entry.header.size ?? 0);
      entry.resume();
    }
    await flowing;
  } catch (error) {
    if (error instanceof PictorError) throw error;
    throw new PictorError('archive_corrupt', 'unable to untar: the bundle is damaged or cut off.', { cause: error });
  } finally {
    source.destroy();
  }
  return { name: nameOf(tops, params), isOurs };
}

function nameOf(tops: ReadonlySet<string>, params: unknown): string {
  if (typeof params !== 'object' || params === null) {
    throw new PictorError('model_file_invalid', 'The bundle has no params.json that is a JSON object.', {
      fix: 'Make it as "tar cfz mnist.tar.gz mnist" from a folder with saved_model.pb, variables, labels.txt and params.json.',
    });
  }
  const [top] = tops;
  if (tops.size === 1 && top !== '') return top;
  const { name } = params as { readonly name?: unknown };
  if (typeof name === 'string' && name !== '') return name;
  throw new PictorError(
    'model_file_invalid',
    'The bundle tells no name: it has no top folder, and its params.json no "name".',
  );
}

async function readJson(entry: AsyncIterable<Uint8Array>, size: number): Promise<unknown> {
  if (size > MAX_PARAMS_BYTES) throw new PictorError('model_file_invalid', `params.json has ${size} bytes.`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new PictorError('model_file_invalid', 'unable to unmarshal TF parameters: params.json is not JSON.', {
      cause,
    });
  }
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}
