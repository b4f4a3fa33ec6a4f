import { describe, expect, it } from 'vitest';
import { PictorError } from '../../contracts/index.ts';
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

  it('answers those whose batch failed by the fault of another, and runs nobody who went away', async () => {
    const { newQueue, running, counts } = setUp();
    const queue = newQueue();
    const first = queue.ask([1]);
    const controller = new AbortController();
    const [bad, gone, good] = [queue.ask([2]), queue.ask([3, 4], { signal: controller.signal }), queue.ask([5])];
    await running[0].finish();
    expect(await first).toEqual([101]);
    controller.abort(new Error('gone'));
    await expect(gone).rejects.toMatchObject({ code: 'request_cancelled' });
    const refused = expect(bad).rejects.toMatchObject({ code: 'run_failed' });
    const fault = new PictorError('run_failed', 'Reshape');
    await running[1].fail(fault);
    await running[2].fail(fault);
    await refused;
    await running[3].finish();
    expect(await good).toEqual([105]);
    expect(counts()).toEqual([1, 4, 1, 1]);
  });

  it('takes turns of 32 rows: nobody waits for all rows of a large request', async () => {
    const { newQueue, running } = setUp({ maxBatch: 16 });
    const queue = newQueue();
    const order: string[] = [];
    const ask = async (name: string, rows: number) => {
      await queue.ask(Array.from({ length: rows }, () => 0));
      order.push(name);
    };
    const all = [ask('large', 80), ask('other', 80), ask('a', 3), ask('b', 3)];
    // 32 rows of each of the large ones, then the small ones.
    for (let i = 0; i < 5; i++) await running[i].finish();
    expect(order).toEqual(['a', 'b']);
    all.push(ask('late', 1));
    for (let i = 5; i < running.length; i++) await running[i].finish();
    await Promise.all(all);
    expect(order).toEqual(['a', 'b', 'late', 'large', 'other']);
  });

  it('takes turns also with those who have more time', async () => {
    const { newQueue, running, counts } = setUp({ maxBatch: 32 });
    const queue = newQueue();
    const large = queue.ask(
      Array.from({ length: 160 }, () => 0),
      { deadline: 28_000 },
    );
    const small = queue.ask([7], { deadline: 30_000 });
    await running[0].finish();
    await running[1].finish();
    await running[2].finish();
    expect(await Promise.race([small, running[3].finish()])).toEqual([107]);
    for (let i = 4; i < running.length; i++) await running[i].finish();
    await large;
    expect(counts()).toEqual([32, 32, 32, 32, 32, 1]);
  });

  it('puts a large request not off for ever, however many others come', async () => {
    const { newQueue, running } = setUp({ maxBatch: 16 });
    const queue = newQueue();
    const rows = (count: number) => queue.ask(Array.from({ length: count }, () => 0));
    let ended = false;
    const large = rows(96).then(() => (ended = true));
    const others = [rows(16)];
    let batches = 0;
    for (; !ended; batches++) {
      others.push(rows(16));
      await running[batches].finish();
    }
    // Its first 2 batches, the 2 that had come when the second began, 2 more, the 4 that had come since, 2 more.
    expect(batches).toBe(12);
    while (batches < running.length) await running[batches++].finish();
    await Promise.all([large, ...others]);
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

  it('fills no batch that would take longer than the objective, once it knows what rows cost', async () => {
    const { newQueue, running, counts } = setUp({ maxBatch: 100, objectiveMs: 50 });
    const queue = newQueue();
    const ask = (count: number) => Array.from({ length: count }, (_, i) => queue.ask([i]));
    const answers = ask(1);
    await running[0].finish(12); // 10 ms, and 2 ms a row
    answers.push(...ask(1), ...ask(2), ...ask(60));
    await running[1].finish(12);
    await running[2].finish(10 + 2 * running[2].count);
    expect(queue.cost.perRow).toBeCloseTo(2, 6);
    expect(queue.cost.fixed).toBeCloseTo(10, 6);
    // First what can be answered in time, then, when everybody is late, as many as make a batch worthwhile.
    for (let i = 3; i < running.length; i++) await running[i].finish(10 + 2 * running[i].count);
    await Promise.all(answers);
    expect(counts().slice(3, -1)).toEqual([6, 20, 20]);
    const late = ask(40);
    // One ran at once; after its 12 ms the others have 38 ms left, of which 10 ms are paid for any batch.
    await running.at(-1)!.finish(12);
    expect(counts().at(-1)).toBe(14);
    while (counts().reduce((sum, count) => sum + count, 0) < 104) await running.at(-1)!.finish(1);
    await running.at(-1)!.finish(1);
    await Promise.all(late);
  });

  it('goes by priority, then by deadline, then by arrival', async () => {
    const { newQueue, running } = setUp({ maxBatch: 1 });
    const queue = newQueue();
    const order: number[] = [];
    const ask = async (value: number, limits: RunLimits = {}) => {
      await queue.ask([value], limits);
      order.push(value);
    };
    const all = [
      ask(0),
      ask(1),
      ask(2, { deadline: 9_000 }),
      ask(3, { deadline: 5_000 }),
      ask(4, { priority: 1, deadline: 8_000 }),
      ask(5),
      ask(6, { deadline: 20_000 }),
    ];
    for (let i = 0; i < all.length; i++) await running[i].finish();
    await Promise.all(all);
    expect(order).toEqual([0, 4, 3, 2, 1, 5, 6]);
  });

  it('answers at the deadline, also what is running', async () => {
    const { newQueue, running, counts } = setUp();
    const queue = newQueue();
    const running1 = queue.ask([1]);
    const soon = { deadline: performance.now() + 5 };
    const late = [1, 2].map((value) =>
      withLimits(soon, (ticket) => queue.submit([value], { rows: 1, ticket, ...soon })),
    );
    for (const answer of await Promise.allSettled(late)) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'deadline_exceeded', status: 504 } });
    }
    await running[0].finish();
    await running1;
    expect(counts()).toEqual([1]);
    const past = { deadline: performance.now() - 1 };
    await expect(withLimits(past, () => Promise.resolve(1))).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const aborted = AbortSignal.abort(new Error('gone'));
    await expect(withLimits({ signal: aborted }, () => Promise.resolve(1))).rejects.toMatchObject({
      code: 'request_cancelled',
      status: 499,
    });
  });
});

