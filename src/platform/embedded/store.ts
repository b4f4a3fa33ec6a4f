/** @file One LMDB environment: reads, batched writes, and the number that grows with every change. */
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Database, open, type RootDatabase } from 'lmdb';
import { PictorError } from '../../contracts/index.ts';
import { numberOf, sequenceKey } from './keys.ts';
import { closedError, storeError } from './store-errors.ts';
import { prepareStore } from './store-files.ts';
import { WriterLock } from './writer-lock.ts';

export type Table = Database<Buffer, Buffer>;

/** Address space, not disk: the file is as long as its content, and LMDB takes more when this is not enough. */
const MAP_BYTES = 2 ** 30;
const MAX_READERS = 512;
const MAX_TABLES = 16;
const SEQUENCE = Buffer.from('sequence');

interface PendingWrite {
  readonly run: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The store of one data directory in this process. Other processes may have it open as well.
 * Every transaction is synchronous: the lock that all processes share is never held while a thread does something else,
 * and a failed commit is an exception where it happened.
 */
export class Store {
  readonly directory: string;
  /** Key-value: `name key` → revision, JSON. */
  readonly entries: Table;
  /** Key-value: sequence, `name key` → presence. The latest change of each key, and deletions for a while. */
  readonly changes: Table;
  /** Key-value: sequence → time of the deletion that `changes` holds under that sequence. */
  readonly deletions: Table;
  /** Topics: sequence → topic, time, JSON. */
  readonly messages: Table;
  /** Queues: `name w` or `name d`, sequence → state of a waiting (or held) or dead task. */
  readonly tasks: Table;
  /** Queues: `name id` → sequence of the task, JSON of the payload. */
  readonly payloads: Table;
  /** Buckets: `name key` → file, size, digest. */
  readonly objects: Table;

  readonly #root: RootDatabase;
  readonly #lock: WriterLock;
  readonly #meta: Table;
  readonly #afterCommit = new Set<() => void>();
  #pending: PendingWrite[] = [];
  #flushing: Promise<void> | null = null;
  /** Set inside a transaction that changed it. */
  #nextSequence: number | null = null;
  #closed = false;

  private constructor(directory: string, lock: WriterLock) {
    this.directory = directory;
    this.#lock = lock;
    this.#root = open({
      path: directory,
      noSubdir: false,
      mapSize: MAP_BYTES,
      maxDbs: MAX_TABLES,
      maxReaders: MAX_READERS,
      // Overlapping sync adds a second lock, whose recovery after a killed process is not as well proven.
      overlappingSync: false,
    });
    try {
      this.#meta = this.#table('meta');
      this.entries = this.#table('entries');
      this.changes = this.#table('changes');
      this.deletions = this.#table('deletions');
      this.messages = this.#table('messages');
      this.tasks = this.#table('tasks');
      this.payloads = this.#table('payloads');
      this.objects = this.#table('objects');
    } catch (error) {
      void this.#root.close();
      throw error;
    }
  }

  /** Opens or creates. Rejects with `disk_full`, `not_permitted`, `invalid_setting` or `store_damaged`. */
  static async open(directory: string): Promise<Store> {
    prepareStore(directory);
    const lock = new WriterLock(path.join(directory, 'writer.lock'));
    await lock.acquire();
    try {
      const store = new Store(directory, lock);
      // The first read asks LMDB for a place among the readers, which takes a lock as well.
      store.read(() => store.sequence());
      return store;
    } catch (error) {
      throw storeError(error, directory);
    } finally {
      lock.release();
    }
  }

  /** Runs a synchronous function on the newest state of the store; everything it reads belongs together. */
  read<T>(run: () => T): T {
    if (this.#closed) throw closedError();
    try {
      // The snapshot of this turn of the event loop may be older than what another process has acknowledged by now.
      this.#root.resetReadTxn();
      return run();
    } catch (error) {
      throw storeError(error, this.directory);
    }
  }

  /**
   * Runs a synchronous function in a write transaction and resolves when it is on disk.
   * Writes that are asked for while others are under way share a transaction. The function may throw a `PictorError` before its first
   * change; anything else that is thrown undoes the transaction.
   */
  write<T>(run: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const result = new Promise<T>((resolve, reject) => {
      this.#pending.push({ run, resolve: resolve as (result: unknown) => void, reject });
    });
    this.#flushing ??= this.#flush();
    return result;
  }

  /** Grows with every change that other processes may want to see. Inside `read` or `write`. */
  sequence(): number {
    if (this.#nextSequence !== null) return this.#nextSequence;
    const stored = this.#meta.get(SEQUENCE);
    return stored ? numberOf(stored) : 0;
  }

  /** Takes the next number. Inside `write` only. */
  nextSequence(): number {
    this.#nextSequence = this.sequence() + 1;
    this.#meta.putSync(SEQUENCE, sequenceKey(this.#nextSequence));
    return this.#nextSequence;
  }

  /** Calls the listener after every transaction of this process. */
  afterCommit(listener: () => void): void {
    this.#afterCommit.add(listener);
  }

  /** Frees what killed processes held for reading, so that their pages can be used again. */
  forgetDeadReaders(): void {
    this.#root.readerCheck();
  }

  /** Commits what is pending, then closes. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flushing;
    await this.#root.close();
  }

  #table(name: string): Table {
    return this.#root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
  }

  async #flush(): Promise<void> {
    await nextTurn();
    await this.#lock.acquire();
    const batch = this.#pending;
    this.#pending = [];
    this.#flushing = null;
    this.#commitAll(batch);
    this.#lock.release();
    for (const listener of this.#afterCommit) listener();
  }

  #commitAll(batch: readonly PendingWrite[]): void {
    try {
      this.#commit(batch);
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(storeError(error, this.directory));
      // One write must not take down those that happened to share its transaction.
      else for (const write of batch) this.#commitAlone(write);
    }
  }

  #commitAlone(write: PendingWrite): void {
    try {
      this.#commit([write]);
    } catch (error) {
      write.reject(storeError(error, this.directory));
    }
  }

  #commit(batch: readonly PendingWrite[]): void {
    const outcomes: (() => void)[] = [];
    try {
      this.#root.transactionSync(() => {
        for (const write of batch) {
          try {
            const result = write.run();
            outcomes.push(() => write.resolve(result));
          } catch (error) {
            if (!(error instanceof PictorError)) throw error;
            outcomes.push(() => write.reject(error));
          }
        }
      });
    } finally {
      this.#nextSequence = null;
    }
    for (const settle of outcomes) settle();
  }
}
