/** @file The records of one queue: what is waiting, held and dead. All methods run inside a read or a write of the store. */
import { PictorError } from '../../contracts/index.ts';
import type { DeadLetter } from '../types.ts';
import { numberedKey, numberedRange, numberOf, textKey } from './keys.ts';
import { decodeNumbered, decodeRecord, encodeNumbered, encodeRecord, leadingNumber } from './records.ts';
import type { Store } from './store.ts';

export interface LeaseTerms {
  readonly leaseMs: number;
  readonly maxAttempts: number;
  readonly token: string;
  /** Who takes it, for the dead letter. */
  readonly holder: string;
}

export interface TakenTask {
  readonly id: string;
  readonly attempt: number;
  /** JSON. */
  readonly payload: string;
}

/** A task that is neither done nor dead. */
interface TaskRecord {
  readonly id: string;
  /** How often it was taken. */
  readonly attempts: number;
  /** How many of its leases ran out, without the present one. */
  readonly expirations: number;
  /** The reason of the last release. */
  readonly reason: string | null;
  readonly lease: LeaseRecord | null;
}

interface Task {
  readonly sequence: number;
  readonly record: TaskRecord;
}

interface LeaseRecord {
  readonly token: string;
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** The taker's cap, so that processes which only look agree with it. */
  readonly maxAttempts: number;
}

interface DeadRecord {
  readonly id: string;
  readonly attempts: number;
  readonly reason: string;
}

export class TaskTable {
  readonly #store: Store;
  readonly #name: string;
  readonly #waiting: Buffer;
  readonly #dead: Buffer;

  constructor(store: Store, name: string) {
    this.#store = store;
    this.#name = name;
    this.#waiting = textKey(name, 'w');
    this.#dead = textKey(name, 'd');
  }

  /** Does nothing when there is a task with this id, dead ones included. */
  add(id: string, payload: string): void {
    if (this.#sequence(id) !== null) return;
    const sequence = this.#store.nextSequence();
    this.#store.payloads.putSync(textKey(this.#name, id), encodeNumbered(sequence, payload));
    this.#put(sequence, { id, attempts: 0, expirations: 0, reason: null, lease: null });
  }

  /** Whether a `take` would do something now, and if not, when the next lease runs out. */
  outlook(now: number): { readonly ready: boolean; readonly nextExpiry: number } {
    let nextExpiry = Number.POSITIVE_INFINITY;
    for (const { record } of this.#tasks()) {
      if (!isHeld(record, now)) return { ready: true, nextExpiry: now };
      nextExpiry = Math.min(nextExpiry, record.lease.until);
    }
    return { ready: false, nextExpiry };
  }

  /** Takes the oldest task that nobody holds; buries those on the way whose last lease ran out. */
  take(terms: LeaseTerms, now: number): TakenTask | null {
    const exhausted: Task[] = [];
    let next: Task | null = null;
    for (const task of this.#tasks()) {
      if (isExhausted(task.record, now)) exhausted.push(task);
      else if (!isHeld(task.record, now)) next = task;
      if (next) break;
    }
    for (const { sequence, record } of exhausted) this.#bury(sequence, record, expiryReason(record));
    return next && this.#lease(next, terms, now);
  }

  /** Throws `lease_lost`, like the next two. */
  extend(id: string, token: string, leaseMs: number, now: number): void {
    const { sequence, record, lease } = this.#held(id, token, now);
    const until = now + leaseMs;
    this.#put(sequence, { ...record, lease: { ...lease, until } });
    // Those who wait for the end of the lease must hear that it comes sooner.
    if (until < lease.until) this.#store.nextSequence();
  }

  complete(id: string, token: string, now: number): void {
    const { sequence } = this.#held(id, token, now);
    this.#erase(this.#waiting, sequence, id);
  }

  release(id: string, token: string, reason: string, now: number): void {
    const { sequence, record, lease } = this.#held(id, token, now);
    if (record.attempts >= lease.maxAttempts) this.#bury(sequence, record, reason);
    else this.#put(sequence, { ...record, lease: null, reason });
    this.#store.nextSequence();
  }

  /** Removes a task that nobody holds, dead ones included. */
  remove(id: string, now: number): boolean {
    const sequence = this.#sequence(id);
    if (sequence === null) return false;
    const record = this.#get(sequence);
    if (record && isHeld(record, now)) return false;
    this.#erase(record ? this.#waiting : this.#dead, sequence, id);
    return true;
  }

  /** Oldest task first. */
  deadLetters<T>(now: number): DeadLetter<T>[] {
    const dead = Array.from(this.#store.tasks.getRange(numberedRange(this.#dead)), (stored) => ({
      sequence: numberOf(stored.key),
      ...decodeRecord<DeadRecord>(stored.value),
    }));
    for (const { sequence, record } of this.#tasks()) {
      if (isExhausted(record, now)) dead.push({ sequence, ...deadRecord(record, expiryReason(record)) });
    }
    dead.sort((a, b) => a.sequence - b.sequence);
    return dead.map(({ id, attempts, reason }) => ({
      id,
      payload: JSON.parse(this.#payload(id)) as T,
      attempts,
      reason,
    }));
  }