describe('models', () => {
  it('share the workers by time, whatever each of them asks for', async () => {
    const { newQueue, running } = setUp({ maxBatch: 1 });
    const [slow, fast] = [newQueue('slow'), newQueue('fast')];
    const answers = Array.from({ length: 12 }, () => [slow.ask([1]), fast.ask([1])]).flat();
    const spent = { slow: 0, fast: 0 };
    for (let i = 0; i < 12; i++) {
      const { queue } = running[i];
      const ms = queue === 'slow' ? 10 : 2;
      spent[queue as 'slow' | 'fast'] += ms;
      await running[i].finish(ms);
    }
    expect(Math.abs(spent.slow - spent.fast)).toBeLessThanOrEqual(10);
    for (let i = 12; i < 24; i++) await running[i].finish();
    await Promise.all(answers);
  });

  it('are not shut out for as long as one of their batches took', async () => {
    const { newQueue, running } = setUp({ maxBatch: 1 });
    const [stalled, busy] = [newQueue('stalled'), newQueue('busy')];
    const answers = [stalled.ask([1]), stalled.ask([2]), ...Array.from({ length: 400 }, () => busy.ask([1]))];
    await running[0].finish(60_000);
    let before = 0;
    while (running[before + 1].queue === 'busy') await running[++before].finish(1);
    expect(before).toBeLessThanOrEqual(300);
    for (let i = before + 1; i < 402; i++) await running[i].finish(1);
    await Promise.all(answers);
  });

  it('that were idle get no more than their share when they come back', async () => {
    const { newQueue, running, counts } = setUp({ maxBatch: 1 });
    const [busy, other] = [newQueue('busy'), newQueue('other')];
    const answers = Array.from({ length: 9 }, () => busy.ask([1]));
    for (let i = 0; i < 5; i++) await running[i].finish(10);
    answers.push(...Array.from({ length: 4 }, () => other.ask([1])));
    for (let i = 5; i < 13; i++) await running[i].finish(10);
    await Promise.all(answers);
    const order = running.slice(6).map(({ queue }) => queue);
    expect(order.slice(0, 4).filter((queue) => queue === 'other')).toHaveLength(2);
    expect(counts()).toHaveLength(13);
  });
});

