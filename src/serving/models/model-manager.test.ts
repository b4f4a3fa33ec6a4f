import { describe, expect, it, vi } from 'vitest';
import { PictorError } from '../../contracts/index.ts';
import { BatchScheduler } from '../batching/batch-scheduler.ts';
import type { LoadFacts } from '../telemetry/observer.ts';
import { adder, fakePool } from '../testing/fake-pool.ts';
import { until } from '../testing/serving-fixture.ts';
import { VersionRunner } from '../version-runner.ts';
import type { ModelManagerOptions } from './manager-options.ts';
import { ModelManager } from './model-manager.ts';
import type { ModelRules } from './served-model.ts';
import type { AspiredVersion } from './version-entry.ts';

const EAGER: ModelRules = { loading: 'eager', preserves: true, keepsEnded: true, retryMs: () => null };
const LAZY: ModelRules = { loading: 'lazy', preserves: false, keepsEnded: false, retryMs: () => null };

function setUp(options: Partial<ModelManagerOptions> = {}) {
  const pool = fakePool();
  const states: string[] = [];
  const tell = ({ model, version, state }: LoadFacts) => void states.push(`${model}:${version} ${state}`);
  const scheduler = new BatchScheduler({ concurrency: 1 });
  const manager = new ModelManager({
    loading: { pool, scheduler, maxBatch: 8, objectiveMs: 100, batching: null },
    ...{ maxLoaded: 16, memoryBudgetBytes: null, idleUnloadMs: null, warmUp: null, random: () => 0 },
    ...{ onState: tell, log: () => {}, refresh: async () => {} },
    ...options,
  });
  const opened: string[] = [];
  const version = (name: string, number: number | bigint, bytes = 10): AspiredVersion => ({
    version: number,
    open: async () => {
      opened.push(`${name}/${number}`);
      return adder(`${name}/${number}`, { bytes });
    },
  });
  const aspire = (name: string, numbers: readonly (number | bigint)[], rules = EAGER) =>
    manager.aspire(
      name,
      numbers.map((number) => version(name, number)),
      rules,
    );
  const shown = async (name: string) => (await manager.status(name)).map((each) => `${each.version} ${each.state}`);
  /** The version that answers. */
  const answer = async (name: string, target: { version?: number | bigint; label?: string } = {}) => {
    const held = await manager.hold({ name, ...target });
    held.release();
    return held.version.version;
  };
  return { manager, pool, states, opened, version, aspire, shown, answer };
}

