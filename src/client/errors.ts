/** @file The one error of the client: what the server said, or what kept it from saying anything. */

/**
 * `api`: the server refused. `network`: there was no answer. `timeout`: the deadline passed. `aborted`: the caller's signal.
 * `protocol`: the answer is none of Pictor's.
 */
export type ClientErrorKind = 'api' | 'network' | 'timeout' | 'aborted' | 'protocol';

export interface ClientErrorFields {
  readonly status?: number | null;
  readonly code?: string;
  readonly fix?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number | null;
  readonly attempts?: number;
  readonly cause?: unknown;
}

/** Everything that the client throws. */
export class PictorClientError extends Error {
  override readonly name = 'PictorClientError';
  readonly kind: ClientErrorKind;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** Stable name of what is wrong, as docs/errors.md lists them; for what is no answer, the kind. */
  readonly code: string;
  /** What to do about it; may be empty. */
  readonly fix: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** When the server wants to be asked again. */
  readonly retryAfterSeconds: number | null;
  /** How often it was tried. */
  readonly attempts: number;

  constructor(kind: ClientErrorKind, message: string, fields: ClientErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.kind = kind;
    this.status = fields.status ?? null;
    this.code = fields.code ?? kind;
    this.fix = fields.fix ?? '';
    this.details = fields.details;
    this.retryAfterSeconds = fields.retryAfterSeconds ?? null;
    this.attempts = fields.attempts ?? 1;
  }
}

/** An answer that is no success, as an error: Pictor's own body, TensorFlow Serving's `{"error": "..."}`, or neither. */
export function errorOf(response: Response, text: string, attempts: number): PictorClientError {
  const { status } = response;
  const common = { status, attempts, retryAfterSeconds: retryAfter(response.headers.get('retry-after')) };
  const error = (parseJson(text) as { readonly error?: unknown } | undefined)?.error;
  if (typeof error === 'string') return new PictorClientError('api', error, { ...common, code: `http_${status}` });
  const { code, message, fix, details } = (error ?? {}) as Record<string, unknown>;
  if (typeof message !== 'string') {
    const shown = text.trim().slice(0, 200);
    return new PictorClientError('protocol', `The server answered ${status}${shown ? `: ${shown}` : ''}`, common);
  }
  return new PictorClientError('api', message, {
    ...common,
    code: typeof code === 'string' ? code : `http_${status}`,
    fix: typeof fix === 'string' ? fix : '',
    ...(typeof details === 'object' && details ? { details: details as Record<string, unknown> } : {}),
  });
}

/** Seconds of a `Retry-After` header: a number, or a date. */
export function retryAfter(header: string | null, now: number = Date.now()): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}

/** Undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
