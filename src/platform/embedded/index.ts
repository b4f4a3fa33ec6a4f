/** @file The embedded provider: everything in one folder, which several processes of one machine may share. */
import { checkName } from '../names.ts';
import type { Bucket, KeyValue, Platform, Queue, Topic } from '../types.ts';
import { EmbeddedBucket } from './bucket.ts';
import { acquireEnvironment } from './environment.ts';
import { EmbeddedKeyValue } from './key-value.ts';
import { EmbeddedQueue } from './queue.ts';
import { Session } from './session.ts';
import { EmbeddedTopic } from './topic.ts';

export interface EmbeddedOptions {
  /** The clock of leases, in milliseconds since 1970. Default: the wall clock. For tests. */
  readonly now?: () => number;
}

/**
 * Opens the platform kept in a folder, and creates what is missing. It may be opened several times, by several processes
 * of one machine; not over a network file system. What was acknowledged survives the death of every process.
 *
 * Its timers keep no process alive, except while a `receive` waits.
 * @param directory a folder of its own
 * @throws PictorError `disk_full`, `not_permitted`, `invalid_setting` (a file is in the way), `store_damaged`
 */
export async function openEmbeddedPlatform(directory: string, options: EmbeddedOptions = {}): Promise<Platform> {
  const { environment, release } = await acquireEnvironment(directory);
  return new EmbeddedPlatform(new Session(environment, options.now ?? Date.now), release);
}

class EmbeddedPlatform implements Platform {
  readonly #session: Session;
  readonly #release: () => Promise<void>;
  #closed: Promise<void> | null = null;

  constructor(session: Session, release: () => Promise<void>) {
    this.#session = session;
    this.#release = release;
  }

  bucket(name: string): Bucket {
    checkName('bucket', name);
    return new EmbeddedBucket(this.#session, name);
  }

  keyValue<T>(name: string): KeyValue<T> {
    checkName('key-value', name);
    return new EmbeddedKeyValue<T>(this.#session, name);
  }

  queue<T>(name: string, options: { readonly maxAttempts?: number } = {}): Queue<T> {
    checkName('queue', name);
    return new EmbeddedQueue<T>(this.#session, name, options.maxAttempts);
  }

  topic<T>(name: string): Topic<T> {
    checkName('topic', name);
    return new EmbeddedTopic<T>(this.#session, name);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.#session.end();
    await this.#release();
  }
}
