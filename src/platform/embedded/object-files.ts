/** @file The files behind buckets: written to the end before anything refers to them, never changed afterwards. */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdirSync } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { PictorError } from '../../contracts/index.ts';
import { isAlive } from '../processes.ts';
import { storeError } from './store-errors.ts';

/** After this long without a change, a file that nothing refers to is left over, whoever wrote it. */
const SURELY_STALE_MS = 24 * 60 * 60 * 1000;
/** File times and the process clock may differ by this much. */
const CLOCK_SLACK_MS = 1000;

export interface WrittenFile {
  /** Name inside the folder. */
  readonly file: string;
  readonly bytes: number;
  /** sha256, hex. */
  readonly sha256: string;
}

export interface WriteOptions {
  readonly maxBytes: number;
  /** Ends the writing. */
  readonly signal: AbortSignal;
  /** For messages. */
  readonly title: string;
}

/**
 * Files named `RANDOM.HOST.PID`. Keys never become file names, so no key can escape the folder or meet another one on a
 * disk that ignores case; the writer's host and process tell later which files a killed process left behind.
 */
export class ObjectFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw storeError(error, folder);
    }
  }

  /**
   * Stores a body in a new file and flushes it to the disk; leaves nothing behind when that fails.
   * Rejects with `body_too_large`, `disk_full`, or what the source failed with.
   */
  async write(body: Readable | Uint8Array, options: WriteOptions): Promise<WrittenFile> {
    const file = `${randomUUID()}.${ownHost()}.${process.pid}`;
    try {
      const handle = await this.#guard(open(path.join(this.#folder, file), 'wx'));
      try {
        const written = await this.#fill(handle, body, options);
        await this.#guard(handle.sync());
        return { file, ...written };
      } finally {
        await handle.close();
      }
    } catch (error) {
      await this.remove(file);
      throw error;
    }
  }

  /** Makes the names of the files written so far survive a power cut. */
  async flushNames(): Promise<void> {
    if (process.platform === 'win32') return; // folders cannot be flushed there
    const folder = await this.#guard(open(this.#folder, 'r'));
    try {
      await this.#guard(folder.sync());
    } finally {
      await folder.close();
    }
  }

  /** Null when there is no such file. */
  async read(file: string): Promise<Readable | null> {
    const stream = createReadStream(path.join(this.#folder, file));
    try {
      await once(stream, 'open');
      return stream;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw storeError(error, this.#folder);
    }
  }

  async remove(file: string): Promise<void> {
    await this.#guard(rm(path.join(this.#folder, file), { force: true }));
  }

  /** Removes what dead processes left behind. `referred` gives the files in use and is asked after the writers were. */
  async sweep(referred: () => ReadonlySet<string>): Promise<void> {
    const stale: string[] = [];
    for (const file of await this.#guard(readdir(this.#folder))) {
      if (await this.#isOwnerGone(file)) stale.push(file);
    }
    if (stale.length === 0) return;
    const inUse = referred();
    for (const file of stale) if (!inUse.has(file)) await this.remove(file);
  }

  async #fill(
    handle: FileHandle,
    body: Readable | Uint8Array,
    { maxBytes, signal, title }: WriteOptions,
  ): Promise<{ bytes: number; sha256: string }> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of body instanceof Uint8Array ? [body] : addAbortSignal(signal, body)) {
      const part: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      bytes += part.byteLength;
      if (bytes > maxBytes) {
        throw new PictorError('body_too_large', `${title} is longer than the ${maxBytes} bytes that are allowed.`, {
          details: { maxBytes },
        });
      }
      hash.update(part);
      await this.#guard(handle.writeFile(part));
    }
    return { bytes, sha256: hash.digest('hex') };
  }

  async #isOwnerGone(file: string): Promise<boolean> {
    const [, host, pid] = file.split('.');
    const changed = await stat(path.join(this.#folder, file)).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
    if (changed === null) return false; // somebody else removed it
    if (Date.now() - changed > SURELY_STALE_MS) return true;
    if (host !== ownHost()) return false;
    if (Number(pid) !== process.pid) return !isAlive(Number(pid));
    // The same number as ours: an earlier process had it, as in a container that was started again.
    return changed < Date.now() - process.uptime() * 1000 - CLOCK_SLACK_MS;
  }

  async #guard<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      throw storeError(error, this.#folder);
    }
  }
}

/** Host names may hold anything; a digest of one fits a file name. */
function ownHost(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}
