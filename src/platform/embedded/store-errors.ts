/** @file Turns what the store and the file system throw into errors that a user can act on. */
import { statfsSync } from 'node:fs';
import { asPictorError, PictorError } from '../../contracts/index.ts';

const MDB_MAP_FULL = -30792;
/** Page not found, corrupted, panic, version mismatch, not a store, a transaction that met one of them. */
const MDB_DAMAGED = new Set([-30797, -30796, -30795, -30794, -30793, -30782]);
const EIO = 5;
const DISK_FULL = new Set<unknown>([MDB_MAP_FULL, 28, 122, 'ENOSPC', 'EDQUOT']);
const NOT_PERMITTED = new Set<unknown>([1, 13, 30, 'EPERM', 'EACCES', 'EROFS']);
/** Less than this counts as full when the store says no more than "input/output error". */
const LITTLE_SPACE_BYTES = 4 * 2 ** 20;

/** `directory` is where it happened. */
export function storeError(error: unknown, directory: string): PictorError {
  if (error instanceof PictorError) return error;
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown };
  // LMDB reports a write that the full disk cut short as EIO.
  if (DISK_FULL.has(code) || (code === EIO && freeBytes(directory) < LITTLE_SPACE_BYTES)) {
    return new PictorError('disk_full', `There is no space left to write to ${directory}.`, { cause: error });
  }
  // Where a file system is read-only, Node says that a folder and those above it could not be found, not made.
  if (NOT_PERMITTED.has(code) || (code === 'ENOENT' && syscall === 'mkdir')) {
    return new PictorError('not_permitted', `Pictor may not read and write ${directory}.`, { cause: error });
  }
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    return new PictorError('invalid_setting', `${directory} cannot be a folder: there is a file in its place.`, {
      fix: 'Choose another --data-dir.',
      cause: error,
    });
  }
  // The store holds nothing but JSON that Pictor wrote.
  if (MDB_DAMAGED.has(code as number) || error instanceof SyntaxError) {
    const text = error instanceof Error ? error.message : String(error);
    return new PictorError('store_damaged', `The store in ${directory} cannot be read: ${text}.`, { cause: error });
  }
  return asPictorError(error);
}

/** For calls after `close()`. */
export function closedError(): PictorError {
  return new PictorError('store_closed', 'The platform was closed, and then used.');
}

function freeBytes(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
