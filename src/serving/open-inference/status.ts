/** @file The protocol's errors. */
import { RpcError, rpcStatusOf } from '../rpc-status.ts';

export class OpenInferenceError extends RpcError {}

export function invalid(message: string): OpenInferenceError {
  return new OpenInferenceError('INVALID_ARGUMENT', message);
}

/** Pictor's errors in the protocol's codes. */
export function asOpenInferenceError(error: unknown): OpenInferenceError {
  if (error instanceof OpenInferenceError) return error;
  const { code, message } = rpcStatusOf(error);
  return new OpenInferenceError(code, message, { cause: error });
}