describe('versions', () => {
  it('loads the new one before it unloads the old one, which waits for its requests', async () => {
    const { manager, states, aspire, answer, shown } = setUp();
    aspire('m', [1]);
    await manager.settled();
    const held = await manager.hold({ name: 'm' });
    aspire('m', [2]);
    expect(await answer('m')).toBe(1);
    await manager.settled();
    expect(await answer('m')).toBe(2);
    expect(await shown('m')).toEqual(['2 AVAILABLE', '1 UNLOADING']);
    held.release();
    await until(async () => (await shown('m'))[1] === '1 END');
    expect(states).toEqual([
      'm:1 LOADING',
      'm:1 AVAILABLE',
      'm:2 LOADING',
      'm:2 AVAILABLE',
      'm:1 UNLOADING',
      'm:1 END',
    ]);
  });

  it('keeps the old one while the new one cannot be loaded', async () => {
    const { manager, pool, aspire, answer, shown } = setUp();
    aspire('m', [1]);
    await manager.settled();
    pool.broken.add('m/2');
    aspire('m', [2]);
    await manager.settled();
    expect(await shown('m')).toEqual(['2 END', '1 AVAILABLE']);
    expect((await manager.status('m'))[0].error).toMatchObject({ code: 'model_broken' });
    expect(await answer('m')).toBe(1);
    await expect(answer('m', { version: 2 })).rejects.toMatchObject({ code: 'model_version_not_found' });
    aspire('m', [3]);
    await manager.settled();
    await until(async () => (await shown('m')).join() === '3 AVAILABLE,2 END,1 END');
    expect(await answer('m')).toBe(3);
  });

  it('unloads everything when nothing is wanted, and lists what ended', async () => {
    const { manager, pool, aspire, answer, shown } = setUp();
    aspire('m', [1, 2]);
    await manager.settled();
    aspire('m', []);
    await until(async () => (await shown('m')).join() === '2 END,1 END');
    expect(pool.open.size).toBe(0);
    await expect(answer('m')).rejects.toMatchObject({ code: 'model_not_found' });
    aspire('m', [2]);
    await manager.settled();
    expect(await shown('m')).toEqual(['2 AVAILABLE', '1 END']);
  });

  it('tries again after a while what could not be loaded', async () => {
    const { manager, pool, version, answer } = setUp();
    pool.broken.add('m/1');
    manager.aspire('m', [version('m', 1)], { ...EAGER, retryMs: (attempt) => (attempt < 3 ? 1 : null) });
    await manager.settled();
    await expect(answer('m')).rejects.toMatchObject({ code: 'model_not_found' });
    pool.broken.clear();
    await until(async () => (await manager.status('m'))[0].state === 'AVAILABLE');
  });

  it('tells versions apart that are more than a number can hold', async () => {
    const { manager, aspire, answer, shown } = setUp();
    const [low, high] = [2n ** 60n, 2n ** 60n + 1n];
    aspire('m', [low, high, 7n]);
    await manager.settled();
    expect(await shown('m')).toEqual([`${high} AVAILABLE`, `${low} AVAILABLE`, '7 AVAILABLE']);
    expect(await answer('m')).toBe(high);
    expect(await answer('m', { version: low })).toBe(low);
    expect(await answer('m', { version: 7 })).toBe(7);
  });

  it('is not available before it is warm, nor when that fails', async () => {
    let isWarm = false;
    const { manager, shown } = setUp({
      warmUp: async ({ version }) => {
        isWarm = true;
        if (version === 2) throw new PictorError('model_broken', 'The warm-up failed.');
      },
    });
    manager.aspire('m', [{ version: 1, open: async () => adder('m/1') }], EAGER);
    expect(manager.isStarting).toBe(true);
    await manager.settled();
    expect(isWarm && !manager.isStarting).toBe(true);
    manager.aspire('m', [{ version: 2, open: async () => adder('m/2') }], EAGER);
    await manager.settled();
    expect(await shown('m')).toEqual(['2 END', '1 AVAILABLE']);
  });

  it('swaps under load without one request that fails', async () => {
    const { manager, pool, aspire, answer } = setUp();
    aspire('m', [1]);
    await manager.settled();
    let stop = false;
    let highest: number | bigint = 1;
    const client = async () => {
      while (!stop) {
        const version = await answer('m');
        expect(version >= highest || version === Number(highest) - 1).toBe(true);
        if (version > highest) highest = version;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (let number = 2; number <= 20; number++) {
      if (number % 5 === 0) pool.broken.add(`m/${number}`);
      aspire('m', [number]);
      await manager.settled();
    }
    await until(() => highest === 19);
    stop = true;
    await Promise.all(clients);
    await until(() => pool.open.size === 1);
  });
});

describe('labels and shares', () => {
  it('answers by label, and says which there is not', async () => {
    const { manager, aspire, answer } = setUp();
    const model = aspire('m', [1, 2]);
    await manager.settled();
    model.setRouting(new Map([['stable', 1n]]), null);
    expect(await answer('m', { label: 'stable' })).toBe(1);
    expect(await answer('m')).toBe(2);
    await expect(answer('m', { label: 'canary' })).rejects.toMatchObject({
      code: 'model_label_not_found',
      details: { model: 'm', label: 'canary' },
    });
    aspire('m', [2]);
    await manager.settled();
    await expect(answer('m', { label: 'stable' })).rejects.toMatchObject({ code: 'model_label_not_found' });
  });

  it('shares requests between the versions that are available', async () => {
    let place = 0;
    const { manager, aspire, answer } = setUp({ random: () => (place = (place + 0.1) % 1) });
    const model = aspire('m', [1, 2, 3]);
    await manager.settled();
    const shares = new Map([
      [1, 0.7],
      [2, 0.3],
      [9, 5],
    ]);
    model.setRouting(new Map(), shares);
    const counts = new Map<number | bigint, number>();
    for (let i = 0; i < 100; i++) {
      const version = await answer('m');
      counts.set(version, (counts.get(version) ?? 0) + 1);
    }
    expect(counts.get(1)).toBeGreaterThan(60);
    expect(counts.get(2)).toBeGreaterThan(25);
    expect([...counts.keys()].sort()).toEqual([1, 2]);
  });
});

describe('memory', () => {
  it('loads when somebody asks, and lets go what was not used for longest', async () => {
    const { manager, pool, opened, version, answer } = setUp({ memoryBudgetBytes: 25 });
    for (const name of ['a', 'b', 'c']) manager.aspire(name, [version(name, 1)], LAZY);
    expect(opened).toEqual([]);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await answer(name);
    expect(opened).toEqual(['a/1', 'b/1', 'c/1', 'b/1']);
    expect([...pool.open].sort()).toEqual(['a/1', 'b/1']);
    expect((await manager.status('c'))[0]).toMatchObject({ state: 'AVAILABLE', isLoaded: false });
  });

  it('refuses what does not fit beside that which is in use, for as long as that is', async () => {
    const { manager, version, answer } = setUp({ memoryBudgetBytes: 25 });
    manager.aspire('a', [version('a', 1, 20)], LAZY);
    manager.aspire('b', [version('b', 1, 20)], LAZY);
    await answer('b');
    const held = await manager.hold({ name: 'a' });
    await expect(answer('b')).rejects.toMatchObject({ code: 'memory_budget_exceeded', status: 503 });
    held.release();
    expect(await answer('b')).toBe(1);
  });

  it('frees what nobody asked for, and loads it again', async () => {
    const { manager, pool, aspire, answer } = setUp();
    aspire('m', [1]);
    await manager.settled();
    const held = await manager.hold({ name: 'm' });
    manager.unloadIdle(0);
    expect(pool.open.size).toBe(1);
    held.release();
    manager.unloadIdle(0);
    await until(() => pool.open.size === 0);
    expect(await answer('m')).toBe(1);
    expect(pool.open.size).toBe(1);
  });

  it('unloads and loads by name', async () => {
    const { manager, pool, aspire, answer, shown } = setUp();
    aspire('m', [1, 2]);
    await manager.settled();
    await manager.unload('m', 2);
    expect(await answer('m')).toBe(1);
    await expect(answer('m', { version: 2 })).rejects.toMatchObject({ code: 'model_not_ready' });
    await manager.unload('m');
    await until(() => pool.open.size === 0);
    expect(await shown('m')).toEqual(['2 END', '1 END']);
    await expect(answer('m')).rejects.toMatchObject({ code: 'model_not_ready', status: 503 });
    await manager.load('m');
    expect(await answer('m')).toBe(2);
    await expect(manager.load('m', 9)).rejects.toMatchObject({ code: 'model_version_not_found' });
    await expect(manager.unload('other')).rejects.toMatchObject({ code: 'model_not_found' });
  });
});

describe('the end', () => {
  it('takes nothing new while it drains, and waits for what it took', async () => {
    const { manager, aspire, answer } = setUp();
    aspire('m', [1]);
    await manager.settled();
    const held = await manager.hold({ name: 'm' });
    let isDrained = false;
    const drained = manager.drain().then(() => (isDrained = true));
    await expect(answer('m')).rejects.toMatchObject({ code: 'server_not_ready', status: 503 });
    expect(isDrained).toBe(false);
    held.release();
    await drained;
    await manager.close();
  });

  it('lets go of a version that is being loaded when it is not wanted any more', async () => {
    const { pool, aspire, shown } = setUp();
    let open = () => {};
    pool.gate = new Promise((resolve) => (open = resolve));
    aspire('m', [1]);
    aspire('m', []);
    open();
    await until(async () => (await shown('m')).join() === '1 END');
    await until(() => pool.open.size === 0);
  });
});

describe('a version whose runs do not end', () => {
  const tooLong = () => new PictorError('run_too_long', 'A run of the graph took longer than 9 ms and was given up.');
  const given = () => new Map([['x', { dtype: 'DT_FLOAT', shape: [1, 1], data: Float32Array.of(1) } as const]]);

  it('is not run any more, nor is what waits for it; another one answers, until it is loaded again', async () => {
    const { manager, pool, states, aspire, answer } = setUp();
    const runner = new VersionRunner({
      ...{ maxPending: 9, maxPendingBytes: 1e9, samples: null },
      decode: async () => Uint8Array.of(),
      observer: { onRequest: () => {} },
    });
    const ask = async (version: number) => {
      const held = await manager.hold({ name: 'm', version });
      return runner.inUse(held.version).run('', given()).finally(held.release);
    };
    aspire('m', [1, 2], LAZY);
    await Promise.all([manager.load('m', 1), manager.load('m', 2)]);
    pool.answersAtOnce = false;
    for (let run = 1; run <= 3; run++) {
      const asked = ask(2);
      await until(() => pool.running.length > 0);
      const waiting = ask(2);
      await until(() => manager.loaded.some(({ pending }) => pending === 2));
      pool.running.shift()?.fail(tooLong());
      await expect(asked).rejects.toMatchObject({
        code: 'run_too_long',
        message: expect.stringMatching(
          /^Signature "serving_default" of version 2 of model "m" was not computed in time: /,
        ),
      });
      if (run === 3) {
        await expect(waiting).rejects.toMatchObject({
          code: 'model_broken',
          message: expect.stringMatching(/^Version 2 of model "m" is not run any more: 3 of its runs were given up/),
        });
        break;
      }
      await until(() => pool.running.length > 0);
      pool.running.shift()?.finish();
      expect((await waiting).get('y')!.data[0]).toBe(3);
    }
    expect(pool.runs).toHaveLength(5);
    expect(await manager.status('m')).toMatchObject([
      { version: 2, state: 'END', isLoaded: false, error: { code: 'model_broken' } },
      { version: 1, state: 'AVAILABLE' },
    ]);
    expect(states.at(-1)).toBe('m:2 END');
    expect(await answer('m')).toBe(1);
    await expect(answer('m', { version: 2 })).rejects.toMatchObject({ code: 'model_broken' });
    await until(() => !pool.open.has('m/2'));
    await manager.load('m', 2);
    expect(await answer('m')).toBe(2);
  });

  it('is not tried again by itself, when it was its warm-up that did not end', async () => {
    const retryMs = vi.fn(() => 1);
    const failing = (cause: PictorError) => async () => {
      throw new PictorError('model_broken', 'The warm-up request 0 failed.', { cause });
    };
    for (const [cause, retries] of [
      [tooLong(), 0],
      [new PictorError('internal', 'no'), 1],
    ] as const) {
      const { manager, aspire, shown } = setUp({ warmUp: failing(cause) });
      retryMs.mockClear();
      aspire('m', [1], { ...EAGER, retryMs });
      await manager.settled();
      expect([await shown('m'), retryMs.mock.calls.length]).toEqual([['1 END'], retries]);
      await manager.close();
    }
  });
});
