/**
 * @file Loaded into the server of a soak (`--expose-gc --import`), in every thread of it: what is left of its memory when all garbage
 * is collected. The soak asks over the process's channel; threads ask one another over a broadcast channel.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

/** A thread that computes answers when it is done. */
const ANSWER_MS = 500;

const threads = new BroadcastChannel('soak-memory');
if (isMainThread && process.channel) {
  let live = 0;
  threads.onmessage = ({ data }) => {
    if (typeof data === 'number') live += data;
  };
  process.on('message', async (message) => {
    if (message !== 'measure') return;
    live = 0;
    threads.postMessage('measure');
    await sleep(ANSWER_MS);
    live += liveBytes();
    process.send?.({ resident: process.memoryUsage.rss(), live });
  });
  process.channel.unref();
} else if (!isMainThread) {
  threads.onmessage = ({ data }) => {
    if (data === 'measure') threads.postMessage(liveBytes());
  };
}
threads.unref();

/** Of this thread: objects, and the buffers that they hold. */
function liveBytes() {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
