/** @file How batches are made: by measured cost, or by TensorFlow Serving's fixed parameters. */

/** TensorFlow Serving's `BatchingParameters`; what is left out has its default there. */
export interface BatchingParameters {
  /** Rows of one batch. Default 1000. */
  readonly maxBatchSize?: number;
  /** How long a batch that is not full waits for more. Default 0. */
  readonly batchTimeoutMicros?: number;
  /** Batches that wait, for each queue; more are refused with `batch_queue_full`. Default 10. */
  readonly maxEnqueuedBatches?: number;
  /** Batches that run at once. Default: one for each worker. */
  readonly numBatchThreads?: number;
  /** Batches are filled up to the next of these sizes with a copy of a row. */
  readonly allowedBatchSizes?: readonly number[];
  /** Requests of different inner shapes are padded with zeros to the largest and run together. Default false. */
  readonly padVariableLengthInputs?: boolean;
  /**
   * A request that is larger than a batch goes in several, up to all that may wait; otherwise it is refused with
   * `batch_too_large`. Default false.
   */
  readonly enableLargeBatchSplitting?: boolean;
  /** Rows of one batch when it is run, with splitting. Default: `maxBatchSize`. */
  readonly maxExecutionBatchSize?: number;
}

/** What a queue does. */
export interface BatchRules {
  /** Rows in one run of a graph. */
  readonly maxRows: number;
  /** What the oldest request of a batch should take, waiting and running, in milliseconds; null: no such thing. */
  readonly objectiveMs: number | null;
  /** How long a batch waits to become full, in milliseconds. */
  readonly waitMs: number;
  /** Rows that may wait. */
  readonly maxWaitingRows: number;
  /** Rows of the largest request; larger ones are refused. */
  readonly maxRequestRows: number;
  /** A request may be run in several batches also where it would fit into one. */
  readonly splits: boolean;
  /** Requests of different inner shapes run together, filled up with zeros to the largest. */
  readonly pads: boolean;
  /** Sizes to fill batches up to; empty: none. */
  readonly allowedSizes: readonly number[];
}

/** @param maxRows what memory allows, beside what the parameters ask for */
export function rulesOf(parameters: BatchingParameters | null, objectiveMs: number, maxRows: number): BatchRules {
  if (!parameters) {
    const noLimit = Number.POSITIVE_INFINITY;
    const limits = { maxWaitingRows: noLimit, maxRequestRows: noLimit, splits: true, pads: false, allowedSizes: [] };
    return { maxRows, objectiveMs, waitMs: 0, ...limits };
  }
  const { maxBatchSize = 1000, batchTimeoutMicros = 0, maxEnqueuedBatches = 10 } = parameters;
  const { enableLargeBatchSplitting = false, maxExecutionBatchSize = maxBatchSize } = parameters;
  const atOnce = enableLargeBatchSplitting ? Math.min(maxBatchSize, maxExecutionBatchSize) : maxBatchSize;
  const maxWaitingRows = maxEnqueuedBatches * maxBatchSize;
  return {
    maxRows: Math.max(1, Math.min(atOnce, maxRows)),
    objectiveMs: null,
    waitMs: batchTimeoutMicros / 1000,
    maxWaitingRows,
    maxRequestRows: enableLargeBatchSplitting ? maxWaitingRows : maxBatchSize,
    splits: enableLargeBatchSplitting,
    pads: parameters.padVariableLengthInputs ?? false,
    allowedSizes: parameters.allowedBatchSizes ?? [],
  };
}
