import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTerminal, MILESTONES, PictorError } from '../contracts/index.ts';
import type { Platform } from '../platform/index.ts';
import { updateRecord } from './record-writer.ts';
import type { Rooms } from './rooms.ts';
import { workOnRun } from './run-task.ts';
import { MAX_RUN_ATTEMPTS } from './stores.ts';
import {
  datasetWhen,
  gate,
  MANIFEST,
  openWorkplace,
  REQUEST,
  runWhen,
  trainAtOnce,
  trainedModel,
  trainUntilStopped,
  type Workplace,
} from './testing/workplace.ts';

let place: Workplace;
beforeEach(async () => {
  place = await openWorkplace();
});
afterEach(() => place.close());

const ended = (id: string) => runWhen(place, id, (run) => isTerminal(run.state));

describe('a run that goes well', () => {
  it('ends with a version, every milestone in order, and its story', async () => {
    const { id } = await place.runs.submit(REQUEST);
    place.startTrainer({});
    const run = await ended(id);
    expect(run).toMatchObject({
      state: 'succeeded',
      progress: 1,
      model: { name: 'digits', version: 1 },
      error: null,
      dataset: MANIFEST,
      imagesPerSecond: 80,
      attempts: [{ number: 1, outcome: 'succeeded', pid: process.pid }],
    });
    expect(run.milestones.map((milestone) => milestone.name)).toEqual([...MILESTONES]);
    expect(run.history.map((epoch) => epoch.epoch)).toEqual([1, 2]);
    expect(run.metrics?.validation_accuracy).toBe(0.5);
    const log = run.log.map((line) => line.message).join('\n');
    expect(log).toContain('One picture cannot be read.');
    expect(log).toContain('Epoch 2 of 2');
    expect(log).toContain('Published digits version 1.');
    expect(place.registry.published[0].run).toBe(id);
    await expect.poll(() => place.stores.trainingQueue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
  });

  it('passes its states in order', async () => {
    const states: string[] = [];
    const { id } = await place.runs.submit(REQUEST);
    await place.runs.watch(({ run }) => {
      if (run && run.state !== states.at(-1)) states.push(run.state);
    }, id);
    const steps = { prepared: gate(), trained: gate() };
    place.startTrainer({
      prepareDataset: async (_source, { onProgress }) => {
        onProgress?.({ phase: 'preparing', done: 50, total: 100 });
        await steps.prepared.opened;
        return { manifest: MANIFEST, directory: '/nowhere' };
      },
      train: async (options) => {
        await steps.trained.opened;
        return trainAtOnce(options);
      },
    });
    const preparing = await runWhen(place, id, (run) => run.state === 'preparing');
    expect(preparing.progress).toBeGreaterThan(0.05);
    steps.prepared.open();
    await runWhen(place, id, (run) => run.state === 'training');
    steps.trained.open();
    await ended(id);
    await expect.poll(() => states.at(-1)).toBe('succeeded');
    const order = ['fetching', 'preparing', 'training', 'publishing', 'succeeded'];
    expect(states.filter((state) => order.includes(state))).toEqual(order);
  });

  it('is done one after the other, oldest first', async () => {
    const first = await place.runs.submit(REQUEST);
    const second = await place.runs.submit(REQUEST);
    place.startTrainer({});
    const [a, b] = await Promise.all([ended(first.id), ended(second.id)]);
    expect([a.model?.version, b.model?.version]).toEqual([1, 2]);
  });
});

describe('a run that fails', () => {
  it('fails at once for a cause that stays', async () => {
    let attempts = 0;
    const { id } = await place.runs.submit(REQUEST);
    place.startTrainer({
      prepareDataset: async () => {
        attempts += 1;
        throw new PictorError('dataset_not_found', 'Nothing is there.', { fix: 'Look elsewhere.' });
      },
    });
    const run = await ended(id);
    expect(run).toMatchObject({
      state: 'failed',
      model: null,
      error: { code: 'dataset_not_found', message: 'Nothing is there.', fix: 'Look elsewhere.' },
      attempts: [{ outcome: 'failed' }],
    });
    expect(attempts).toBe(1);
    await expect.poll(() => place.stores.trainingQueue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
  });

  it('is tried three times for a cause that may pass, then given up with the last reason', async () => {
    let attempts = 0;
    const { id } = await place.runs.submit(REQUEST);
    place.startTrainer({
      train: async () => {
        attempts += 1;
        throw new Error(`thread ${attempts} died`);
      },
    });
    const run = await ended(id);
    expect(run.state).toBe('failed');
    expect(run.error?.code).toBe('run_attempts_exhausted');
    expect(run.error?.message).toContain('thread 3 died');
    expect(run.attempts.map((attempt) => attempt.outcome)).toEqual(['failed', 'failed', 'failed']);
    expect(run.log.map((line) => line.message).join('\n')).toContain('attempt 2 of 3');
    expect(place.registry.published).toEqual([]);
  });

  it('goes well at the second attempt', async () => {
    let attempts = 0;
    const { id } = await place.runs.submit(REQUEST);
    place.startTrainer({
      train: async (options) => {
        attempts += 1;
        if (attempts === 1) throw new Error('once');
        return trainAtOnce(options);
      },
    });
    const run = await ended(id);
    expect(run.state).toBe('succeeded');
    expect(run.attempts.map((attempt) => attempt.outcome)).toEqual(['failed', 'succeeded']);
    expect(run.history).toHaveLength(2);
    expect(run.milestones.map((milestone) => milestone.name)).toEqual([...MILESTONES]);
  });

  it('ends when its worker dies every time before it can say anything', async () => {
    const { id } = await place.runs.submit(REQUEST);
    const queue = place.platform.queue('training', { maxAttempts: 1 });
    const lease = await queue.receive({ leaseMs: 60_000 });
    await queue.release(lease!, 'It fell over.');
    place.startTrainer({});
    const run = await ended(id);
    expect(run.error?.code).toBe('run_attempts_exhausted');
    expect(run.error?.message).toContain('It fell over.');
    await expect.poll(() => place.stores.trainingQueue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
  });

  it('is queued again when the process that submitted it died before it sent the task', async () => {
    const record = await place.runs.submit(REQUEST);
    const { id } = record;
    await place.stores.trainingQueue.remove(id);
    const createdAt = new Date(Date.now() - 60_000).toISOString();
    await place.stores.runs.put(id, { ...record, createdAt });
    place.startTrainer({});
    expect((await ended(id)).state).toBe('succeeded');
  });
});

describe('cancelling', () => {
  it('ends a queued run at once, and no worker takes it', async () => {
    const { id } = await place.runs.submit(REQUEST);
    expect(await place.runs.cancel(id)).toMatchObject({ state: 'cancelled', cancelRequested: true, model: null });
    expect(await place.stores.trainingQueue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
  });

  it('ends the preparation', async () => {
    const { id } = await place.runs.submit(REQUEST);
    place.startTrainer({
      prepareDataset: (_source, { signal }) =>
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    });
    await runWhen(place, id, (run) => run.state === 'fetching');
    await place.runs.cancel(id);
    const run = await ended(id);
    expect(run).toMatchObject({ state: 'cancelled', model: null, error: null, attempts: [{ outcome: 'cancelled' }] });
    expect(place.registry.published).toEqual([]);
  });

  it('publishes the best so far once an epoch is finished', async () => {
    const { id } = await place.runs.submit(REQUEST);
    place.startTrainer({ train: trainUntilStopped(1) });
    await runWhen(place, id, (run) => run.history.length === 1);
    await place.runs.cancel(id);
    const run = await ended(id);
    expect(run).toMatchObject({ state: 'cancelled', model: { name: 'digits', version: 1 } });
    expect(run.milestones.at(-1)?.name).toBe('finished');
    expect(place.registry.published).toHaveLength(1);
  });

  it('tells when the best so far cannot be published', async () => {
    const { id } = await place.runs.submit(REQUEST);
    place.registry.publish = async () => {
      throw new PictorError('disk_full', 'No space is left.');
    };
    place.startTrainer({ train: trainUntilStopped(1) });
    await runWhen(place, id, (run) => run.history.length === 1);
    await place.runs.cancel(id);
    expect(await ended(id)).toMatchObject({ state: 'failed', model: null, error: { code: 'disk_full' } });
  });

  it('publishes nothing before that', async () => {
    const { id } = await place.runs.submit(REQUEST);
    const begun = gate();
    place.startTrainer({ train: trainUntilStopped(0, begun) });
    await begun.opened;
    await place.runs.cancel(id);
    expect(await ended(id)).toMatchObject({ state: 'cancelled', model: null });
    expect(place.registry.published).toEqual([]);
  });

  it('does nothing to a run that has ended', async () => {
    const { id } = await place.runs.submit(REQUEST);
    place.startTrainer({});
    const run = await ended(id);
    expect(await place.runs.cancel(id)).toEqual(run);
  });

  it('ends a run whose worker died and that nobody has taken over', async () => {
    const { id } = await place.runs.submit(REQUEST);
    const lease = await place.stores.trainingQueue.receive({ leaseMs: 1 });
    await place.stores.runs.put(id, { ...(await place.runs.get(id)), state: 'training' });
    await expect(place.stores.trainingQueue.extend(lease!, 1000)).rejects.toMatchObject({ code: 'lease_lost' });
    expect(await place.runs.cancel(id)).toMatchObject({ state: 'cancelled' });
  });
});

describe('taking over', () => {
  it('follows a worker that stopped answering, and lets it write and publish no more', async () => {
    const { id } = await place.runs.submit(REQUEST);
    const frozen = gate();
    // A worker that was frozen: it holds the lease, says nothing for longer than that, and then goes on.
    const { trainingQueue, runs } = place.stores;
    const lease = await trainingQueue.receive({ leaseMs: 60_000 });
    const begun = gate();
    const zombie = workOnRun(
      settingsWith(async () => {
        begun.open();
        await frozen.opened;
        return trainedModel('completed', []);
      }),
      place.stores,
      lease!,
      { leaseMs: 60_000, shutDown: new AbortController().signal },
    );
    await begun.opened;
    await updateRecord(runs, id, (record) => ({
      ...record,
      attempts: [{ ...record.attempts[0], worker: 'elsewhere:1' }],
    }));
    await trainingQueue.release(lease!, 'Its lease ran out.');

    place.startTrainer({});
    const run = await ended(id);
    expect(run.attempts.map((attempt) => attempt.outcome)).toEqual(['lost', 'succeeded']);
    expect(run.log.map((line) => line.message)).toContainEqual(
      expect.stringMatching(/^Worker .+:\d+ stopped answering; attempt 2 of 3 starts on worker .+:\d+\.$/),
    );
    const stored = await runs.get(id);
    frozen.open();
    await zombie;
    expect(await runs.get(id)).toEqual(stored);
    expect(place.registry.published).toHaveLength(1);
  });

  /** Takes the next run, and works on it until it hears that its lease has gone to somebody else. */
  async function loseLease(): Promise<void> {
    const { trainingQueue } = place.stores;
    const lease = await trainingQueue.receive({ leaseMs: 60_000 });
    const begun = gate();
    const work = workOnRun(settingsWith(trainUntilStopped(1, begun)), place.stores, lease!, {
      leaseMs: 100,
      shutDown: new AbortController().signal,
    });
    await begun.opened;
    await trainingQueue.release(lease!, 'Its lease ran out.');
    await work;
  }

  it('counts no attempt when a living worker was too slow to keep its lease', async () => {
    const { id } = await place.runs.submit(REQUEST);
    for (let slow = 0; slow < MAX_RUN_ATTEMPTS; slow++) await loseLease();
    place.startTrainer({});
    const run = await ended(id);
    expect(run.attempts.map((attempt) => attempt.outcome)).toEqual([
      ...Array(MAX_RUN_ATTEMPTS).fill('interrupted'),
      'succeeded',
    ]);
    expect(run.log.map((line) => line.message)).toContainEqual(expect.stringContaining('was too slow to say'));
  });

  it('makes a worker stop that hears that its lease is gone', async () => {
    const { id } = await place.runs.submit(REQUEST);
    const { trainingQueue } = place.stores;
    await loseLease();
    expect(await place.runs.get(id)).toMatchObject({
      state: 'training',
      model: null,
      attempts: [{ outcome: 'running' }],
    });
    expect(place.registry.published).toEqual([]);
    expect(await trainingQueue.depth()).toMatchObject({ waiting: 1 });
  });

  it('keeps its lease for as long as it works', async () => {
    const { id } = await place.runs.submit(REQUEST);
    const lasting = gate();
    place.startTrainer(
      {
        train: async (options) => {
          await lasting.opened;
          return trainAtOnce(options);
        },
      },
      { leaseMs: 200 },
    );
    await runWhen(place, id, (run) => run.state === 'training');
    const other = place.stores.trainingQueue.receive({ leaseMs: 1000, waitMs: 700 });
    expect(await other).toBeNull();
    lasting.open();
    expect((await ended(id)).attempts).toHaveLength(1);
  });

  it('does not train again what was published by a worker that died before it could say so', async () => {
    const { id } = await place.runs.submit(REQUEST);
    await place.registry.publish(trainedModel('completed', []), { name: 'digits', run: id });
    const record = await place.runs.get(id);
    const attempt = { number: 1, worker: 'gone:1', pid: 1, startedAt: record.createdAt, endedAt: null } as const;
    await place.stores.runs.put(id, { ...record, state: 'publishing', attempts: [{ ...attempt, outcome: 'running' }] });
    place.startTrainer({ train: () => Promise.reject(new Error('It is trained already.')) });
    expect(await ended(id)).toMatchObject({ state: 'succeeded', model: { version: 1 } });
    expect(place.registry.published).toHaveLength(1);
  });

  it('gives a run back when the worker is shut down, and counts no attempt', async () => {
    const { id } = await place.runs.submit(REQUEST);
    for (let round = 1; round <= 4; round++) {
      const shutDown = place.startTrainer({ train: trainUntilStopped(1) });
      await runWhen(place, id, (run) => run.attempts.length === round && run.history.length === 1);
      await shutDown();
      expect(await place.runs.get(id)).toMatchObject({ state: 'queued', error: null });
    }
    place.startTrainer({});
    const run = await ended(id);
    expect(run.state).toBe('succeeded');
    expect(run.attempts.map((attempt) => attempt.outcome)).toEqual([...Array(4).fill('interrupted'), 'succeeded']);
    expect(place.registry.published).toHaveLength(1);
  });

  it('lasts over a problem of the store', async () => {
    const problems: unknown[] = [];
    let receives = 0;
    const broken: Platform = {
      bucket: (name) => place.platform.bucket(name),
      keyValue: (name) => place.platform.keyValue(name),
      topic: (name) => place.platform.topic(name),
      close: () => place.platform.close(),
      queue: <T>(name: string, options?: { readonly maxAttempts?: number }) => {
        const queue = place.platform.queue<T>(name, options);
        const receive = queue.receive.bind(queue);
        queue.receive = async (how) => {
          receives += 1;
          if (receives === 1) throw new PictorError('disk_full', 'No room.');
          return receive(how);
        };
        return queue;
      },
    };
    const { id } = await place.runs.submit(REQUEST);
    place.startTrainer({}, { platform: broken, onProblem: (error) => problems.push(error) });
    expect((await ended(id)).state).toBe('succeeded');
    expect(problems).toContainEqual(expect.objectContaining({ code: 'disk_full' }));
  });
});

describe('dataset checks', () => {
  it('end with a manifest, while a training goes on', async () => {
    const { id: run } = await place.runs.submit(REQUEST);
    const begun = gate();
    place.startTrainer({ train: trainUntilStopped(1, begun) });
    await begun.opened;
    const { id } = await place.datasets.submit({ kind: 'url', url: 'http://me:secret@example.org/a.zip' }, 'a.zip');
    const ready = await datasetWhen(place, id, (dataset) => dataset.state === 'ready');
    expect(ready).toMatchObject({ manifest: MANIFEST, progress: 1, error: null });
    expect(JSON.stringify(ready)).not.toContain('secret');
    expect((await place.runs.get(run)).state).toBe('training');
  });

  it('get the password that the record does not show', async () => {
    const urls: string[] = [];
    place.startTrainer({
      prepareDataset: async (source) => {
        if (source.kind === 'url') urls.push(source.url);
        return { manifest: MANIFEST, directory: '/nowhere' };
      },
    });
    const { id } = await place.datasets.submit({ kind: 'url', url: 'http://me:secret@example.org/a.zip' }, 'a.zip');
    await datasetWhen(place, id, (dataset) => dataset.state === 'ready');
    expect(urls).toEqual(['http://me:secret@example.org/a.zip']);
  });

  it('end with the reason', async () => {
    place.startTrainer({
      prepareDataset: () => Promise.reject(new PictorError('dataset_not_found', 'Nothing is there.')),
    });
    const { id } = await place.datasets.submit(REQUEST.dataset, 'digits');
    const failed = await datasetWhen(place, id, (dataset) => dataset.state === 'failed');
    expect(failed.error).toMatchObject({ code: 'dataset_not_found', message: 'Nothing is there.' });
  });

  it('are given up when they break their worker every time', async () => {
    place.startTrainer({ prepareDataset: () => Promise.reject(new Error('segfault')) });
    const { id } = await place.datasets.submit(REQUEST.dataset, 'digits');
    const failed = await datasetWhen(place, id, (dataset) => dataset.state === 'failed');
    expect(failed.error?.code).toBe('dataset_check_failed');
    expect(failed.error?.message).toContain('segfault');
  });

  it('end when the dataset is deleted', async () => {
    const stopped = gate();
    place.startTrainer({
      prepareDataset: (_source, { signal }) =>
        new Promise((_, reject) =>
          signal?.addEventListener('abort', () => {
            stopped.open();
            reject(signal.reason);
          }),
        ),
    });
    const { id } = await place.datasets.submit(REQUEST.dataset, 'digits');
    await datasetWhen(place, id, (dataset) => dataset.state === 'fetching');
    await place.datasets.delete(id);
    await stopped.opened;
    await expect(place.datasets.get(id)).rejects.toMatchObject({ code: 'dataset_not_found' });
    await expect.poll(() => place.stores.datasetQueue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
  });
});

function settingsWith(train: Rooms['train']) {
  return {
    dataDirectory: place.directory,
    registry: place.registry,
    urls: { allowLoopback: false, allowPrivate: false },
    rooms: {
      prepareDataset: async () => ({ manifest: MANIFEST, directory: '/nowhere' }),
      imageShapeFor: () => ({}),
      planTraining: () => trainedModel('completed', []).recipe,
      tryDivisions: async () => trainedModel('completed', []).recipe,
      train,
    },
  };
}
