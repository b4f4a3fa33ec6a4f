/** @file Buckets: bytes in files, and an index that decides which file a key means. */
import type { Readable } from 'node:stream';
import { PictorError } from '../../contracts/index.ts';
import { checkKey } from '../names.ts';
import type { Bucket, ObjectInfo } from '../types.ts';
import { textKey, textOf, textRange } from './keys.ts';
import type { WrittenFile } from './object-files.ts';
import { decodeRecord, encodeRecord } from './records.ts';
import type { Session } from './session.ts';
import type { Store } from './store.ts';
import { closedError } from './store-errors.ts';

/** A file may be replaced between looking it up and opening it; that this happens so often in a row is not chance. */
const READ_TRIES = 10;

export class EmbeddedBucket implements Bucket {
  readonly #session: Session;
  readonly #name: string;

  constructor(session: Session, name: string) {
    this.#session = session;
    this.#name = name;
  }

  async put(
    key: string,
    body: Readable | Uint8Array,
    { maxBytes = Number.POSITIVE_INFINITY }: { readonly maxBytes?: number } = {},
  ): Promise<ObjectInfo> {
    const { files, ended } = this.#session;
    // A source may fail before anybody reads it, and an error event that nobody listens to ends the process.
    if (!(body instanceof Uint8Array)) body.on('error', () => {});
    try {
      checkKey('key', key);
      this.#session.check();
      const written = await files.write(body, { maxBytes, signal: ended, title: `"${key}"` });
      await this.#publish(key, written);
      return { key, bytes: written.bytes, sha256: written.sha256 };
    } catch (error) {
      if (!(body instanceof Uint8Array)) body.destroy();
      throw ended.aborted ? closedError() : error;
    }
  }

  async get(key: string): Promise<Readable | null> {
    checkKey('key', key);
    for (let tries = 0; tries < READ_TRIES; tries++) {
      const record = this.#record(key);
      if (!record) return null;
      const stream = await this.#session.files.read(record.file);
      if (stream) return stream;
    }
    throw new PictorError('store_damaged', `The file of "${key}" in bucket "${this.#name}" is missing.`);
  }

  async info(key: string): Promise<ObjectInfo | null> {
    checkKey('key', key);
    const record = this.#record(key);
    return record ? { key, bytes: record.bytes, sha256: record.sha256 } : null;
  }

  async list(prefix = ''): Promise<ObjectInfo[]> {
    return this.#session.read(() =>
      Array.from(this.#session.store.objects.getRange(textRange(this.#name, prefix)), (stored) => {
        const { bytes, sha256 } = decodeRecord<WrittenFile>(stored.value);
        return { key: textOf(stored.key), bytes, sha256 };
      }),
    );
  }

  async delete(key: string): Promise<void> {
    checkKey('key', key);
    const { store, files } = this.#session;
    const removed = await this.#session.write(() => {
      const stored = store.objects.get(textKey(this.#name, key));
      if (stored) store.objects.removeSync(textKey(this.#name, key));
      return stored ? decodeRecord<WrittenFile>(stored) : null;
    });
    if (removed) await files.remove(removed.file);
  }

  /** From here on the key means the new file. */
  async #publish(key: string, written: WrittenFile): Promise<void> {
    const { store, files } = this.#session;
    let replaced: WrittenFile | null;
    try {
      await files.flushNames();
      replaced = await this.#session.write(() => {
        const stored = store.objects.get(textKey(this.#name, key));
        store.objects.putSync(textKey(this.#name, key), encodeRecord(written));
        return stored ? decodeRecord<WrittenFile>(stored) : null;
      });
    } catch (error) {
      await files.remove(written.file);
      throw error;
    }
    if (replaced) await files.remove(replaced.file);
  }

  #record(key: string): WrittenFile | null {
    return this.#session.read(() => {
      const stored = this.#session.store.objects.get(textKey(this.#name, key));
      return stored ? decodeRecord<WrittenFile>(stored) : null;
    });
  }
}

/** The files that any bucket of the store refers to. */
export function referredFiles(store: Store): ReadonlySet<string> {
  return store.read(
    () => new Set(Array.from(store.objects.getRange(), (stored) => decodeRecord<WrittenFile>(stored.value).file)),
  );
}
