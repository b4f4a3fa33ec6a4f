/** @file Finds runs and datasets whose work was given up without a word, and ends them or has them done. */
import { isTerminal } from '../contracts/index.ts';
import { exhausted } from './attempt.ts';
import { failed, givenUp, hasEnded } from './dataset-task.ts';
import { endedByGoneWorker, isGone } from './local-run.ts';
import { updateRecord } from './record-writer.ts';
import type { Stores } from './stores.ts';

/** A task is sent right after its record is written; one that has not come by then never will. */
const SENT_AFTER_MS = 10_000;

/** Dead letters, and runs of commands that are gone. May run in any number of processes at once. */
export async function sweep(stores: Stores): Promise<void> {
  const { runs, datasets, trainingQueue, datasetQueue, localRuns } = stores;
  for (const { id, payload, reason } of await trainingQueue.deadLetters()) {
    await updateRecord(runs, payload.run, (record) => (isTerminal(record.state) ? null : exhausted(record, reason)));
    await trainingQueue.remove(id);
  }
  for (const { id, payload, reason, attempts } of await datasetQueue.deadLetters()) {
    await updateRecord(datasets, payload.dataset, (record) =>
      hasEnded(record) ? null : failed(record, givenUp(attempts, reason)),
    );
    await datasetQueue.remove(id);
  }
  for (const { key, value } of await localRuns.list()) {
    if (!isGone(value)) continue;
    await updateRecord(runs, key, (record) =>
      isTerminal(record.state) ? null : endedByGoneWorker(record, value.worker),
    );
    await localRuns.delete(key);
  }
}

/**
 * Queues again what was recorded as queued by a process that died before it could send the task; a task that is there stays
 * as it is. Reads every record, so it is for the start of a worker.
 */
export async function requeueForgotten({
  runs,
  datasets,
  trainingQueue,
  datasetQueue,
  localRuns,
}: Stores): Promise<void> {
  const before = new Date(Date.now() - SENT_AFTER_MS).toISOString();
  const local = new Set((await localRuns.list()).map((entry) => entry.key));
  for (const { key: run, value } of await runs.list()) {
    if (value.state !== 'queued' || value.createdAt > before || local.has(run)) continue;
    await trainingQueue.send({ run, request: value.request }, { id: run });
  }
  for (const { key: dataset, value } of await datasets.list()) {
    if (value.state !== 'queued' || value.createdAt > before) continue;
    await datasetQueue.send({ dataset, source: value.source }, { id: dataset });
  }
}
