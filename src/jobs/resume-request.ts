/** @file The request of a run that continues another one. */
import { isTerminal, PictorError, type RunRecord, type TrainingRequest } from '../contracts/index.ts';
import type { Platform } from '../platform/index.ts';
import { RunCheckpoints } from './checkpoints.ts';
import { openStores, type Stores } from './stores.ts';
import { sweep } from './sweep.ts';

/**
 * The request of a run that continues another one, which must have ended without success.
 * @param changes what may be asked for anew: the number of epochs, and where the same datasets are now
 * @throws `run_not_found`, `run_active`, `checkpoint_not_found` when the run has succeeded or had none
 */
export async function requestToResume(
  { platform, dataDirectory }: { readonly platform: Platform; readonly dataDirectory: string },
  run: string,
  changes: Partial<Pick<TrainingRequest, 'name' | 'epochs' | 'dataset' | 'testDataset' | 'tensorboard'>> = {},
): Promise<TrainingRequest> {
  const stores = openStores(platform);
  await sweep(stores);
  const record = (await stores.runs.get(run))?.value;
  if (!record) throw new PictorError('run_not_found', `There is no run "${run.slice(0, 100)}".`);
  if (!isTerminal(record.state)) {
    throw new PictorError('run_active', `The run "${run}" is still ${record.state}.`, {
      fix: 'Cancel it, or wait until it has ended; a run whose trainer died is taken over by itself.',
    });
  }
  if (record.state === 'succeeded') {
    throw new PictorError('checkpoint_not_found', `The run "${run}" has succeeded; its checkpoint is gone.`, {
      fix: 'Start a new training, from its weights if you like: --weights NAME.',
    });
  }
  return { ...record.request, ...changes, resume: await withCheckpoint(dataDirectory, stores, record) };
}

/** A run that ended before its first checkpoint may itself have continued one that has some. */
async function withCheckpoint(dataDirectory: string, stores: Stores, record: RunRecord): Promise<string> {
  if (await new RunCheckpoints(dataDirectory, record.id).exists()) return record.id;
  const { resume } = record.request;
  const earlier = resume === undefined ? null : ((await stores.runs.get(resume))?.value ?? null);
  if (earlier && earlier.id !== record.id) return await withCheckpoint(dataDirectory, stores, earlier);
  throw new PictorError(
    'checkpoint_not_found',
    `Run "${record.id}" has no checkpoint: it ended before its first one, or a run that continued it has succeeded.`,
  );
}
