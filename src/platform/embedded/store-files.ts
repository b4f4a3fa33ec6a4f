/** @file Checks a store's files before LMDB sees them: where LMDB would end the process, this throws. */
import { randomUUID } from 'node:crypto';
import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { PictorError } from '../../contracts/index.ts';
import { storeError } from './store-errors.ts';

/** Room for about 1000 processes and threads that read at the same time. */
const LOCK_FILE_BYTES = 64 * 1024;
/** More than an empty store takes. */
const NEW_STORE_BYTES = 128 * 1024;

/** LMDB's meta page: where its fields are, and what they must be. */
const META = { bytes: 152, magicAt: 24, magic: 0xbeefc0de, versionAt: 28, version: 2, pageSizeAt: 48, lastPageAt: 144 };

interface MetaPage {
  readonly pageSize: number;
  /** Number of the last page that was ever used. */
  readonly lastPage: number;
}

/** Makes the folder ready for LMDB. Throws `disk_full`, `not_permitted`, `invalid_setting` or `store_damaged`. */
export function prepareStore(directory: string): void {
  const data = path.join(directory, 'data.mdb');
  const lock = path.join(directory, 'lock.mdb');
  try {
    mkdirSync(directory, { recursive: true });
    for (const file of [data, lock]) {
      if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
    }
    if (isEmpty(data)) probeSpace(directory);
    else checkStore(directory, data);
    reserveLockFile(directory, lock);
  } catch (error) {
    throw storeError(error, directory);
  }
}

/**
 * LMDB does not survive a failure to open a file that is not a store, nor a page that is missing at its end.
 * A store that another process creates at this moment may look unfinished once, not twice.
 */
function checkStore(directory: string, data: string): void {
  let bytes = storeBytes(data);
  if (bytes === null) {
    pause(50);
    bytes = storeBytes(data);
  }
  if (bytes === null) throw damaged(directory);
  // Free pages may be missing, which is no fault; what else was cut off, LMDB finds to be damaged when it is zero.
  const missing = bytes - statSync(data).size;
  if (missing > 0) appendFileSync(data, Buffer.alloc(missing));
}

/** How long the file should be, or null when it is not a store. */
function storeBytes(file: string): number | null {
  const descriptor = openSync(file, 'r');
  try {
    const first = readMeta(descriptor, 0);
    const second = first && readMeta(descriptor, first.pageSize);
    if (!first || !second) return null;
    return (Math.max(first.lastPage, second.lastPage) + 1) * first.pageSize;
  } finally {
    closeSync(descriptor);
  }
}

/** Null when there is no meta page at the offset. */
function readMeta(descriptor: number, offset: number): MetaPage | null {
  const page = new DataView(new ArrayBuffer(META.bytes));
  if (readSync(descriptor, page, 0, META.bytes, offset) !== META.bytes) return null;
  if (page.getUint32(META.magicAt, true) !== META.magic) return null;
  if (page.getUint16(META.versionAt, true) !== META.version) return null;
  return {
    pageSize: page.getUint32(META.pageSizeAt, true),
    lastPage: Number(page.getBigUint64(META.lastPageAt, true)),
  };
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Fails now, with an exception, when there is no room for a new store. */
function probeSpace(directory: string): void {
  const probe = path.join(directory, `${randomUUID()}.probe`);
  try {
    writeFileSync(probe, Buffer.alloc(NEW_STORE_BYTES), { flag: 'wx', flush: true });
  } finally {
    rmSync(probe, { force: true });
  }
}

/**
 * Creates LMDB's lock file with all its blocks on disk. LMDB itself would leave holes and map them into memory, and on a
 * full disk the first touch of a hole ends the process with a bus error.
 */
function reserveLockFile(directory: string, lock: string): void {
  if (process.platform === 'win32' || existsSync(lock)) return;
  const own = path.join(directory, `${randomUUID()}.lock`);
  try {
    writeFileSync(own, Buffer.alloc(LOCK_FILE_BYTES), { flag: 'wx', flush: true });
    linkWhereMissing(own, lock);
  } finally {
    rmSync(own, { force: true });
  }
}

/** A link appears whole or not at all, and never replaces the file that another process has just begun to use. */
function linkWhereMissing(own: string, file: string): void {
  try {
    linkSync(own, file);
  } catch {
    // Another process was faster, or this file system has no links: LMDB makes its own file then.
  }
}

function isEmpty(file: string): boolean {
  return !existsSync(file) || statSync(file).size === 0;
}

function damaged(directory: string): PictorError {
  return new PictorError('store_damaged', `data.mdb in ${directory} is not a store of Pictor, or is damaged.`);
}
