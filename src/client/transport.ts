/** @file One request: tried again while that can help, and never past its deadline. */
import { MAX_TIMER_MS } from '../contracts/index.ts';
import { errorOf, PictorClientError } from './errors.ts';

export interface ClientOptions {
  /** Longest time for a call with all its attempts, in milliseconds. Default 60,000; `Infinity` for none. */
  readonly timeoutMs?: number;
  /** How often a call is tried again. Default 3. */
  readonly retries?: number;
  /** First pause between attempts, in milliseconds; it doubles, up to 10 s, and is drawn between half and all of it. Default 200. */
  readonly backoffMs?: number;
  /** Sent with every request, such as those that a proxy asks for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
}

/** Of one call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Instead of the client's. */
  readonly timeoutMs?: number;
  /** Instead of the client's. */
  readonly retries?: number;
}

export interface Call extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: Blob | FormData;
  readonly headers?: Readonly<Record<string, string>>;
  /** May be sent twice without harm. When not, it is tried again only when the server said that it did nothing. Default: GET. */
  readonly repeatable?: boolean;
}

const MAX_BACKOFF_MS = 10_000;
/** The server did not do what it was asked to. */
const REFUSED = new Set([429, 503]);
/** Something between client and server failed; whether the server did it is not known. */
const UNCERTAIN = new Set([502, 504]);

export class Transport {
  readonly baseUrl: string;
  readonly #options: Required<ClientOptions>;

  /** @param baseUrl such as `http://localhost:8080` */
  constructor(baseUrl: string, options: ClientOptions) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.#options = {
      timeoutMs: options.timeoutMs ?? 60_000,
      retries: options.retries ?? 3,
      backoffMs: options.backoffMs ?? 200,
      headers: options.headers ?? {},
      // Called as a function of its own: browsers refuse it as a method of something else.
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    };
  }

  /** The JSON of a good answer. @throws PictorClientError */
  async json<T>(call: Call): Promise<T> {
    const { response, text, attempts } = await this.#attempts(call);
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new PictorClientError('protocol', `The answer to ${call.method} ${call.path} is no JSON.`, {
        status: response.status,
        attempts,
        cause,
      });
    }
  }

  /** An answer whose body is read as it comes; tried once. @throws PictorClientError */
  async stream(call: Call): Promise<Response> {
    const response = await this.#send(call, call.signal);
    if (response.ok) return response;
    throw errorOf(response, await response.text().catch(() => ''), 1);
  }

  async #attempts(call: Call): Promise<{ response: Response; text: string; attempts: number }> {
    const { timeoutMs = this.#options.timeoutMs, retries = this.#options.retries } = call;
    const deadline = performance.now() + timeoutMs;
    const limit = limited(call.signal, timeoutMs);
    try {
      for (let attempt = 1; ; attempt++) {
        const outcome = await this.#attempt(call, limit.signal, attempt);
        if (!('error' in outcome)) return { ...outcome, attempts: attempt };
        if (limit.signal.aborted) throw this.#ended(call, timeoutMs, attempt, outcome.error);
        const pause = attempt > retries ? null : this.#pause(call, outcome.error, attempt);
        // A wait past the deadline could only end without an answer.
        if (pause === null || performance.now() + pause >= deadline) throw outcome.error;
        await sleep(pause, limit.signal);
        if (limit.signal.aborted) throw this.#ended(call, timeoutMs, attempt, outcome.error);
      }
    } finally {
      limit.done();
    }
  }

  async #attempt(
    call: Call,
    signal: AbortSignal,
    attempts: number,
  ): Promise<{ response: Response; text: string } | { error: PictorClientError }> {
    try {
      const response = await this.#send(call, signal);
      const text = await response.text();
      return response.ok ? { response, text } : { error: errorOf(response, text, attempts) };
    } catch (cause) {
      if (cause instanceof PictorClientError) return { error: cause };
      const message = `${this.baseUrl} does not answer${reasonOf(cause)}.`;
      const fix = 'Check the address, and that the server is running.';
      return { error: new PictorClientError('network', message, { attempts, fix, cause }) };
    }
  }

  #send({ method, path, json, body, headers }: Call, signal: AbortSignal | undefined): Promise<Response> {
    return this.#options.fetch(this.baseUrl + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.#options.headers,
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
  }

  /** Milliseconds until it is worth another try; null when it is not. */
  #pause(call: Call, error: PictorClientError, attempt: number): number | null {
    const repeatable = call.repeatable ?? call.method === 'GET';
    const { status } = error;
    const worth = status === null ? repeatable : REFUSED.has(status) || (UNCERTAIN.has(status) && repeatable);
    if (!worth) return null;
    const longest = Math.min(MAX_BACKOFF_MS, this.#options.backoffMs * 2 ** (attempt - 1));
    // Clients that were refused together must not come back together.
    const drawn = longest * (0.5 + Math.random() / 2);
    return Math.max(drawn, (error.retryAfterSeconds ?? 0) * 1000);
  }

  #ended(call: Call, timeoutMs: number, attempts: number, cause: unknown): PictorClientError {
    const what = `${call.method} ${call.path}`;
    if (call.signal?.aborted) return new PictorClientError('aborted', `${what} was stopped.`, { attempts, cause });
    return new PictorClientError('timeout', `${what} was not answered within ${timeoutMs / 1000} s.`, {
      attempts,
      fix: 'Allow more time, or look whether the server is busy.',
      cause,
    });
  }
}

/** The caller's signal and the deadline as one. */
function limited(signal: AbortSignal | undefined, timeoutMs: number): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const stop = () => controller.abort();
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  const timer = Number.isFinite(timeoutMs) ? setTimeout(stop, Math.min(timeoutMs, MAX_TIMER_MS)) : undefined;
  return {
    signal: controller.signal,
    done: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
}

/** Ends early, without an error, when the signal is given. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, MAX_TIMER_MS));
    signal?.addEventListener('abort', done);
  });
}

/** Node tells the reason in the cause: `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  const { code } = ((error as Error | undefined)?.cause ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? ` (${code})` : '';
}
