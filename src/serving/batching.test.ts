import { describe, expect, it } from 'vitest';
import { BatchScheduler } from './batching.ts';

/** A model of rows of 2 numbers that gives their sum; batches end when the test says so. */
function setUp({ concurrency = 1, maxBatch = 4 } = {}) {
  const scheduler = new BatchScheduler(concurrency);
  const running: { count: number; finish: () => void; fail: (error: Error) => void }[] = [];
  const newQueue = () =>
    scheduler.createQueue({
      rowLength: 2,
      maxBatch,
      run: (input, count) =>
        new Promise((resolve, reject) => {
          expect(input.length).toBe(count * 2);
          const sums = Float32Array.from({ length: count }, (_, row) => input[2 * row] + input[2 * row + 1]);
          running.push({ count, finish: () => resolve(sums), fail: reject });
        }),
    });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { newQueue, running, settle };
}

const rows = (...values: number[]) => new Float32Array(values.flatMap((value) => [value, 100]));

describe('batching', () => {
  it('never waits when a worker is idle, and batches what came while all were busy', async () => {
    const { newQueue, running, settle } = setUp({ concurrency: 2 });
    const queue = newQueue();
    const answers = [1, 2, 3, 4, 5, 6, 7].map((value) => queue.submit(rows(value), 1));
    expect(running.map((batch) => batch.count)).toEqual([1, 1]);
    running[0].finish();
    await settle();
    expect(running.map((batch) => batch.count)).toEqual([1, 1, 4]);
    running[1].finish();
    await settle();
    expect(running.map((batch) => batch.count)).toEqual([1, 1, 4, 1]);
    running[2].finish();
    running[3].finish();
    expect((await Promise.all(answers)).map(([sum]) => sum)).toEqual([101, 102, 103, 104, 105, 106, 107]);
  });

  it('splits a request that is larger than a batch, and joins its answer', async () => {
    const { newQueue, running, settle } = setUp();
    const queue = newQueue();
    const large = queue.submit(rows(1, 2, 3, 4, 5, 6), 6);
    const small = queue.submit(rows(7), 1);
    running[0].finish();
    await settle();
    expect(running.map((batch) => batch.count)).toEqual([4, 3]);
    running[1].finish();
    expect([...(await large)]).toEqual([101, 102, 103, 104, 105, 106]);
    expect([...(await small)]).toEqual([107]);
    expect([...(await queue.submit(new Float32Array(), 0))]).toEqual([]);
  });

  it('takes turns between models', async () => {
    const { newQueue, running, settle } = setUp();
    const [first, second] = [newQueue(), newQueue()];
    const answers = [first.submit(rows(1), 1)];
    for (let i = 0; i < 9; i++) answers.push(first.submit(rows(1), 1));
    answers.push(second.submit(rows(2), 1));
    for (let i = 0; i < 4; i++) {
      running[i].finish();
      await settle();
    }
    expect(running.map((batch) => batch.count)).toEqual([1, 4, 1, 4, 1]);
    running[4].finish();
    await Promise.all(answers);
  });

  it('fails those whose batch failed, and goes on', async () => {
    const { newQueue, running, settle } = setUp();
    const queue = newQueue();
    const failed = queue.submit(rows(1, 2, 3, 4, 5), 5);
    const other = queue.submit(rows(6), 1);
    running[0].fail(new Error('out of memory'));
    await expect(failed).rejects.toThrow('out of memory');
    await settle();
    expect(running.map((batch) => batch.count)).toEqual([4, 1]);
    running[1].finish();
    expect([...(await other)]).toEqual([106]);
  });

  it('does not run what nobody waits for any more', async () => {
    const { newQueue, running, settle } = setUp();
    const queue = newQueue();
    const first = queue.submit(rows(1), 1);
    const controller = new AbortController();
    const given = queue.submit(rows(2), 1, controller.signal);
    const last = queue.submit(rows(3), 1);
    controller.abort(new Error('gone'));
    running[0].finish();
    await expect(given).rejects.toThrow('gone');
    await settle();
    expect(running.map((batch) => batch.count)).toEqual([1, 1]);
    running[1].finish();
    expect([...(await first), ...(await last)]).toEqual([101, 103]);
  });
});
