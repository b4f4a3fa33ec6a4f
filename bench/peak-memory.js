/** @file Preloaded into a process that is measured: its last line of output is its peak memory. */
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('exit', () => {
    const peakMegabytes = process.resourceUsage().maxRSS / 1024;
    writeSync(1, `${JSON.stringify({ type: 'memory', peakMegabytes })}\n`);
  });
}
