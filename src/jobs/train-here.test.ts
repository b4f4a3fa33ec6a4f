import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PictorError, type RunRecord } from '../contracts/index.ts';
import type { Rooms } from './rooms.ts';
import { sweep } from './sweep.ts';
import {
  gate,
  openWorkplace,
  REQUEST,
  ROOMS_THAT_WORK,
  trainUntilStopped,
  type Workplace,
} from './testing/workplace.ts';
import { trainHere } from './train-here.ts';

let place: Workplace;
beforeEach(async () => {
  place = await openWorkplace();
});
afterEach(() => place.close());

function here(rooms: Partial<Rooms> = {}, more: { signal?: AbortSignal; onRecord?: (run: RunRecord) => void } = {}) {
  const { platform, registry, directory } = place;
  const urls = { allowLoopback: true, allowPrivate: false };
  const settings = { platform, registry, dataDirectory: directory, urls, rooms: { ...ROOMS_THAT_WORK, ...rooms } };
  return trainHere(REQUEST, { ...settings, ...more });
}

describe('trainHere', () => {
  it('trains without the queue, and keeps the record', async () => {
    const states = new Set<string>();
    const run = await here({}, { onRecord: ({ state }) => states.add(state) });
    expect(run).toMatchObject({ state: 'succeeded', model: { name: 'digits', version: 1 } });
    expect(await place.runs.get(run.id)).toMatchObject({ state: 'succeeded', model: { version: 1 } });
    expect([...states]).toEqual([
      'queued',
      'fetching',
      'preparing',
      'training',
      'evaluating',
      'publishing',
      'succeeded',
    ]);
    expect(await place.stores.trainingQueue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
    expect(await place.stores.localRuns.list()).toEqual([]);
  });

  it('rejects with what failed, and records it', async () => {
    const failing = here({ prepareDataset: () => Promise.reject(new PictorError('dataset_not_found', 'Gone.')) });
    await expect(failing).rejects.toMatchObject({ code: 'dataset_not_found' });
    expect(await place.runs.list()).toMatchObject([{ state: 'failed', error: { code: 'dataset_not_found' } }]);
  });

  it('keeps the best so far when it is interrupted', async () => {
    const begun = gate();
    const controller = new AbortController();
    const run = here({ train: trainUntilStopped(1, begun) }, { signal: controller.signal });
    await begun.opened;
    controller.abort();
    expect(await run).toMatchObject({ state: 'cancelled', model: { version: 1 } });
  });

  it('rejects when it is interrupted with nothing to keep', async () => {
    const begun = gate();
    const controller = new AbortController();
    const run = here({ train: trainUntilStopped(0, begun) }, { signal: controller.signal });
    await begun.opened;
    controller.abort();
    await expect(run).rejects.toMatchObject({ code: 'training_interrupted' });
    expect(await place.runs.list()).toMatchObject([{ state: 'cancelled', error: null }]);
  });

  it('can be cancelled from elsewhere', async () => {
    const begun = gate();
    const run = here({ train: trainUntilStopped(1, begun) });
    await begun.opened;
    const [{ id }] = await place.runs.list();
    await place.runs.cancel(id);
    expect(await run).toMatchObject({ state: 'cancelled', model: { version: 1 } });
  });

  it('is ended by the next one when its process is gone', async () => {
    const run = await place.runs.submit(REQUEST);
    await place.stores.runs.put(run.id, { ...run, state: 'training' });
    await place.stores.localRuns.put(run.id, { worker: 'here:1', aliveUntil: Date.now() + 60_000 });
    await sweep(place.stores);
    expect((await place.runs.get(run.id)).state).toBe('training');
    await place.stores.localRuns.put(run.id, { worker: 'here:1', aliveUntil: Date.now() - 1 });
    await sweep(place.stores);
    expect(await place.runs.get(run.id)).toMatchObject({ state: 'failed', error: { code: 'training_interrupted' } });
    expect(await place.stores.localRuns.list()).toEqual([]);
  });
});
