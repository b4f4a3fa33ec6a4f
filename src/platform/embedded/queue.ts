/** @file Queues: tasks with leases that run out by the wall clock. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { checkKey } from '../names.ts';
import type { DeadLetter, Lease, Queue } from '../types.ts';
import { toJson } from './records.ts';
import type { Session } from './session.ts';
import { TaskTable } from './task-table.ts';

const DEFAULT_MAX_ATTEMPTS = 3;

interface ReceiveOptions {
  readonly leaseMs: number;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

interface Wait {
  readonly waitMs: number;
  /** When the next lease runs out. */
  readonly nextExpiry: number;
  /** Of the store, when there was no task. */
  readonly sequence: number;
  readonly signal: AbortSignal | undefined;
}

export class EmbeddedQueue<T> implements Queue<T> {
  readonly #session: Session;
  readonly #tasks: TaskTable;
  readonly #maxAttempts: number;

  /** Throws `RangeError` when `maxAttempts` is not a whole number from 1. */
  constructor(session: Session, name: string, maxAttempts = DEFAULT_MAX_ATTEMPTS) {
    if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
      throw new RangeError(`maxAttempts must be a whole number from 1, not ${maxAttempts}.`);
    }
    this.#session = session;
    this.#tasks = new TaskTable(session.store, name);
    this.#maxAttempts = maxAttempts;
  }

  async send(payload: T, { id = randomUUID() }: { readonly id?: string } = {}): Promise<string> {
    checkKey('task id', id);
    const text = toJson(payload);
    await this.#session.write(() => this.#tasks.add(id, text));
    return id;
  }

  async receive(options: ReceiveOptions): Promise<Lease<T> | null> {
    const { leaseMs, waitMs = 0, signal } = options;
    checkLease(leaseMs);
    this.#session.check();
    const end = performance.now() + waitMs;
    while (!signal?.aborted && !this.#session.ended.aborted) {
      const { ready, nextExpiry, sequence } = this.#look();
      const lease = ready ? await this.#take(leaseMs) : null;
      if (lease) return lease;
      const left = end - performance.now();
      if (left <= 0) return null;
      await this.#change({ waitMs: left, nextExpiry, sequence, signal });
    }
    return null;
  }

  async extend(lease: Lease<T>, leaseMs: number): Promise<void> {
    checkLease(leaseMs);
    await this.#session.write(() => this.#tasks.extend(lease.id, lease.token, leaseMs, this.#session.now()));
  }

  async complete(lease: Lease<T>): Promise<void> {
    await this.#session.write(() => this.#tasks.complete(lease.id, lease.token, this.#session.now()));
  }

  async release(lease: Lease<T>, reason: string): Promise<void> {
    await this.#session.write(() => this.#tasks.release(lease.id, lease.token, reason, this.#session.now()));
  }

  async deadLetters(): Promise<DeadLetter<T>[]> {
    return this.#session.read(() => this.#tasks.deadLetters<T>(this.#session.now()));
  }

  async remove(id: string): Promise<boolean> {
    return await this.#session.write(() => this.#tasks.remove(id, this.#session.now()));
  }

  async depth(): Promise<{ waiting: number; leased: number; dead: number }> {
    return this.#session.read(() => this.#tasks.depth(this.#session.now()));
  }

  /** Null when another process was faster. */
  async #take(leaseMs: number): Promise<Lease<T> | null> {
    const terms = {
      leaseMs,
      maxAttempts: this.#maxAttempts,
      token: randomUUID(),
      holder: `process ${process.pid} on ${hostname()}`,
    };
    const taken = await this.#session.write(() => this.#tasks.take(terms, this.#session.now()));
    if (!taken) return null;
    return {
      id: taken.id,
      payload: JSON.parse(taken.payload) as T,
      attempt: taken.attempt,
      token: terms.token,
    };
  }

  #look(): { ready: boolean; nextExpiry: number; sequence: number } {
    const { store, now } = this.#session;
    return this.#session.read(() => ({ ...this.#tasks.outlook(now()), sequence: store.sequence() }));
  }

  /** Resolves when there may be a task again, when the time is up, or at the end of it all. Keeps the process alive. */
  #change({ waitMs, nextExpiry, sequence, signal }: Wait): Promise<void> {
    const { feed, ended } = this.#session;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        stopListening();
        signal?.removeEventListener('abort', done);
        ended.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      const stopListening = feed.onTick((current) => {
        if (current !== sequence || this.#session.now() >= nextExpiry) done();
      });
      signal?.addEventListener('abort', done, { once: true });
      ended.addEventListener('abort', done, { once: true });
    });
  }
}

function checkLease(leaseMs: number): void {
  if (Number.isFinite(leaseMs) && leaseMs > 0) return;
  throw new RangeError(`leaseMs must be a number of milliseconds above 0, not ${leaseMs}.`);
}
