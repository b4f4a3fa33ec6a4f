/** @file Changes to a record that several processes write: compare-and-set, fenced, and not too often. */
import { PictorError } from '../contracts/index.ts';
import type { KeyValue } from '../platform/index.ts';

/** Must be pure: it is applied again when somebody else changed the record in between. */
export type Change<T> = (record: T) => T;

export interface RecordWriterOptions<T> {
  readonly store: KeyValue<T>;
  readonly key: string;
  /** Whether this process may still write the record, given what is stored now. */
  readonly holds: (record: T) => boolean;
  /** Called with the record as it will be, on every change, before it is stored. */
  readonly onChange?: (record: T) => void;
  /** Called when a delayed write failed. */
  readonly onError: (error: unknown) => void;
  /** Longest delay of `later`. Default 250. */
  readonly intervalMs?: number | ((record: T) => number);
}

interface Stored<T> {
  readonly value: T;
  readonly revision: number;
}

/** The writing end of one record, for the one worker that holds it. */
export class RecordWriter<T extends { readonly updatedAt: string }> {
  readonly #options: RecordWriterOptions<T>;
  #stored: Stored<T>;
  #current: T;
  #pending: Change<T>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RecordWriterOptions<T>, stored: Stored<T>) {
    this.#options = options;
    this.#stored = stored;
    this.#current = stored.value;
  }

  /** The record with every change so far, stored or not. */
  get record(): T {
    return this.#current;
  }

  /**
   * Changes the record and waits until that is stored.
   * @throws `lease_lost` when another worker holds the record by now, or it was deleted
   */
  async change(change: Change<T>): Promise<void> {
    this.#apply(change);
    await this.flush();
  }

  /** Changes the record soon, together with whatever else changes until then. */
  later(change: Change<T>): void {
    this.#apply(change);
    if (this.#timer) return;
    const { intervalMs = 250 } = this.#options;
    const delay = typeof intervalMs === 'number' ? intervalMs : intervalMs(this.#current);
    this.#timer = setTimeout(() => this.flush().catch(this.#options.onError), delay);
  }

  /** Stores what was changed. @throws `lease_lost` */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    await written;
  }

  /** Forgets changes that were not stored. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = [];
  }

  #apply(change: Change<T>): void {
    this.#pending.push(change);
    this.#current = change(this.#current);
    this.#options.onChange?.(this.#current);
  }

  async #write(): Promise<void> {
    const changes = this.#pending;
    if (changes.length === 0) return;
    this.#pending = [];
    try {
      await this.#store(changes);
    } catch (error) {
      this.#pending = [...changes, ...this.#pending];
      throw error;
    }
  }

  async #store(changes: readonly Change<T>[]): Promise<void> {
    const { store, key } = this.#options;
    for (;;) {
      const changed = changes.reduce((record, change) => change(record), this.#stored.value);
      const value = { ...changed, updatedAt: new Date().toISOString() };
      try {
        this.#stored = { value, revision: await store.update(key, value, this.#stored.revision) };
        return;
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
      await this.#reload(changes);
    }
  }

  async #reload(changes: readonly Change<T>[]): Promise<void> {
    const entry = await this.#options.store.get(this.#options.key);
    if (!entry || !this.#options.holds(entry.value)) {
      throw new PictorError('lease_lost', `Another worker has taken over "${this.#options.key}", or it was deleted.`);
    }
    this.#stored = entry;
    this.#current = [...changes, ...this.#pending].reduce((record, change) => change(record), entry.value);
  }
}

/**
 * Reads, changes and stores a record until nobody else came in between.
 * @param change returns null to leave the record as it is
 * @returns the record as it is stored afterwards; null when there is none
 */
export async function updateRecord<T extends { readonly updatedAt: string }>(
  store: KeyValue<T>,
  key: string,
  change: (record: T) => T | null,
): Promise<{ value: T; revision: number } | null> {
  for (;;) {
    const entry = await store.get(key);
    if (!entry) return null;
    const changed = change(entry.value);
    if (!changed) return entry;
    const value = { ...changed, updatedAt: new Date().toISOString() };
    try {
      return { value, revision: await store.update(key, value, entry.revision) };
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

export function isConflict(error: unknown): boolean {
  return error instanceof PictorError && error.code === 'conflict';
}

export function isLeaseLost(error: unknown): boolean {
  return error instanceof PictorError && error.code === 'lease_lost';
}