  depth(now: number): { waiting: number; leased: number; dead: number } {
    const count = { waiting: 0, leased: 0, dead: this.#store.tasks.getKeysCount(numberedRange(this.#dead)) };
    for (const { record } of this.#tasks()) {
      if (isHeld(record, now)) count.leased += 1;
      else if (isExhausted(record, now)) count.dead += 1;
      else count.waiting += 1;
    }
    return count;
  }

  #lease({ sequence, record }: Task, terms: LeaseTerms, now: number): TakenTask {
    const attempts = record.attempts + 1;
    this.#put(sequence, {
      ...record,
      attempts,
      expirations: record.expirations + (record.lease ? 1 : 0),
      lease: { token: terms.token, holder: terms.holder, until: now + terms.leaseMs, maxAttempts: terms.maxAttempts },
    });
    return { id: record.id, attempt: attempts, payload: this.#payload(record.id) };
  }

  /** Waiting and held ones, oldest first. Do not change the table meanwhile. */
  *#tasks(): Generator<Task> {
    for (const stored of this.#store.tasks.getRange(numberedRange(this.#waiting))) {
      yield { sequence: numberOf(stored.key), record: decodeRecord<TaskRecord>(stored.value) };
    }
  }

  #held(id: string, token: string, now: number): Task & { readonly lease: LeaseRecord } {
    const sequence = this.#sequence(id);
    const record = sequence === null ? null : this.#get(sequence);
    const lease = record?.lease;
    if (sequence !== null && record && lease?.token === token && lease.until > now) return { sequence, record, lease };
    const why =
      lease?.token === token
        ? `ran out ${Math.round(now - lease.until)} ms ago`
        : lease && lease.until > now
          ? `ran out, and the task was given to ${lease.holder}`
          : 'is over';
    throw new PictorError('lease_lost', `The lease on task "${id}" of queue "${this.#name}" ${why}.`, {
      details: { id },
    });
  }

  #sequence(id: string): number | null {
    const stored = this.#store.payloads.get(textKey(this.#name, id));
    return stored ? leadingNumber(stored) : null;
  }

  #payload(id: string): string {
    return decodeNumbered(this.#store.payloads.get(textKey(this.#name, id))!).text;
  }

  #get(sequence: number): TaskRecord | null {
    const stored = this.#store.tasks.get(numberedKey(this.#waiting, sequence));
    return stored ? decodeRecord<TaskRecord>(stored) : null;
  }

  #put(sequence: number, record: TaskRecord): void {
    this.#store.tasks.putSync(numberedKey(this.#waiting, sequence), encodeRecord(record));
  }

  #bury(sequence: number, record: TaskRecord, reason: string): void {
    this.#store.tasks.removeSync(numberedKey(this.#waiting, sequence));
    this.#store.tasks.putSync(numberedKey(this.#dead, sequence), encodeRecord(deadRecord(record, reason)));
  }

  #erase(prefix: Buffer, sequence: number, id: string): void {
    this.#store.tasks.removeSync(numberedKey(prefix, sequence));
    this.#store.payloads.removeSync(textKey(this.#name, id));
  }
}

function isHeld(record: TaskRecord, now: number): record is TaskRecord & { readonly lease: LeaseRecord } {
  return record.lease !== null && record.lease.until > now;
}

/** Taken as often as allowed, and the last lease ran out. */
function isExhausted(record: TaskRecord, now: number): boolean {
  return record.lease !== null && record.lease.until <= now && record.attempts >= record.lease.maxAttempts;
}

function deadRecord(record: TaskRecord, reason: string): DeadRecord {
  return { id: record.id, attempts: record.attempts, reason };
}

function expiryReason(record: TaskRecord): string {
  const times = record.expirations + 1;
  const expired = `lease ran out ${times === 1 ? 'once' : `${times} times`}, last held by ${record.lease?.holder}`;
  return record.reason === null ? expired : `${expired}; released before: ${record.reason}`;
}
