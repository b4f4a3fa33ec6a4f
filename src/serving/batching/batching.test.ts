import { describe, expect, it } from 'vitest';
import { BatchScheduler } from './batch-scheduler.ts';
import { type BatchingParameters, rulesOf } from './parameters.ts';
import { type RunLimits, withLimits } from './ticket.ts';

interface Running {
  readonly queue: string;
  readonly count: number;
  finish(ms?: number): Promise<void>;
  fail(error: Error): Promise<void>;
}

interface Setup {
  readonly concurrency?: number;
  readonly maxBatch?: number;
  readonly objectiveMs?: number;
  readonly batching?: BatchingParameters;
}

/** A model whose answer to a row is the row plus 100; batches end, and time goes on, when the test says so. */
function setUp({ concurrency = 1, maxBatch = 4, objectiveMs = 1e9, batching }: Setup = {}) {
  let clock = 0;
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const scheduler = new BatchScheduler({ concurrency, now: () => clock });
  const running: Running[] = [];
  const newQueue = (group = 'a') => {
    const queue = scheduler.createQueue<readonly number[], readonly number[]>({
      group,
      rules: rulesOf(batching ?? null, objectiveMs, maxBatch),
      join: (parts) => parts.flat(),
      run: (parts, rows) =>
        new Promise((resolve, reject) => {
          const answers = parts.map(({ input, from, count }) =>
            input.slice(from, from + count).map((value) => value + 100),
          );
          running.push({
            queue: group,
            count: rows,
            finish: (ms = 1) => {
              clock += ms;
              resolve(answers);
              return settle();
            },
            fail: (error) => {
              reject(error);
              return settle();
            },
          });
        }),
    });
    const submit = (values: readonly number[], limits: RunLimits = {}) =>
      withLimits({ signal: limits.signal }, (ticket) =>
        queue.submit(values, { rows: values.length, ticket, ...limits }),
      );
    return Object.assign(queue, { ask: submit });
  };
  const counts = () => running.map((batch) => batch.count);
  return { newQueue, running, counts, settle, pass: (ms: number) => (clock += ms) };
}

describe('batching', () => {
  it('never waits when a worker is idle, and batches what came while all were busy', async () => {
    const { newQueue, running, counts } = setUp({ concurrency: 2 });
    const queue = newQueue();
    const answers = [1, 2, 3, 4, 5, 6, 7].map((value) => queue.ask([value]));
    expect(counts()).toEqual([1, 1]);
    await running[0].finish();
    expect(counts()).toEqual([1, 1, 4]);
    await running[1].finish();
    expect(counts()).toEqual([1, 1, 4, 1]);
    await running[2].finish();
    await running[3].finish();
    expect((await Promise.all(answers)).flat()).toEqual([101, 102, 103, 104, 105, 106, 107]);
  });

  it('splits a request that is larger than a batch, and joins its answer', async () => {
    const { newQueue, running, counts } = setUp();
    const queue = newQueue();
    const large = queue.ask([1, 2, 3, 4, 5, 6]);
    const small = queue.ask([7]);
    await running[0].finish();
    expect(counts()).toEqual([4, 3]);
    await running[1].finish();
    expect(await large).toEqual([101, 102, 103, 104, 105, 106]);
    expect(await small).toEqual([107]);
  });

  it('fails those whose batch failed, and goes on', async () => {
    const { newQueue, running, counts } = setUp();
    const queue = newQueue();
    const failed = queue.ask([1, 2, 3, 4, 5]);
    const other = queue.ask([6]);
    const refused = expect(failed).rejects.toThrow('out of memory');
    await running[0].fail(new Error('out of memory'));
    await refused;
    expect(counts()).toEqual([4, 1]);
    await running[1].finish();
    expect(await other).toEqual([106]);
  });

  it('does not run what nobody waits for any more', async () => {
    const { newQueue, running, counts } = setUp();
    const queue = newQueue();
    const first = queue.ask([1]);
    const controller = new AbortController();
    const given = queue.ask([2], { signal: controller.signal });
    const last = queue.ask([3]);
    controller.abort(new Error('gone'));
    await expect(given).rejects.toMatchObject({ code: 'request_cancelled' });
    await running[0].finish();
    expect(counts()).toEqual([1, 1]);
    await running[1].finish();
    expect([await first, await last]).toEqual([[101], [103]]);
  });
});