describe("TensorFlow's parameters", () => {
  it('refuse what is larger than a batch, and what finds no room', async () => {
    const batching = { maxBatchSize: 2, maxEnqueuedBatches: 2 };
    const { newQueue, running, counts } = setUp({ batching, maxBatch: 100 });
    const queue = newQueue();
    await expect(queue.ask([1, 2, 3])).rejects.toMatchObject({
      code: 'batch_too_large',
      details: { rows: 3, maxBatchSize: 2 },
    });
    const answers = [queue.ask([1])];
    for (let i = 0; i < 4; i++) answers.push(queue.ask([i]));
    await expect(queue.ask([9])).rejects.toMatchObject({ code: 'batch_queue_full', status: 503 });
    for (let i = 0; i < 3; i++) await running[i].finish();
    await Promise.all(answers);
    expect(counts()).toEqual([1, 2, 2]);
  });

  it('do not tear requests apart, unless they are to be split', async () => {
    const whole = setUp({ batching: { maxBatchSize: 4 }, maxBatch: 100 });
    const queue = whole.newQueue();
    const answers = [queue.ask([1]), queue.ask([1, 2, 3]), queue.ask([4, 5, 6])];
    for (let i = 0; i < 3; i++) await whole.running[i].finish();
    expect((await Promise.all(answers)).flat()).toEqual([101, 101, 102, 103, 104, 105, 106]);
    expect(whole.counts()).toEqual([1, 3, 3]);
    const batching = { maxBatchSize: 4, enableLargeBatchSplitting: true, maxExecutionBatchSize: 2 };
    const split = setUp({ batching, maxBatch: 100 });
    const large = split.newQueue().ask([1, 2, 3, 4, 5]);
    for (let i = 0; i < 3; i++) await split.running[i].finish();
    expect(await large).toEqual([101, 102, 103, 104, 105]);
    expect(split.counts()).toEqual([2, 2, 1]);
    // As many rows as may wait: 10 batches.
    const many = Array.from({ length: 41 }, () => 0);
    await expect(split.newQueue().ask(many)).rejects.toMatchObject({
      code: 'batch_too_large',
      message: 'A request of 41 rows is larger than the largest that is taken, of 40.',
    });
  });

  it('fill batches up to an allowed size', async () => {
    const batching = { maxBatchSize: 8, allowedBatchSizes: [4, 8] };
    const { newQueue, running, counts } = setUp({ batching, maxBatch: 100 });
    const queue = newQueue();
    const answers = [queue.ask([1]), queue.ask([1, 2]), queue.ask([1, 2, 3])];
    await running[0].finish();
    await running[1].finish();
    await Promise.all(answers);
    expect(counts()).toEqual([4, 8]);
  });

  it('wait for company as long as they are told', async () => {
    const batching = { maxBatchSize: 3, batchTimeoutMicros: 2000 };
    const { newQueue, running, counts, pass } = setUp({ batching, maxBatch: 100 });
    const queue = newQueue();
    const full = [1, 2, 3].map((value) => queue.ask([value]));
    expect(counts()).toEqual([3]);
    await running[0].finish();
    await Promise.all(full);
    const alone = queue.ask([4]);
    expect(counts()).toEqual([3]);
    pass(2);
    while (running.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    await running[1].finish();
    expect(await alone).toEqual([104]);
  });
});
