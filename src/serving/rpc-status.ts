/** @file gRPC's status codes, in which both families of protocols tell their errors, and what they are over HTTP. */
import { PictorError } from '../contracts/index.ts';

/**
 * HTTP statuses: TensorFlow Serving's own (`http_server.cc`), and what Triton and KServe agree on; where the Open Inference
 * Protocol leaves it open, 404 for models and 503 for what is not ready.
 */
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

export type RpcStatus = keyof typeof HTTP_STATUS;

/** An error as a protocol tells it: a code, which HTTP shows as a status and gRPC as it is, and a text. */
export abstract class RpcError extends Error {
  readonly code: RpcStatus;

  constructor(code: RpcStatus, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const OF_HTTP: Readonly<Record<number, RpcStatus>> = {
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** What was thrown, in the protocol's codes. An inner text of what is our fault is kept back. */
export function rpcStatusOf(error: unknown): { readonly code: RpcStatus; readonly message: string } {
  const internal = { code: 'INTERNAL', message: 'Internal error.' } as const;
  if (!(error instanceof PictorError)) return internal;
  const message = `${error.message} ${error.fix}`;
  if (error.code === 'model_broken') return { code: 'UNAVAILABLE', message };
  const code = OF_HTTP[error.status] ?? (error.status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
  return code === 'INTERNAL' ? internal : { code, message };
}
