/** @file A signal that whoever asked went away: what the core looks at of an `AbortSignal`, without the cost of one. */
import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { CancelSignal } from '../serving/index.ts';

/** @param event emitted when nobody waits any more, from when on `isGone` is true */
export function goneSignal(source: EventEmitter, event: string, isGone: () => boolean): CancelSignal {
  return {
    get aborted() {
      return isGone();
    },
    addEventListener: (_type, listener) => void source.on(event, listener),
    removeEventListener: (_type, listener) => void source.off(event, listener),
  };
}

/** The connection was closed before its answer was written. */
export function clientGone(response: ServerResponse): CancelSignal {
  return goneSignal(response, 'close', () => response.destroyed && !response.writableEnded);
}
