/** @file The protocol's errors: a code, which HTTP shows as a status and gRPC as it is, and a text. */
import { PictorError } from '../../contracts/index.ts';

/** HTTP statuses: what Triton and KServe agree on; 404 for models and 503 for what is not ready, where the specification leaves it open. */
export const HTTP_STATUS = {
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;
export type OpenInferenceStatus = keyof typeof HTTP_STATUS;

export class OpenInferenceError extends Error {
  readonly code: OpenInferenceStatus;

  constructor(code: OpenInferenceStatus, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function invalid(message: string): OpenInferenceError {
  return new OpenInferenceError('INVALID_ARGUMENT', message);
}

const CODES: Readonly<Record<number, OpenInferenceStatus>> = {
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Pictor's errors in the protocol's codes; an inner text of what is our fault is kept back. */
export function asOpenInferenceError(error: unknown): OpenInferenceError {
  if (error instanceof OpenInferenceError) return error;
  if (!(error instanceof PictorError)) return new OpenInferenceError('INTERNAL', 'Internal error.', { cause: error });
  const message = `${error.message} ${error.fix}`;
  const code = error.code === 'model_broken' ? 'UNAVAILABLE' : CODES[error.status];
  if (code !== undefined) return new OpenInferenceError(code, message, { cause: error });
  if (error.status < 500) return new OpenInferenceError('INVALID_ARGUMENT', message, { cause: error });
  return new OpenInferenceError('INTERNAL', 'Internal error.', { cause: error });
}
