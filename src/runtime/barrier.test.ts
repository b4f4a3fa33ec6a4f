import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { SharedBarrier } from './barrier.ts';

const PARTIES = 3;
const ROUNDS = 2000;

it('lets nobody pass before all have arrived, round after round', async () => {
  const barrier = new SharedArrayBuffer(SharedBarrier.bytes);
  const rounds = new SharedArrayBuffer(PARTIES * 4);
  const code = `
    import { workerData } from 'node:worker_threads';
    const { SharedBarrier } = await import(${JSON.stringify(new URL('../../dist/runtime/barrier.js', import.meta.url).href)});
    const barrier = new SharedBarrier(workerData.barrier, ${PARTIES});
    const rounds = new Int32Array(workerData.rounds);
    for (let round = 1; round <= ${ROUNDS}; round++) {
      rounds[workerData.index] = round;
      barrier.wait();
      if (rounds.some((other) => other !== round)) throw new Error('a party was in round ' + rounds.join() + ', not ' + round);
      barrier.wait();
    }`;
  const source = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  await Promise.all(
    Array.from(
      { length: PARTIES },
      (_, index) =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(source, { workerData: { barrier, rounds, index } });
          worker.on('error', reject);
          worker.on('exit', () => resolve());
        }),
    ),
  );
  expect([...new Int32Array(rounds)]).toEqual([ROUNDS, ROUNDS, ROUNDS]);
});
