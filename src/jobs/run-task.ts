/** @file One training task from the queue: walked under a lease, ended, or given back for another attempt. */

import type { RunRecord } from '../contracts/index.ts';
import type { Lease } from '../platform/index.ts';
import { beginAttempt, failAttempt, failRun, interruptAttempt, isFinal } from './attempt.ts';
import { keepLease } from './heartbeat.ts';
import { isLeaseLost, type RecordWriter } from './record-writer.ts';
import type { JobSettings } from './rooms.ts';
import type { Stores, TrainingTask } from './stores.ts';
import { walkRun } from './walk-run.ts';

export interface TaskOptions {
  readonly leaseMs: number;
  /** The worker is being shut down. */
  readonly shutDown: AbortSignal;
}

/** Never rejects for what happens to the run; that is in its record. */
export async function workOnRun(
  settings: JobSettings,
  stores: Stores,
  lease: Lease<TrainingTask>,
  { leaseMs, shutDown }: TaskOptions,
): Promise<void> {
  const { runs, trainingQueue, uploads } = stores;
  const { run: id, request } = lease.payload;
  const lost = new AbortController();
  const cancel = new AbortController();
  const onLost = (reason: unknown) => lost.abort(reason);
  const heartbeat = keepLease(trainingQueue, lease, leaseMs, onLost);
  const unwatch = await runs.watch(id, ({ key, value }) => {
    if (key === id && value?.cancelRequested) cancel.abort(new Error('The run was cancelled.'));
  });
  try {
    const writer = await beginAttempt(stores, id, { onLost });
    if (!writer) return await trainingQueue.complete(lease);
    try {
      if (writer.record.cancelRequested) cancel.abort(new Error('The run was cancelled.'));
      const stop = AbortSignal.any([lost.signal, shutDown]);
      const walk = walkRun(settings, {
        request,
        writer,
        uploads,
        cancel: cancel.signal,
        stop,
        confirm: heartbeat.beat,
      });
      await endedOrShutDown(walk, shutDown);
      await trainingQueue.complete(lease);
    } catch (error) {
      if (lost.signal.aborted || isLeaseLost(error)) return;
      await giveBack(stores, lease, writer, error, shutDown.aborted);
    } finally {
      writer.close();
    }
  } catch (error) {
    if (!isLeaseLost(error)) throw error;
  } finally {
    heartbeat.stop();
    unwatch();
  }
}

/** Waits for the walk, but a worker that is shut down does not wait for what the walk still computes: nobody wants it. */
async function endedOrShutDown(walk: Promise<void>, shutDown: AbortSignal): Promise<void> {
  let end = () => {};
  const stopped = new Promise<never>((_, reject) => {
    end = () => reject(shutDown.reason);
  });
  if (shutDown.aborted) end();
  shutDown.addEventListener('abort', end);
  try {
    await Promise.race([walk, stopped]);
  } finally {
    shutDown.removeEventListener('abort', end);
  }
}

async function giveBack(
  { trainingQueue }: Stores,
  lease: Lease<TrainingTask>,
  writer: RecordWriter<RunRecord>,
  error: unknown,
  shutDown: boolean,
): Promise<void> {
  if (shutDown) {
    await interruptAttempt(writer);
    return await trainingQueue.release(lease, 'The worker was shut down.');
  }
  if (isFinal(error)) {
    await failRun(writer, error);
    return await trainingQueue.complete(lease);
  }
  const again = await failAttempt(writer, error);
  if (again) await trainingQueue.release(lease, error instanceof Error ? error.message : String(error));
  else await trainingQueue.complete(lease);
}
