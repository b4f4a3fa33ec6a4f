/** @file Bodies of requests as they came: inflated when they are compressed. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** As the reference: a longer body counts as empty. */
const MAX_INFLATED_BYTES = 100 * 1024 * 1024;

const inflate = promisify(gunzip);

/** One that cannot be inflated counts as empty, as in the reference. */
export async function plainBody(body: Uint8Array, contentEncoding: string | undefined): Promise<Uint8Array> {
  if (!contentEncoding?.includes('gzip')) return body;
  try {
    return await inflate(body, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch {
    return new Uint8Array();
  }
}
