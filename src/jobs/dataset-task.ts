/** @file One dataset from the queue: fetched, prepared and checked under a lease. */
import path from 'node:path';
import { asPictorError, type DatasetRecord, type DatasetSource, errorBody, PictorError } from '../contracts/index.ts';
import type { Lease } from '../platform/index.ts';
import { isFinal } from './attempt.ts';
import { keepLease } from './heartbeat.ts';
import { isLeaseLost, RecordWriter, updateRecord } from './record-writer.ts';
import { type JobSettings, ROOMS } from './rooms.ts';
import type { TaskOptions } from './run-task.ts';
import { type DatasetTask, MAX_DATASET_DELIVERIES, type Stores } from './stores.ts';

/** Never rejects for what happens to the dataset; that is in its record. */
export async function checkDataset(
  settings: JobSettings,
  { datasets, datasetQueue, uploads }: Stores,
  lease: Lease<DatasetTask>,
  { leaseMs, shutDown }: TaskOptions,
): Promise<void> {
  const key = lease.payload.dataset;
  const lost = new AbortController();
  const deleted = new AbortController();
  const onLost = (reason: unknown) => lost.abort(reason);
  const heartbeat = keepLease(datasetQueue, lease, leaseMs, onLost);
  const unwatch = await datasets.watch(key, (change) => {
    if (change.key === key && change.value === null) deleted.abort(new Error('The dataset was deleted.'));
  });
  try {
    const entry = await updateRecord(datasets, key, (record) => (hasEnded(record) ? null : fetching(record)));
    if (!entry || hasEnded(entry.value)) return await datasetQueue.complete(lease);
    const onError = (error: unknown) => isLeaseLost(error) && onLost(error);
    const holds = (record: DatasetRecord) => !hasEnded(record);
    const writer = new RecordWriter<DatasetRecord>({ store: datasets, key, holds, onError }, entry);
    try {
      await prepare(settings, {
        source: lease.payload.source,
        writer,
        uploads,
        signal: AbortSignal.any([lost.signal, deleted.signal, shutDown]),
      });
      await datasetQueue.complete(lease);
    } catch (error) {
      if (deleted.signal.aborted) return await datasetQueue.complete(lease);
      if (lost.signal.aborted || isLeaseLost(error)) return;
      if (shutDown.aborted) return await datasetQueue.release(lease, 'The worker was shut down.');
      const { message } = asPictorError(error);
      const again = !isFinal(error) && lease.attempt < MAX_DATASET_DELIVERIES;
      if (again) return await datasetQueue.release(lease, message);
      const reason = isFinal(error) ? error : givenUp(lease.attempt, message);
      await writer.change((record) => failed(record, reason));
      await datasetQueue.complete(lease);
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

async function prepare(
  { rooms = ROOMS, dataDirectory, urls, limits }: JobSettings,
  job: {
    readonly source: DatasetSource;
    readonly writer: RecordWriter<DatasetRecord>;
    readonly uploads: Stores['uploads'];
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { source, writer, uploads, signal } = job;
  signal.throwIfAborted();
  const { manifest } = await rooms.prepareDataset(source, {
    cacheDirectory: path.join(dataDirectory, 'cache', 'datasets'),
    bucket: uploads,
    urls,
    signal,
    onProgress: ({ phase, done, total }) => {
      writer.later((record) => ({ ...record, state: phase, progress: total ? Math.min(1, done / total) : null }));
    },
    ...(limits ? { limits } : {}),
  });
  await writer.change((record) => ({ ...record, state: 'ready', progress: 1, manifest, error: null }));
}

function fetching(record: DatasetRecord): DatasetRecord {
  return { ...record, state: 'fetching', progress: null };
}

/** The record of a dataset that cannot be used. */
export function failed(record: DatasetRecord, error: unknown): DatasetRecord {
  return { ...record, state: 'failed', progress: null, error: errorBody(asPictorError(error)).error };
}

export function givenUp(attempts: number, reason: string): PictorError {
  return new PictorError('dataset_check_failed', `The check was given up after ${attempts} attempts: ${reason}`);
}

export function hasEnded(record: DatasetRecord): boolean {
  return record.state === 'ready' || record.state === 'failed';
}
