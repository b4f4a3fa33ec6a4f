/** @file TensorFlow Serving's errors. */
import { PictorError } from '../../contracts/index.ts';
import { RpcError, rpcStatusOf } from '../rpc-status.ts';

export class TfServingError extends RpcError {
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
  const { code, message } = rpcStatusOf(error);
  // Of examples the message is TensorFlow's own.
  const isTheirs = error instanceof PictorError && error.code === 'example_invalid';
  return new TfServingError(code, isTheirs ? error.message : message, { cause: error });
}
