/** @file Topics: a log of messages that is kept just long enough for every process to read it. */
import type { Topic, Unsubscribe } from '../types.ts';
import { sequenceKey } from './keys.ts';
import { encodeNumbered, leadingNumber, toJson } from './records.ts';
import type { Session } from './session.ts';

/** A listening process looks many times a second; one that did not for this long was not listening. */
const KEEP_MESSAGES_MS = 60_000;
/** Old messages removed along with a new one: more than one, so that they run out. */
const PRUNE_AT_ONCE = 8;

export class EmbeddedTopic<T> implements Topic<T> {
  readonly #session: Session;
  readonly #name: string;

  constructor(session: Session, name: string) {
    this.#session = session;
    this.#name = name;
  }

  async publish(message: T): Promise<void> {
    const text = toJson(message);
    await this.#session.write(() => {
      const { store } = this.#session;
      const key = Buffer.concat([sequenceKey(store.nextSequence()), Buffer.from(this.#name)]);
      store.messages.putSync(key, encodeNumbered(Date.now(), text));
      this.#prune();
    });
  }

  async subscribe(listener: (message: T) => void): Promise<Unsubscribe> {
    this.#session.check();
    const unsubscribe = this.#session.feed.onMessage(this.#name, (message) => listener(message as T));
    return this.#session.keep(unsubscribe);
  }

  #prune(): void {
    const { messages } = this.#session.store;
    for (const message of [...messages.getRange({ limit: PRUNE_AT_ONCE })]) {
      if (leadingNumber(message.value) > Date.now() - KEEP_MESSAGES_MS) return;
      messages.removeSync(message.key);
    }
  }
}
