/** @file Key-value stores: an entry, and in the change log the latest change of each key. */
import { PictorError } from '../../contracts/index.ts';
import { checkKey } from '../names.ts';
import type { KeyValue, KeyValueChange, KeyValueEntry, Unsubscribe } from '../types.ts';
import { sequenceKey, textKey, textOf, textRange } from './keys.ts';
import { decodeNumbered, encodeNumbered, leadingNumber, toJson } from './records.ts';
import type { Session } from './session.ts';

/** How long a deletion stays in the log for processes that look late. */
const KEEP_DELETIONS_MS = 60 * 60 * 1000;
/** Old deletions removed along with a new one: more than one, so that they run out. */
const PRUNE_AT_ONCE = 8;
const PRESENT = Buffer.from([1]);

export class EmbeddedKeyValue<T> implements KeyValue<T> {
  readonly #session: Session;
  readonly #name: string;

  constructor(session: Session, name: string) {
    this.#session = session;
    this.#name = name;
  }

  async get(key: string): Promise<KeyValueEntry<T> | null> {
    checkKey('key', key);
    return this.#session.read(() => {
      const stored = this.#session.store.entries.get(textKey(this.#name, key));
      return stored ? entryOf<T>(key, stored) : null;
    });
  }

  async put(key: string, value: T): Promise<number> {
    checkKey('key', key);
    const text = toJson(value);
    return await this.#session.write(() => this.#set(key, text));
  }

  async update(key: string, value: T, revision: number): Promise<number> {
    checkKey('key', key);
    const text = toJson(value);
    return await this.#session.write(() => {
      const stored = this.#revision(key);
      if (stored !== revision) throw conflict(this.#name, key, stored, revision);
      return this.#set(key, text);
    });
  }

  async delete(key: string): Promise<void> {
    checkKey('key', key);
    await this.#session.write(() => {
      const { store } = this.#session;
      const revision = this.#revision(key);
      if (revision === 0) return;
      const sequence = store.nextSequence();
      store.entries.removeSync(textKey(this.#name, key));
      store.changes.removeSync(this.#changeKey(revision, key));
      store.changes.putSync(this.#changeKey(sequence, key), PRESENT);
      store.deletions.putSync(sequenceKey(sequence), encodeNumbered(Date.now(), ''));
      this.#pruneDeletions();
    });
  }

  async list(prefix = ''): Promise<KeyValueEntry<T>[]> {
    return this.#session.read(() =>
      Array.from(this.#session.store.entries.getRange(textRange(this.#name, prefix)), (record) =>
        entryOf<T>(textOf(record.key), record.value),
      ),
    );
  }

  async watch(prefix: string, listener: (change: KeyValueChange<T>) => void): Promise<Unsubscribe> {
    this.#session.check();
    const unsubscribe = this.#session.feed.onEntry(this.#name, prefix, (change) =>
      listener(change as KeyValueChange<T>),
    );
    return this.#session.keep(unsubscribe);
  }

  /** Inside a write. */
  #set(key: string, text: string): number {
    const { store } = this.#session;
    const previous = this.#revision(key);
    const revision = store.nextSequence();
    store.entries.putSync(textKey(this.#name, key), encodeNumbered(revision, text));
    if (previous > 0) store.changes.removeSync(this.#changeKey(previous, key));
    store.changes.putSync(this.#changeKey(revision, key), PRESENT);
    return revision;
  }

  /** 0: no such key. */
  #revision(key: string): number {
    const stored = this.#session.store.entries.get(textKey(this.#name, key));
    return stored ? leadingNumber(stored) : 0;
  }

  #changeKey(revision: number, key: string): Buffer {
    return Buffer.concat([sequenceKey(revision), textKey(this.#name, key)]);
  }

  #pruneDeletions(): void {
    const { changes, deletions } = this.#session.store;
    const oldest = [...deletions.getRange({ limit: PRUNE_AT_ONCE })];
    for (const deletion of oldest) {
      if (leadingNumber(deletion.value) > Date.now() - KEEP_DELETIONS_MS) return;
      const [change] = changes.getKeys({ start: deletion.key, limit: 1 });
      if (change?.subarray(0, deletion.key.length).equals(deletion.key)) changes.removeSync(change);
      deletions.removeSync(deletion.key);
    }
  }
}

function entryOf<T>(key: string, stored: Buffer): KeyValueEntry<T> {
  const { number, text } = decodeNumbered(stored);
  return { key, value: JSON.parse(text) as T, revision: number };
}

function conflict(name: string, key: string, stored: number, expected: number): PictorError {
  const found = stored === 0 ? 'is not there' : `is at revision ${stored}`;
  const wanted = expected === 0 ? 'should not have been there' : `should have been at revision ${expected}`;
  return new PictorError('conflict', `"${key}" in "${name}" ${found}; it ${wanted}.`, {
    details: { key, revision: stored, expected },
  });
}
