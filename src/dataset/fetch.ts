/** @file Downloads a file: http and https, addresses checked when connecting, redirects followed with care. */
import { createHash } from 'node:crypto';
import dns from 'node:dns';
import { createWriteStream } from 'node:fs';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PictorError } from '../contracts/index.ts';
import { checkAddress } from './address-policy.ts';
import type { DatasetLimits, UrlPolicy } from './limits.ts';
import { parseUrl, redactUrl } from './source.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface DownloadOptions {
  readonly policy: UrlPolicy;
  readonly limits: DatasetLimits;
  readonly signal?: AbortSignal;
  /** Bytes received, and the total where the server told it. */
  readonly onBytes?: (done: number, total: number | null) => void;
}

/**
 * @param file is written; the caller removes it when this fails
 * @returns sha256 of the bytes, hex
 * @throws url_invalid, url_private, url_unreachable, url_timeout, url_status, url_redirects, download_too_large
 */
export function download(address: string, file: string, options: DownloadOptions): Promise<string> {
  return fetchUrl(address, options, (response, url) => receive(response, url, createWriteStream(file), options));
}

/**
 * Downloads into memory: `limits.maxDownloadBytes` should be small.
 * @throws as `download`
 */
export async function downloadBytes(address: string, options: DownloadOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const keep = () =>
    new Writable({
      write(chunk: Buffer, _, callback) {
        chunks.push(chunk);
        callback();
      },
    });
  await fetchUrl(address, options, (response, url) => receive(response, url, keep(), options));
  return Buffer.concat(chunks);
}

/** Follows redirects to an answer that is good, and gives it to `take`. */
async function fetchUrl<T>(
  address: string,
  options: DownloadOptions,
  take: (response: IncomingMessage, url: URL) => Promise<T>,
): Promise<T> {
  let url = parseUrl(address);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await request(url, options);
    const { statusCode = 0, headers } = response;
    if (REDIRECTS.has(statusCode) && headers.location !== undefined) {
      response.destroy();
      url = redirectTarget(headers.location, url);
      continue;
    }
    if (statusCode !== 200) {
      response.destroy();
      throw new PictorError('url_status', `The server answered ${statusText(response)} for ${redactUrl(url.href)}.`, {
        details: { status: statusCode },
      });
    }
    return take(response, url);
  }
  throw new PictorError('url_redirects', `${redactUrl(address)} was redirected more than ${MAX_REDIRECTS} times.`);
}

/** The server may write anything into its status line, such as what a terminal takes for a command. */
function statusText({ statusCode, statusMessage = '' }: IncomingMessage): string {
  return `${statusCode} ${statusMessage.replace(/[^ -~]/g, '').slice(0, 100)}`.trim();
}

function redirectTarget(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) {
    throw new PictorError('url_redirects', `${redactUrl(from.href)} redirects to something that is no URL.`);
  }
  return parseUrl(new URL(location, from).href);
}

function request(url: URL, { policy, limits, signal }: DownloadOptions): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Literal addresses never reach the lookup.
  if (isIP(host)) checkAddress(host, host, policy);
  const shown = redactUrl(url.href);
  const settings: RequestOptions = {
    lookup: checkedLookup(policy),
    headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'pictor' },
    signal,
    // No pooled connection: each one is made, and checked, for this request.
    agent: false,
  };
  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? https : http).get(url, settings);
    const connectTimer = setTimeout(() => {
      const seconds = limits.connectTimeoutMs / 1000;
      outgoing.destroy(new PictorError('url_timeout', `No connection to ${shown} within ${seconds} s.`));
    }, limits.connectTimeoutMs);
    let answerTimer: NodeJS.Timeout | undefined;
    outgoing.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        clearTimeout(connectTimer);
        // The socket's own timer starts again with every byte of a header that never ends.
        const noAnswer = `${shown} did not answer within ${limits.idleTimeoutMs / 1000} s.`;
        answerTimer = setTimeout(
          () => outgoing.destroy(new PictorError('url_timeout', noAnswer)),
          limits.idleTimeoutMs,
        );
      });
    });
    let answering: IncomingMessage | null = null;
    outgoing.setTimeout(limits.idleTimeoutMs, () => (answering ?? outgoing).destroy(stalled(shown, limits)));
    outgoing.on('close', () => {
      clearTimeout(connectTimer);
      clearTimeout(answerTimer);
    });
    outgoing.on('error', (error) => reject(signal?.aborted ? signal.reason : asUrlError(error, shown)));
    outgoing.on('response', (response) => {
      answering = response;
      clearTimeout(answerTimer);
      resolve(response);
    });
  });
}

function stalled(shown: string, limits: DatasetLimits): PictorError {
  return new PictorError('url_timeout', `${shown} sent nothing for ${limits.idleTimeoutMs / 1000} s.`);
}

function tooSlow(shown: string, { minBytesPerSecond }: DatasetLimits): PictorError {
  return new PictorError('url_timeout', `${shown} sends fewer than ${minBytesPerSecond} bytes a second.`);
}

/** Name resolution that refuses forbidden addresses: what is checked here is what is connected to. */
function checkedLookup(policy: UrlPolicy): LookupFunction {
  return (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      try {
        for (const { address } of addresses) checkAddress(hostname, address, policy);
      } catch (refused) {
        return callback(refused as NodeJS.ErrnoException, '', 0);
      }
      if (options.all) return callback(null, addresses);
      callback(null, addresses[0].address, addresses[0].family);
    });
  };
}

async function receive(
  response: IncomingMessage,
  url: URL,
  target: Writable,
  options: DownloadOptions,
): Promise<string> {
  const { limits, signal, onBytes } = options;
  const shown = redactUrl(url.href);
  const declared = Number(response.headers['content-length'] ?? Number.NaN);
  const total = Number.isSafeInteger(declared) ? declared : null;
  const tooLarge = () =>
    new PictorError(
      'download_too_large',
      `${shown} is longer than the ${limits.maxDownloadBytes} bytes that are accepted.`,
      {
        details: { maxBytes: limits.maxDownloadBytes, bytes: total },
      },
    );
  if (total !== null && total > limits.maxDownloadBytes) {
    response.destroy();
    throw tooLarge();
  }
  const hash = createHash('sha256');
  let done = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, callback) {
      done += chunk.length;
      if (done > limits.maxDownloadBytes) return callback(tooLarge());
      hash.update(chunk);
      onBytes?.(done, total);
      callback(null, chunk);
    },
  });
  onBytes?.(0, total);
  let doneBefore = 0;
  const paceTimer = setInterval(() => {
    const isTooSlow = done - doneBefore < (limits.minBytesPerSecond * limits.idleTimeoutMs) / 1000;
    if (isTooSlow) response.destroy(tooSlow(shown, limits));
    doneBefore = done;
  }, limits.idleTimeoutMs);
  try {
    await pipeline(response, count, target, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw asUrlError(error, shown);
  } finally {
    clearInterval(paceTimer);
  }
  return hash.digest('hex');
}

function asUrlError(error: unknown, shown: string): unknown {
  if (error instanceof PictorError) return error;
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  // Errors of the local disk are not the server's.
  if (['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS'].includes(code) && syscall !== 'connect') return error;
  return new PictorError('url_unreachable', `${shown} cannot be fetched: ${URL_FAULTS[code] ?? message}.`, {
    details: { code },
    cause: error,
  });
}

const URL_FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up',
  ECONNREFUSED: 'the server refuses the connection',
  ECONNRESET: 'the connection ended early',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection ended early',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'the connection timed out',
};
