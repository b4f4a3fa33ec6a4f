/** @file Trains a run in this process, without the queue: the same walk, with the same record. */
import { errorFromBody, PictorError, type RunRecord, type TrainingRequest } from '../contracts/index.ts';
import type { Platform } from '../platform/index.ts';
import type { NetworkFile } from '../training/index.ts';
import { beginAttempt, failRun } from './attempt.ts';
import { checkTrainingRequest } from './check-request.ts';
import { newId } from './ids.ts';
import { signOfLife } from './local-run.ts';
import { isLeaseLost, type RecordWriter } from './record-writer.ts';
import type { JobSettings } from './rooms.ts';
import { newRunRecord } from './run-record.ts';
import { createRun } from './run-service.ts';
import { openStores } from './stores.ts';
import { sweep } from './sweep.ts';
import type { WalkOptions } from './walk-options.ts';
import { walkRun } from './walk-run.ts';

export interface TrainHereSettings extends JobSettings {
  readonly platform: Platform;
  /** Gives the run its network, instead of a preset. It stays open. */
  readonly networkFile?: NetworkFile;
  /** Cancels the run: the best weights so far are published. */
  readonly signal?: AbortSignal;
  /** Called on every change, many times a second, with the record as it is then. */
  readonly onRecord?: (record: RunRecord) => void;
}

/**
 * Trains and publishes. The record is kept like that of any run, so that a server on the same data directory shows it and
 * can cancel it.
 * @returns the ended run: `succeeded`, or `cancelled` with a model when an epoch had been finished
 * @throws what made it fail, which the record says too; `training_interrupted` when it was cancelled with nothing to keep
 */
export async function trainHere(asked: TrainingRequest, settings: TrainHereSettings): Promise<RunRecord> {
  const { platform, signal, onRecord, networkFile } = settings;
  const request = networkFile ? networkFile.withDefaults(asked) : asked;
  checkTrainingRequest(request);
  const stores = openStores(platform);
  await sweep(stores);
  const created = newRunRecord(newId(), request);
  const { id } = created;
  // Before the record, so that no worker takes a run that is being started here for one that was forgotten.
  const endLife = await signOfLife(stores.localRuns, id);
  const lost = new AbortController();
  const cancel = new AbortController();
  const unwatch = await stores.runs.watch(id, ({ key, value }) => {
    if (key === id && value?.cancelRequested) cancel.abort(new Error('The run was cancelled.'));
  });
  try {
    await createRun(stores, created);
    onRecord?.(created);
    const writer = await beginAttempt(stores, id, {
      onLost: (reason) => lost.abort(reason),
      ...(onRecord ? { onChange: onRecord } : {}),
    });
    if (!writer) throw nothingKept();
    try {
      return await walkHere(settings, writer, {
        request,
        ...(networkFile ? { networkFile } : {}),
        uploads: stores.uploads,
        cancel: signal ? AbortSignal.any([signal, cancel.signal]) : cancel.signal,
        stop: lost.signal,
      });
    } finally {
      writer.close();
    }
  } finally {
    unwatch();
    await endLife();
  }
}

async function walkHere(
  settings: TrainHereSettings,
  writer: RecordWriter<RunRecord>,
  options: Omit<WalkOptions, 'writer' | 'confirm'>,
): Promise<RunRecord> {
  try {
    await walkRun(settings, { ...options, writer, confirm: async () => {} });
  } catch (error) {
    // What stopped the run may stop its record from being written too; it is what the caller has to hear.
    if (!isLeaseLost(error)) await failRun(writer, error).catch(() => {});
    throw error;
  }
  const { record } = writer;
  if (record.state === 'failed' && record.error) throw errorFromBody({ error: record.error });
  if (!record.model) throw nothingKept();
  return record;
}

function nothingKept(): PictorError {
  return new PictorError(
    'training_interrupted',
    'Cancelled before the first epoch was finished; nothing was published.',
  );
}
