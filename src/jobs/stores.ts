/** @file Names of the stores and queues that runs and datasets live in: the one place that spells them. */
import type { DatasetRecord, DatasetSource, RunRecord, TrainingRequest } from '../contracts/index.ts';
import type { Bucket, KeyValue, Platform, Queue } from '../platform/index.ts';

export interface TrainingTask {
  /** Id of a run. */
  readonly run: string;
  /** As it was asked; the record's own copy has no passwords in its URLs, because it is shown. */
  readonly request: TrainingRequest;
}

export interface DatasetTask {
  /** Id of a dataset. */
  readonly dataset: string;
  /** As it was given; the record's own copy has no password in its URL, because it is shown. */
  readonly source: DatasetSource;
}

/** Sign of life of a run that is trained without the queue, by a command. */
export interface LocalRun {
  readonly worker: string;
  /** Milliseconds since 1970 after which the worker counts as gone. */
  readonly aliveUntil: number;
}

export interface Stores {
  readonly runs: KeyValue<RunRecord>;
  readonly datasets: KeyValue<DatasetRecord>;
  readonly localRuns: KeyValue<LocalRun>;
  readonly trainingQueue: Queue<TrainingTask>;
  readonly datasetQueue: Queue<DatasetTask>;
  /** Archives that people sent; a source of kind `upload` names an object in it. */
  readonly uploads: Bucket;
}

/** A run fails for good when this many of its attempts failed or were lost. */
export const MAX_RUN_ATTEMPTS = 3;

/**
 * The queues' own caps only stop what ends its worker before a word is written. They are higher than
 * `MAX_RUN_ATTEMPTS` because a worker that is shut down gives its task back, and that is no fault of the run.
 */
const MAX_TRAINING_DELIVERIES = 20;
export const MAX_DATASET_DELIVERIES = 4;

export function openStores(platform: Platform): Stores {
  return {
    runs: platform.keyValue('runs'),
    datasets: platform.keyValue('datasets'),
    localRuns: platform.keyValue('local-runs'),
    trainingQueue: platform.queue('training', { maxAttempts: MAX_TRAINING_DELIVERIES }),
    datasetQueue: platform.queue('datasets', { maxAttempts: MAX_DATASET_DELIVERIES }),
    uploads: platform.bucket('datasets'),
  };
}
