/** @file Bodies that come as streams: into memory or into a file, bounded. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PictorError } from '../contracts/index.ts';

/** @throws `body_too_large` */
export async function readBody(body: unknown, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of counted(body, maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** @param file is written; the caller removes it when this fails @returns bytes @throws `body_too_large` */
export async function saveBody(body: unknown, file: string, maxBytes: number): Promise<number> {
  let bytes = 0;
  const count = async function* () {
    for await (const chunk of counted(body, maxBytes)) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  await pipeline(count, createWriteStream(file));
  return bytes;
}

async function* counted(body: unknown, maxBytes: number): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of body instanceof Readable ? (body as AsyncIterable<Buffer>) : []) {
    total += chunk.length;
    if (total > maxBytes) {
      throw new PictorError('body_too_large', `The body of the request has more than ${maxBytes} bytes.`);
    }
    yield chunk;
  }
}
