/** @file TensorFlow Serving's status codes, and how they become HTTP. */
import { PictorError } from '../../contracts/index.ts';

/** Source: `http_server.cc`, the mapping of status codes. */
export const HTTP_STATUS = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  UNKNOWN: 500,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

export type StatusCode = keyof typeof HTTP_STATUS;

/** An error as the protocol tells it: a code, which HTTP shows as a status, and a text. */
export class TfServingError extends Error {
  readonly code: StatusCode;

  constructor(code: StatusCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** As one error quotes another. */
  override toString(): string {
    return `${this.code}: ${this.message}`;
  }
}

export function invalidArgument(message: string): TfServingError {
  return new TfServingError('INVALID_ARGUMENT', message);
}

/** Pictor's errors in the protocol's codes. Texts that the protocol knows are made where model and version are known. */
export function asTfServingError(error: unknown): TfServingError {
  if (error instanceof TfServingError) return error;
  if (!(error instanceof PictorError)) return new TfServingError('INTERNAL', 'Internal error.', { cause: error });
  // Of examples the message is TensorFlow's own.
  const message = error.code === 'example_invalid' ? error.message : `${error.message} ${error.fix}`;
  if (error.status === 429) return new TfServingError('RESOURCE_EXHAUSTED', message, { cause: error });
  if (error.status === 503) return new TfServingError('UNAVAILABLE', message, { cause: error });
  if (error.status === 504) return new TfServingError('DEADLINE_EXCEEDED', message, { cause: error });
  if (error.code === 'request_cancelled') return new TfServingError('CANCELLED', message, { cause: error });
  if (error.status === 404) return new TfServingError('NOT_FOUND', message, { cause: error });
  if (error.status >= 400 && error.status < 500)
    return new TfServingError('INVALID_ARGUMENT', message, { cause: error });
  if (error.code === 'model_broken') return new TfServingError('UNAVAILABLE', message, { cause: error });
  return new TfServingError('INTERNAL', 'Internal error.', { cause: error });
}
