/**
 * @file Loaded into the server of a soak (`--expose-gc --import`), in every thread of it: what is left of its memory when all garbage
 * is collected. The soak asks over the process's channel; threads ask one another over a broadcast channel.
 */
import { isMainThread, threadId } from 'node:worker_threads';

/** A thread that computes answers when it is done; one that has ended does not. */
const PATIENCE_MS = 20_000;

/** @typedef {{ readonly id: number, readonly live: number, readonly heap: number }} Answer */

const threads = new BroadcastChannel('soak-memory');
if (isMainThread && process.channel) {
  /** Other threads than this one. @type {Set<number>} */
  const known = new Set();
  /** @type {(answer: Answer) => void} */
  let take = () => {};
  threads.onmessage = ({ data }) => {
    if (data.kind === 'measure') return;
    known.add(data.id);
    if (data.kind === 'answer') take(data);
  };
  process.on('message', async (message) => {
    if (message !== 'measure') return;
    const missing = new Set(known);
    const answers = [answer()];
    const all = new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS, undefined);
      const endWhenAll = () => {
        if (missing.size > 0) return;
        clearTimeout(timer);
        resolve(undefined);
      };
      take = (given) => {
        if (missing.delete(given.id)) answers.push(given);
        endWhenAll();
      };
      endWhenAll();
    });
    threads.postMessage({ kind: 'measure' });
    await all;
    for (const id of missing) known.delete(id);
    const sum = (/** @type {'live' | 'heap'} */ key) => answers.reduce((total, given) => total + given[key], 0);
    const resident = process.memoryUsage.rss();
    process.send?.({ resident, live: sum('live'), native: resident - sum('heap') });
  });
  process.channel.unref();
} else if (!isMainThread) {
  threads.onmessage = ({ data }) => {
    if (data.kind === 'measure') threads.postMessage({ kind: 'answer', ...answer() });
  };
  threads.postMessage({ kind: 'started', id: threadId });
}
threads.unref();

/** Of this thread: `live` is objects, and the buffers that they hold; `heap` is what V8 took from the system. @returns {Answer} */
function answer() {
  globalThis.gc?.();
  const { heapUsed, heapTotal, external } = process.memoryUsage();
  return { id: threadId, live: heapUsed + external, heap: heapTotal };
}
