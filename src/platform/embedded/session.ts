/** @file What the primitives of one opened platform share: the store, its feed, the clock, and the end of it all. */
import type { Unsubscribe } from '../types.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ObjectFiles } from './object-files.ts';
import type { Store } from './store.ts';
import { closedError } from './store-errors.ts';

export class Session {
  readonly store: Store;
  readonly feed: ChangeFeed;
  readonly files: ObjectFiles;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly #ending = new AbortController();
  readonly #subscriptions = new Set<Unsubscribe>();

  constructor(parts: { store: Store; feed: ChangeFeed; files: ObjectFiles }, now: () => number) {
    this.store = parts.store;
    this.feed = parts.feed;
    this.files = parts.files;
    this.now = now;
  }

  /** Aborted when the platform is closed. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  /** Throws `store_closed` after the end. */
  check(): void {
    if (this.ended.aborted) throw closedError();
  }

  read<T>(run: () => T): T {
    this.check();
    return this.store.read(run);
  }

  async write<T>(run: () => T): Promise<T> {
    this.check();
    return await this.store.write(run);
  }

  /** Ends the subscription with the session, if not before. */
  keep(unsubscribe: Unsubscribe): Unsubscribe {
    this.#subscriptions.add(unsubscribe);
    return () => {
      this.#subscriptions.delete(unsubscribe);
      unsubscribe();
    };
  }

  end(): void {
    this.#ending.abort();
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#subscriptions.clear();
  }
}
