/** @file Fetches pictures from URLs, under the rules of dataset URLs and with limits for a request that waits. */
import { PictorError } from '../contracts/index.ts';
import { downloadBytes } from '../dataset/index.ts';
import type { ServerSettings } from './settings.ts';

const CONNECT_MS = 5_000;
const IDLE_MS = 10_000;
/** Longest for all pictures of a request. */
const TOTAL_MS = 30_000;

/**
 * All at once; together they may have as many bytes as a request.
 * @throws as `downloadBytes`; `url_timeout` after 30 s; `body_too_large`; `image_invalid` when nothing came
 */
export function fetchPictures(addresses: readonly string[], settings: ServerSettings): Promise<Buffer[]> {
  const { urls, limits, maxRequestBytes } = settings;
  const tooLarge = new AbortController();
  const timeout = AbortSignal.timeout(TOTAL_MS);
  let total = 0;
  const options = {
    policy: urls,
    limits: {
      ...limits,
      maxDownloadBytes: Math.min(limits.maxDownloadBytes, maxRequestBytes),
      connectTimeoutMs: Math.min(limits.connectTimeoutMs, CONNECT_MS),
      idleTimeoutMs: Math.min(limits.idleTimeoutMs, IDLE_MS),
    },
    signal: AbortSignal.any([tooLarge.signal, timeout]),
  };
  const fetchOne = async (address: string): Promise<Buffer> => {
    let before = 0;
    const onBytes = (done: number) => {
      total += done - before;
      before = done;
      if (total > maxRequestBytes) tooLarge.abort(moreThan(maxRequestBytes));
    };
    try {
      const bytes = await downloadBytes(address, { ...options, onBytes });
      if (bytes.length > 0) return bytes;
    } catch (cause) {
      if (cause instanceof PictorError || !timeout.aborted) throw cause;
      throw new PictorError('url_timeout', `The pictures did not come within ${TOTAL_MS / 1000} s.`, { cause });
    }
    throw new PictorError('image_invalid', 'The address of a picture gave no bytes.');
  };
  return Promise.all(addresses.map(fetchOne));
}

function moreThan(maxBytes: number): PictorError {
  return new PictorError('body_too_large', `The pictures have more than ${maxBytes} bytes together.`);
}
