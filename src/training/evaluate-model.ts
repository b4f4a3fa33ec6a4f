/** @file Evaluates a model on a split of a dataset. */
import type { Evaluation, Split } from '../contracts/index.ts';
import { openSplit, type PreparedDataset, type SplitReader } from '../dataset/index.ts';
import { summarise } from './evaluation.ts';

const BATCH_IMAGES = 256;
const BATCH_BYTES = 4 << 20;
/** Smallest probability whose logarithm is taken: what float32 can still tell from 0. */
const TINY = 1e-37;

export interface EvaluationOptions {
  /** Names of the classes, which must be those of the dataset, in the same order. */
  readonly labels: readonly string[];
  readonly dataset: PreparedDataset;
  readonly split: Split;
  /** Pixels `[count, height, width, channels]`, 0..255, to probabilities `[count, classes]`. */
  readonly predict: (pixels: Float32Array, count: number) => Promise<Float32Array>;
  /** Batches that are asked for at once. Default 1. */
  readonly atOnce?: number;
}

export async function evaluateModel(options: EvaluationOptions): Promise<Evaluation> {
  const { labels, dataset, split, atOnce = 1 } = options;
  const reader = openSplit(dataset.directory, split);
  try {
    const predicted = new Int32Array(reader.count);
    const batch = Math.max(1, Math.min(BATCH_IMAGES, Math.floor(BATCH_BYTES / reader.imageBytes)));
    const starts = Array.from({ length: Math.ceil(reader.count / batch) }, (_, i) => i * batch);
    const losses = new Float64Array(starts.length);
    const evaluateNext = async (): Promise<void> => {
      for (let start = starts.pop(); start !== undefined; start = starts.pop()) {
        const count = Math.min(batch, reader.count - start);
        losses[start / batch] = await evaluateBatch(options, reader, start, predicted.subarray(start, start + count));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, evaluateNext));
    const lossSum = losses.reduce((sum, loss) => sum + loss, 0);
    return summarise({ split, labels, truth: reader.labels, predicted, lossSum });
  } finally {
    reader.close();
  }
}

/** @param predicted is filled @returns sum of the losses */
async function evaluateBatch(
  { predict, labels }: EvaluationOptions,
  reader: SplitReader,
  start: number,
  predicted: Int32Array,
): Promise<number> {
  const count = predicted.length;
  const bytes = new Uint8Array(count * reader.imageBytes);
  reader.readImages(
    Int32Array.from({ length: count }, (_, i) => start + i),
    bytes,
  );
  const probabilities = await predict(Float32Array.from(bytes), count);
  const classes = labels.length;
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    loss -= Math.log(Math.max(row[reader.labels[start + i]], TINY));
    predicted[i] = row.indexOf(row.reduce((a, b) => Math.max(a, b), -Infinity));
  }
  return loss;
}
