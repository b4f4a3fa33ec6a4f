/** @file Finds runs and datasets whose work was given up without a word, and ends them. */
import { isTerminal, PictorError } from '../contracts/index.ts';
import { exhausted } from './attempt.ts';
import { failed, hasEnded } from './dataset-task.ts';
import { endedByGoneWorker } from './local-run.ts';
import { updateRecord } from './record-writer.ts';
import type { Stores } from './stores.ts';

/** Dead letters, and runs of commands that are gone. May run in any number of processes at once. */
export async function sweep(stores: Stores): Promise<void> {
  const { runs, datasets, trainingQueue, datasetQueue, localRuns } = stores;
  for (const { payload, reason } of await trainingQueue.deadLetters()) {
    await updateRecord(runs, payload.run, (record) => (isTerminal(record.state) ? null : exhausted(record, reason)));
  }
  for (const { payload, reason, attempts } of await datasetQueue.deadLetters()) {
    const error = new PictorError(
      'dataset_check_failed',
      `The dataset was given up after ${attempts} attempts: ${reason}`,
    );
    await updateRecord(datasets, payload.dataset, (record) => (hasEnded(record) ? null : failed(record, error)));
  }
  const now = Date.now();
  for (const { key, value } of await localRuns.list()) {
    if (value.aliveUntil > now) continue;
    await updateRecord(runs, key, (record) =>
      isTerminal(record.state) ? null : endedByGoneWorker(record, value.worker),
    );
    await localRuns.delete(key);
  }
}
