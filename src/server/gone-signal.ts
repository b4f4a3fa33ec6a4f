/** @file A signal that whoever asked went away: what the core looks at of an `AbortSignal`, without the cost of one. */
import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { CancelSignal } from '../serving/index.ts';

export class GoneSignal implements CancelSignal {
  readonly #source: EventEmitter;
  readonly #event: string;
  readonly #isGone: () => boolean;

  /** @param event emitted by the source when nobody waits any more, from when on `isGone` is true */
  constructor(source: EventEmitter, event: string, isGone: () => boolean) {
    this.#source = source;
    this.#event = event;
    this.#isGone = isGone;
  }

  get aborted(): boolean {
    return this.#isGone();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#source.on(this.#event, listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#source.off(this.#event, listener);
  }
}

/** The connection was closed before its answer was written. */
export function clientGone(response: ServerResponse): CancelSignal {
  return new GoneSignal(response, 'close', () => response.destroyed && !response.writableEnded);
}
