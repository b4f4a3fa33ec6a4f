import { existsSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTerminal, PictorError, type TrainingRecipe, type TrainingRequest } from '../contracts/index.ts';
import { recipeHash, SNAPSHOT_FORMAT, type TrainingSnapshot, type TrainOptions } from '../training/index.ts';
import { runFolder } from './checkpoints.ts';
import { requestToResume } from './resume-request.ts';
import type { Rooms } from './rooms.ts';
import {
  epoch,
  MANIFEST,
  openWorkplace,
  REQUEST,
  ROOMS_THAT_WORK,
  runWhen,
  trainAtOnce,
  type Workplace,
} from './testing/workplace.ts';
import { trainHere } from './train-here.ts';

let place: Workplace;
beforeEach(async () => {
  place = await openWorkplace();
});
afterEach(() => place.close());

function snapshotOf(recipe: TrainingRecipe): TrainingSnapshot {
  const sums = { lossSum: 1, correct: 1, seen: 16, firstLoss: 1, lastLoss: 1 };
  return {
    format: SNAPSHOT_FORMAT,
    recipe,
    recipeHash: recipeHash(recipe),
    datasetHash: MANIFEST.contentHash,
    course: { epoch: 2, step: 3, sums, history: [epoch(1)], best: epoch(1) },
    callbacks: {},
    tensors: new Map(),
  } as unknown as TrainingSnapshot;
}

/** Keeps a checkpoint of its second epoch, then fails. */
function failing(error: Error, changes: Partial<TrainingRecipe> = {}): Rooms['train'] {
  return async ({ recipe, onCheckpoint }) => {
    await onCheckpoint?.(snapshotOf({ ...recipe, ...changes }));
    throw error;
  };
}

/** Notes what it was asked. */
function noting(notes: TrainOptions[]): Rooms['train'] {
  return async (options) => {
    notes.push(options);
    return await trainAtOnce(options);
  };
}

function here(request: TrainingRequest, rooms: Partial<Rooms>) {
  const { platform, registry, directory } = place;
  const urls = { allowLoopback: true, allowPrivate: false };
  return trainHere(request, {
    platform,
    registry,
    dataDirectory: directory,
    urls,
    rooms: { ...ROOMS_THAT_WORK, ...rooms },
  });
}

async function failedRun(error: Error = new PictorError('disk_full', 'Full.'), changes: Partial<TrainingRecipe> = {}) {
  await expect(here(REQUEST, { train: failing(error, changes) })).rejects.toThrow(error.message);
  const [run] = await place.runs.list();
  return run;
}

const resuming = (run: string, changes: Parameters<typeof requestToResume>[2] = {}) =>
  requestToResume({ platform: place.platform, dataDirectory: place.directory }, run, changes);

