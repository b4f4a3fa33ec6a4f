/** @file The one error type that users meet: a code, a status, what happened, what to do. */
import { ERROR_TABLE, type ErrorCode } from './errors/index.ts';

export type { ErrorCode } from './errors/index.ts';

export interface ErrorOptions {
  /** What the user can do about it. Default: the fix in the error table. */
  readonly fix?: string;
  /** Facts as fields, for programs. Must be plain JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The shape of every error body of Pictor's own HTTP API, and of `--json` error lines. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fix: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

/**
 * An error with a registered code.
 * The message says what happened, in what context, and what was expected; `fix` says what to do.
 */
export class PictorError extends Error {
  override readonly name = 'PictorError';
  readonly code: ErrorCode;
  /** HTTP status. */
  readonly status: number;
  readonly fix: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = ERROR_TABLE[code].status;
    this.fix = options.fix ?? ERROR_TABLE[code].fix;
    this.details = options.details;
  }
}

/** Plain-data form of any error; what is not a `PictorError` is reported as `internal`, without its inner text. */
export function errorBody(error: unknown): ErrorBody {
  if (error instanceof PictorError) {
    const { code, message, fix, details } = error;
    return { error: { code, message, fix, ...(details ? { details } : {}) } };
  }
  return { error: { code: 'internal', message: 'Something went wrong inside Pictor.', fix: ERROR_TABLE.internal.fix } };
}

/** Rebuilds an error that crossed a process, a thread or a stored record as `ErrorBody`. */
export function errorFromBody(body: ErrorBody): PictorError {
  const { code, message, fix, details } = body.error;
  const known = code in ERROR_TABLE ? (code as ErrorCode) : 'internal';
  return new PictorError(known, message, { fix, ...(details ? { details } : {}) });
}

/** Turns anything thrown into a `PictorError`, keeping the original as `cause`. */
export function asPictorError(error: unknown): PictorError {
  if (error instanceof PictorError) return error;
  const system = systemErrorCode(error);
  const text = error instanceof Error ? error.message : String(error);
  if (system) return new PictorError(system, text, { cause: error });
  return new PictorError('internal', text, { cause: error });
}

function systemErrorCode(error: unknown): ErrorCode | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk_full';
  if (code === 'EADDRINUSE') return 'port_in_use';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'not_permitted';
  return undefined;
}
