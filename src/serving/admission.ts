/** @file Which requests are let in: rows and bytes of one version that wait or run are bounded. */
import { PictorError } from '../contracts/index.ts';
import type { LoadedVersion } from './servable/loaded-version.ts';

export interface AdmissionBounds {
  /** Rows of one version that wait or run. */
  readonly maxPending: number;
  /** Bytes of their tensors; no request may have more. */
  readonly maxPendingBytes: number;
}

/** For commands, which ask alone and no more at once than they can hold. */
export const UNBOUNDED: AdmissionBounds = {
  maxPending: Number.POSITIVE_INFINITY,
  maxPendingBytes: Number.POSITIVE_INFINITY,
};

export interface RequestSize {
  readonly rows: number;
  /** Of its tensors, decoded. */
  readonly bytes: number;
}

/**
 * Lets a request in while there is room. A large one counts as half of all the room, and is the only such one: the other
 * half is left to others for as long as it runs.
 * @returns takes it out again
 * @throws `request_too_large`, `overloaded`
 */
export function admit(version: LoadedVersion, { rows, bytes }: RequestSize, bounds: AdmissionBounds): () => void {
  const { maxPending, maxPendingBytes } = bounds;
  if (bytes > maxPendingBytes) throw tooLarge(version, bytes, maxPendingBytes);
  const { admitted } = version;
  const isLarge = rows > maxPending / 2 || bytes > maxPendingBytes / 2;
  const counted = { rows: Math.min(rows, maxPending / 2), bytes: Math.min(bytes, maxPendingBytes / 2) };
  const isFull = admitted.rows + counted.rows > maxPending || admitted.bytes + counted.bytes > maxPendingBytes;
  if (version.pending > 0 && (isFull || (isLarge && admitted.hasLarge))) throw overloaded(version, rows, bounds);
  version.pending += rows;
  admitted.rows += counted.rows;
  admitted.bytes += counted.bytes;
  admitted.hasLarge ||= isLarge;
  return () => {
    version.pending -= rows;
    admitted.rows -= counted.rows;
    admitted.bytes -= counted.bytes;
    if (isLarge) admitted.hasLarge = false;
  };
}

function tooLarge({ name, version }: LoadedVersion, bytes: number, most: number): PictorError {
  return new PictorError(
    'request_too_large',
    `A request to version ${version} of model "${name}" takes ${bytes} bytes of tensors once it is decoded; at most ${most} may.`,
    { details: { model: name, version: String(version), bytes, maxPendingBytes: most } },
  );
}

function overloaded(version: LoadedVersion, rows: number, { maxPending }: AdmissionBounds): PictorError {
  return new PictorError(
    'overloaded',
    `Model "${version.name}" has ${version.pending} rows waiting; there is no room for ${rows} more. It has room for ${maxPending}, of which one request takes half at most.`,
    { details: { retryAfterSeconds: Math.max(1, Math.ceil(version.secondsPending)) } },
  );
}
