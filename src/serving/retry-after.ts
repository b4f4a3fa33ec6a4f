/** @file When a refused request may come back. */
import { PictorError } from '../contracts/index.ts';

/** Seconds for the `Retry-After` header of an error that passes, else null. */
export function retryAfterSeconds(error: unknown): number | null {
  if (!(error instanceof PictorError) || (error.status !== 429 && error.status !== 503)) return null;
  const told = error.details?.retryAfterSeconds;
  return typeof told === 'number' ? told : 1;
}
