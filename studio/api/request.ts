/** @file One way to call the HTTP API, and one kind of error for everything that can go wrong on the way. */

export const API = '/api/v1';

/** What the server said, or what kept it from saying anything: always with words for people and something to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly fix: string;

  constructor(status: number, code: string, message: string, fix: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.fix = fix;
  }
}

export interface RequestOptions {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: Blob;
  readonly signal?: AbortSignal;
}

/**
 * Calls the API and reads its JSON.
 * @param path below `/api/v1`
 * @throws ApiError for every failure but an abort, which passes through as `AbortError`
 */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  let body: BodyInit | null = null;
  if (options.json !== undefined) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(options.json);
  } else if (options.body) {
    // A file that only claims to be something else, such as JSON, must not be taken for it.
    headers['content-type'] = options.body.type.startsWith('image/') ? options.body.type : 'application/octet-stream';
    body = options.body;
  }
  let response: Response;
  try {
    response = await fetch(API + path, {
      method,
      headers,
      body,
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable();
  }
  return readAnswer<T>(response.status, await response.text().catch(() => ''));
}

/** The JSON of a good answer; anything else is thrown. */
export function readAnswer<T>(status: number, text: string): T {
  const data = parseJson(text);
  if (status >= 200 && status < 300) {
    if (data === undefined && text !== '') throw unexpected(status);
    return data as T;
  }
  const error = (data as { error?: { code?: unknown; message?: unknown; fix?: unknown } } | undefined)?.error;
  if (typeof error?.message !== 'string') throw unexpected(status);
  const fix = typeof error.fix === 'string' ? error.fix : '';
  throw new ApiError(status, typeof error.code === 'string' ? error.code : 'unknown', error.message, fix);
}

export function unreachable(): ApiError {
  return new ApiError(0, 'unreachable', 'Pictor does not answer.', 'Check that it is still running, then try again.');
}

function unexpected(status: number): ApiError {
  return new ApiError(
    status,
    'unexpected_answer',
    `The server gave an answer that the studio does not understand (HTTP ${status}).`,
    'Reload the page. If it stays, look into the log of the server.',
  );
}

/** What went wrong, in words, and what to do about it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** Anything thrown, in words. */
export function describeError(error: unknown): Failure {
  if (error instanceof ApiError) return { code: error.code, message: error.message, fix: error.fix };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'studio', message: `The page met a problem: ${message}`, fix: 'Reload the page and try again.' };
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