describe('a run that continues another one', () => {
  it('goes on from its checkpoint by its recipe, and takes both away when it has succeeded', async () => {
    const failed = await failedRun();
    const notes: TrainOptions[] = [];
    const request = await resuming(failed.id, { epochs: 5 });
    const run = await here(request, { train: noting(notes) });
    expect(run).toMatchObject({ state: 'succeeded', request: { resume: failed.id } });
    expect(notes[0].recipe).toEqual({ ...failed.recipe, epochs: 5 });
    expect(notes[0].resume).toEqual(snapshotOf(failed.recipe!));
    expect(run.history[0]).toEqual(epoch(1));
    expect(run.log.map(({ message }) => message)).toContain(
      `Continues from epoch 2 of 5, step 4: the last checkpoint of run ${failed.id}.`,
    );
    for (const { id } of [failed, run]) {
      expect(existsSync(path.join(runFolder(place.directory, id), 'checkpoint'))).toBe(false);
    }
  });

  it('stands by itself before its own first checkpoint', async () => {
    const first = await failedRun();
    const crash = new PictorError('disk_full', 'Full again.');
    await expect(here(await resuming(first.id), { train: () => Promise.reject(crash) })).rejects.toThrow(crash.message);
    const [second] = (await place.runs.list()).filter(({ id }) => id !== first.id);
    await place.runs.delete(first.id);
    const notes: TrainOptions[] = [];
    await here(await resuming(second.id), { train: noting(notes) });
    expect(notes[0].resume).toEqual(snapshotOf(first.recipe!));
  });

  it('refuses what is not the same dataset, and epochs that the schedule does not allow', async () => {
    const failed = await failedRun();
    const other = { ...MANIFEST, contentHash: 'cd'.repeat(32) };
    const prepareDataset = async () => ({ directory: '', manifest: other });
    await expect(here(await resuming(failed.id), { prepareDataset })).rejects.toMatchObject({
      code: 'checkpoint_mismatch',
    });
    const cosine = await failedRun(new PictorError('disk_full', 'Full.'), { schedule: { kind: 'cosine' } });
    await expect(here(await resuming(cosine.id, { epochs: 9 }), {})).rejects.toMatchObject({
      code: 'training_option_invalid',
      message: expect.stringContaining('cosine schedule over 2 epochs'),
    });
    const { state } = await here(await resuming(cosine.id, { epochs: 1 }), {});
    expect(state).toBe('succeeded');
  });

  it('cannot be of a run that succeeded, is unknown, or has a broken checkpoint', async () => {
    const done = await here(REQUEST, {});
    await expect(resuming(done.id)).rejects.toMatchObject({ code: 'checkpoint_not_found' });
    await expect(resuming('nobody')).rejects.toMatchObject({ code: 'run_not_found' });
    const failed = await failedRun();
    truncateSync(path.join(runFolder(place.directory, failed.id), 'checkpoint', '000002-000000003', 'state.json'), 9);
    await expect(here(await resuming(failed.id), {})).rejects.toMatchObject({ code: 'checkpoint_invalid' });
  });

  it('is named by the error of a training that diverged', async () => {
    const error = new PictorError('training_diverged', 'No number.', { fix: 'Smaller.', details: { bestEpoch: 1 } });
    const failed = await failedRun(error);
    expect(failed.error?.fix).toContain(`pictor train --resume ${failed.id} --epochs 1`);
  });
});

describe('a run that is taken over', () => {
  const takenOver = async (damage: (checkpoint: string) => void) => {
    const notes: TrainOptions[] = [];
    const train: Rooms['train'] = async (options) => {
      if (notes.push(options) > 1) return await trainAtOnce(options);
      await failing(new PictorError('internal', 'Broke.'))(options).catch(() => {});
      const [{ id }] = await place.runs.list();
      damage(path.join(runFolder(place.directory, id), 'checkpoint', '000002-000000003'));
      throw new PictorError('internal', 'Broke.');
    };
    place.startTrainer({ train });
    const { id } = await place.runs.submit(REQUEST);
    return { notes, run: await runWhen(place, id, ({ state }) => isTerminal(state)) };
  };

  it('goes on from its checkpoint', async () => {
    const { notes, run } = await takenOver(() => {});
    expect(run).toMatchObject({ state: 'succeeded', attempts: [{ outcome: 'failed' }, { outcome: 'succeeded' }] });
    expect(notes[1].resume).toEqual(snapshotOf(notes[0].recipe));
    expect(run.history.map((record) => record.epoch)).toEqual([1, 1, 2]);
  });

  it('starts from the beginning when that is broken, and says so', async () => {
    const { notes, run } = await takenOver((checkpoint) =>
      truncateSync(path.join(checkpoint, 'tensors.safetensors'), 3),
    );
    expect(run.state).toBe('succeeded');
    expect(notes[1].resume).toBeUndefined();
    expect(
      run.log.find(({ level, message }) => level === 'warning' && message.startsWith('Starts from the')),
    ).toBeDefined();
  });
});
