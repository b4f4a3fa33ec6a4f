/** @file Evaluates a finished model's graph on a split of a dataset. */
import type { Evaluation, Split, TensorValue } from '../contracts/index.ts';
import { openSplit, type PreparedDataset, type SplitReader } from '../dataset/index.ts';
import { createInferencePool, type LoadedModel } from '../runtime/index.ts';
import { summarise } from './evaluation.ts';

const BATCH_IMAGES = 256;
const BATCH_BYTES = 4 << 20;
/** Smallest probability whose logarithm is taken: what float32 can still tell from 0. */
const TINY = 1e-37;

/**
 * @param options.modelPath a graph that takes float32 pixels `[batch, height, width, channels]`, 0..255, and gives
 * probabilities `[batch, classes]`
 * @param options.labels names of its classes, which must be those of the dataset, in the same order
 */
export async function evaluateModel(options: {
  readonly modelPath: string;
  readonly labels: readonly string[];
  readonly dataset: PreparedDataset;
  readonly split: Split;
}): Promise<Evaluation> {
  const { modelPath, labels, dataset, split } = options;
  const reader = openSplit(dataset.directory, split);
  const pool = createInferencePool();
  try {
    const model = await pool.load(modelPath);
    const predicted = new Int32Array(reader.count);
    const batch = Math.max(1, Math.min(BATCH_IMAGES, Math.floor(BATCH_BYTES / reader.imageBytes)));
    const starts = Array.from({ length: Math.ceil(reader.count / batch) }, (_, i) => i * batch);
    const losses = new Float64Array(starts.length);
    const evaluateNext = async (): Promise<void> => {
      for (let start = starts.pop(); start !== undefined; start = starts.pop()) {
        const count = Math.min(batch, reader.count - start);
        losses[start / batch] = await evaluateBatch(model, reader, { start, count, dataset, predicted });
      }
    };
    await Promise.all(Array.from({ length: pool.size }, evaluateNext));
    const lossSum = losses.reduce((sum, loss) => sum + loss, 0);
    return summarise({ split, labels, truth: reader.labels, predicted, lossSum });
  } finally {
    await pool.close();
    reader.close();
  }
}

/** Pictor's graphs take pixels 0..255. */
const AS_THEY_ARE = { divisor: 1, offset: 0 };

async function evaluateBatch(
  model: LoadedModel,
  reader: SplitReader,
  part: {
    readonly start: number;
    readonly count: number;
    readonly dataset: PreparedDataset;
    readonly predicted: Int32Array;
  },
): Promise<number> {
  const { start, count, dataset, predicted } = part;
  const { height, width, channels } = dataset.manifest.image;
  const bytes = new Uint8Array(count * reader.imageBytes);
  reader.readImages(
    Int32Array.from({ length: count }, (_, i) => start + i),
    bytes,
  );
  const tensor = { dtype: 'DT_UINT8', shape: [count, height, width, channels], data: bytes } as const;
  const [answer] = model.outputs;
  const { outputs } = await model.run(new Map([[model.inputs[0], { tensor, scale: AS_THEY_ARE }]]), [answer]);
  const { data, shape } = outputs.get(answer) as Extract<TensorValue, { dtype: 'DT_FLOAT' }>;
  const classes = shape[1];
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const row = data.subarray(i * classes, (i + 1) * classes);
    loss -= Math.log(Math.max(row[reader.labels[start + i]], TINY));
    predicted[start + i] = row.indexOf(row.reduce((a, b) => Math.max(a, b), -Infinity));
  }
  return loss;
}
