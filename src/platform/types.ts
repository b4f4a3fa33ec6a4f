/** @file The four primitives everything distributed is made of. Every provider passes the same conformance suite. */
import type { Readable } from 'node:stream';

/** Named byte streams. An object appears whole, when its last byte is stored, or not at all. */
export interface Bucket {
  /**
   * Stores an object, replacing an older one. `maxBytes` refuses longer ones with `body_too_large`.
   * A stream is read to its end, or destroyed when that fails; what it fails with is what the call rejects with.
   */
  put(key: string, body: Readable | Uint8Array, options?: { readonly maxBytes?: number }): Promise<ObjectInfo>;
  /** Null when there is no such object. What is being read stays whole while it is replaced or deleted. */
  get(key: string): Promise<Readable | null>;
  info(key: string): Promise<ObjectInfo | null>;
  /** Keys that start with the prefix, in order. */
  list(prefix?: string): Promise<ObjectInfo[]>;
  /** Does nothing when there is no such object. */
  delete(key: string): Promise<void>;
}

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  /** sha256, hex. */
  readonly sha256: string;
}

/** JSON values with revisions. A revision grows with every change of its key and is never 0. */
export interface KeyValue<T> {
  get(key: string): Promise<KeyValueEntry<T> | null>;
  /** Sets whatever was there. Returns the new revision. */
  put(key: string, value: T): Promise<number>;
  /** Sets only when the stored revision is still `revision` (0: no such key); else throws `conflict`. Returns the new one. */
  update(key: string, value: T, revision: number): Promise<number>;
  delete(key: string): Promise<void>;
  /** Entries whose key starts with the prefix, by key. */
  list(prefix?: string): Promise<KeyValueEntry<T>[]>;
  /**
   * Calls the listener for every later change under the prefix, made by whatever process, until the returned function
   * is called. Fast changes of one key may be merged; the last one always arrives. A deletion has value null.
   * Listeners may be given the same value: do not change it.
   */
  watch(prefix: string, listener: (change: KeyValueChange<T>) => void): Promise<Unsubscribe>;
}

export interface KeyValueEntry<T> {
  readonly key: string;
  readonly value: T;
  readonly revision: number;
}

export interface KeyValueChange<T> {
  readonly key: string;
  readonly value: T | null;
  readonly revision: number;
}

export type Unsubscribe = () => void;

/** Work that is done once, by whoever holds its lease. Oldest first. */
export interface Queue<T> {
  /** Returns the task's id. Does nothing when there is a task with that id already, waiting, held or dead. */
  send(payload: T, options?: { readonly id?: string }): Promise<string>;
  /**
   * Takes the oldest task that nobody holds, for `leaseMs`; waits up to `waitMs` (default 0) for one. Null when there is none.
   * A task whose lease ran out is given again; one taken `maxAttempts` times goes to the dead letters instead.
   * The signal ends the waiting: null. So does closing the platform.
   */
  receive(options: {
    readonly leaseMs: number;
    readonly waitMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<Lease<T> | null>;
  /** Prolongs a lease to `leaseMs` from now. Throws `lease_lost` when it ran out or was given away. */
  extend(lease: Lease<T>, leaseMs: number): Promise<void>;
  /** Done: the task is gone. Throws `lease_lost`. */
  complete(lease: Lease<T>): Promise<void>;
  /** Gives the task back, to be taken at once; `reason` is kept. At the attempt cap it goes to the dead letters. Throws `lease_lost`. */
  release(lease: Lease<T>, reason: string): Promise<void>;
  /** Tasks that were given up, with the reason. */
  deadLetters(): Promise<DeadLetter<T>[]>;
  /** Removes a task that nobody holds, a dead one too; false when it is held or gone. */
  remove(id: string): Promise<boolean>;
  depth(): Promise<{ readonly waiting: number; readonly leased: number; readonly dead: number }>;
}

export interface Lease<T> {
  readonly id: string;
  readonly payload: T;
  /** 1 at the first try. */
  readonly attempt: number;
  /** Proof of holding; another holder gets another one. */
  readonly token: string;
}

export interface DeadLetter<T> {
  readonly id: string;
  readonly payload: T;
  readonly attempts: number;
  readonly reason: string;
}

/** Messages to whoever listens now, in whatever process; nobody listening means nobody hears. */
export interface Topic<T> {
  publish(message: T): Promise<void>;
  subscribe(listener: (message: T) => void): Promise<Unsubscribe>;
}

/**
 * A provider: hands out primitives by name. Asking twice for a name gives the same data.
 * Names are lower-case letters, digits, dashes and underscores, at most 64; keys and task ids are any text without control
 * characters, 1 to 512 bytes as UTF-8. Others are refused with `platform_name_invalid`.
 * Any call may reject with `disk_full` or `store_damaged`, and after `close()` with `store_closed`.
 */
export interface Platform {
  bucket(name: string): Bucket;
  keyValue<T>(name: string): KeyValue<T>;
  /** `maxAttempts`: how often a task may be taken before it becomes a dead letter. Default 3. */
  queue<T>(name: string, options?: { readonly maxAttempts?: number }): Queue<T>;
  topic<T>(name: string): Topic<T>;
  /** Ends watches and subscriptions and closes the store. */
  close(): Promise<void>;
}
