/** @file Tells this process what changed in the store, whichever process changed it. */
import type { Unsubscribe } from '../types.ts';
import { numberOf, sequenceKey, textKey } from './keys.ts';
import { decodeNumbered } from './records.ts';
import type { Store } from './store.ts';

const POLL_MS = 50;
const READER_CHECK_MS = 60_000;
const SEQUENCE_BYTES = 8;

/** A change of a key; the value is null when the key was deleted. Listeners share the value and must not change it. */
export interface EntryChange {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
}

interface EntryListener {
  readonly prefix: string;
  /** Only what came later is told. */
  readonly since: number;
  readonly call: (change: EntryChange) => void;
}

interface MessageListener {
  readonly since: number;
  readonly call: (message: unknown) => void;
}

/**
 * Looks at the store's sequence every 50 ms and after each commit of this process, and reads what is new only when it grew.
 * Its timer does not keep the process alive.
 */
export class ChangeFeed {
  readonly #store: Store;
  readonly #entryListeners = new Map<string, Set<EntryListener>>();
  readonly #messageListeners = new Map<string, Set<MessageListener>>();
  readonly #tickListeners = new Set<(sequence: number) => void>();
  #timer: NodeJS.Timeout | null = null;
  #listeners = 0;
  #cursor = 0;
  #lastReaderCheck = Date.now();
  #pokeScheduled = false;

  constructor(store: Store) {
    this.#store = store;
    store.afterCommit(() => this.#poke());
  }

  /** Later changes of the keys of a key-value store that start with the prefix. */
  onEntry(name: string, prefix: string, call: (change: EntryChange) => void): Unsubscribe {
    return this.#add(this.#entryListeners, name, (since) => ({ prefix, since, call }));
  }

  /** Later messages of a topic. */
  onMessage(topic: string, call: (message: unknown) => void): Unsubscribe {
    return this.#add(this.#messageListeners, topic, (since) => ({ since, call }));
  }

  /** Every look at the store, with its sequence. */
  onTick(call: (sequence: number) => void): Unsubscribe {
    this.#tickListeners.add(call);
    this.#start();
    return this.#once(() => this.#tickListeners.delete(call));
  }

  close(): void {
    this.#entryListeners.clear();
    this.#messageListeners.clear();
    this.#tickListeners.clear();
    this.#stop();
  }

  #add<L>(listeners: Map<string, Set<L>>, name: string, listenerSince: (sequence: number) => L): Unsubscribe {
    const set = listeners.get(name) ?? new Set<L>();
    listeners.set(name, set);
    this.#start();
    // Asked after the start: what comes after this number, the feed will see.
    const listener = listenerSince(this.#currentSequence());
    set.add(listener);
    return this.#once(() => set.delete(listener));
  }

  #once(remove: () => void): Unsubscribe {
    let active = true;
    return () => {
      if (!active) return;
      active = false;
      remove();
      this.#listeners -= 1;
      if (this.#listeners === 0) this.#stop();
    };
  }

  #start(): void {
    this.#listeners += 1;
    if (this.#timer) return;
    this.#cursor = this.#currentSequence();
    this.#timer = setInterval(() => this.#look(), POLL_MS).unref();
  }

  #stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #currentSequence(): number {
    return this.#store.read(() => this.#store.sequence());
  }

  /** Soon, but not inside the write that caused it. */
  #poke(): void {
    if (!this.#timer || this.#pokeScheduled) return;
    this.#pokeScheduled = true;
    setImmediate(() => {
      this.#pokeScheduled = false;
      if (this.#timer) this.#look();
    });
  }

  #look(): void {
    const before = this.#cursor;
    const deliveries: (() => void)[] = [];
    try {
      this.#checkReaders();
      this.#cursor = this.#store.read(() => this.#collect(before, deliveries));
    } catch {
      // Whoever reads or writes meets the same fault and can answer it; the next look starts where this one did.
      return;
    }
    for (const deliver of deliveries) guarded(deliver);
    for (const call of [...this.#tickListeners]) guarded(() => call(this.#cursor));
  }

  #collect(after: number, deliveries: (() => void)[]): number {
    const sequence = this.#store.sequence();
    if (sequence !== after) {
      this.#collectEntries(after, deliveries);
      this.#collectMessages(after, deliveries);
    }
    return sequence;
  }

  #collectEntries(after: number, deliveries: (() => void)[]): void {
    if (this.#entryListeners.size === 0) return;
    for (const record of this.#store.changes.getRange({ start: sequenceKey(after + 1) })) {
      const revision = numberOf(record.key.subarray(0, SEQUENCE_BYTES));
      const entryKey = record.key.toString('utf8', SEQUENCE_BYTES);
      const separator = entryKey.indexOf('\0');
      const name = entryKey.slice(0, separator);
      const key = entryKey.slice(separator + 1);
      const set = this.#entryListeners.get(name);
      const wanted = [...(set ?? [])].filter((each) => revision > each.since && key.startsWith(each.prefix));
      if (wanted.length === 0) continue;
      const deleted = this.#store.deletions.doesExist(sequenceKey(revision));
      const stored = deleted ? undefined : this.#store.entries.get(textKey(name, key));
      const value: unknown = stored ? JSON.parse(decodeNumbered(stored).text) : null;
      for (const each of wanted) {
        deliveries.push(() => {
          if (set!.has(each)) each.call({ key, value, revision });
        });
      }
    }
  }

  #collectMessages(after: number, deliveries: (() => void)[]): void {
    if (this.#messageListeners.size === 0) return;
    for (const record of this.#store.messages.getRange({ start: sequenceKey(after + 1) })) {
      const sequence = numberOf(record.key.subarray(0, SEQUENCE_BYTES));
      const set = this.#messageListeners.get(record.key.toString('utf8', SEQUENCE_BYTES));
      const wanted = [...(set ?? [])].filter((each) => sequence > each.since);
      if (wanted.length === 0) continue;
      const { text } = decodeNumbered(record.value);
      for (const each of wanted) {
        deliveries.push(() => {
          if (set!.has(each)) each.call(JSON.parse(text));
        });
      }
    }
  }

  #checkReaders(): void {
    if (Date.now() - this.#lastReaderCheck < READER_CHECK_MS) return;
    this.#lastReaderCheck = Date.now();
    this.#store.forgetDeadReaders();
  }
}

/** A listener that throws is reported as an uncaught exception, without keeping the news from the others. */
function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
