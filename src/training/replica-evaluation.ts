/** @file A replica's evaluation of a part of a split with today's weights. */
import type { Split } from '../contracts/index.ts';
import { openSplit, type SplitReader } from '../dataset/index.ts';
import { sampleLoss } from '../nn/index.ts';
import { openSession, type Session, type Tensor } from '../runtime/index.ts';
import type { ReplicaSetup, SplitResult } from './replica.ts';
import type { ReplicaMemory } from './replica-memory.ts';

/** Images of one evaluation batch: bounded in number and in bytes of pixels. */
const MAX_IMAGES = 256;
const MAX_PIXELS = 4 << 20;

export class EvaluationStep {
  readonly #setup: ReplicaSetup;
  readonly #memory: ReplicaMemory;
  readonly #splits = new Map<Split, SplitReader>();
  #session!: Session;

  constructor(setup: ReplicaSetup, memory: ReplicaMemory) {
    this.#setup = setup;
    this.#memory = memory;
  }

  async open(): Promise<void> {
    this.#session = await openSession(this.#setup.evaluationModel, {
      optimization: 'basic',
      threads: this.#setup.threads,
    });
  }

  /** Loss and predicted classes of a range of a split. */
  async run(split: Split, start: number, end: number): Promise<SplitResult> {
    const { pieceSize, replicas, batchSize, imageShape, classes, loss, network } = this.#setup;
    const { outputActivation } = network;
    const reader = this.#reader(split);
    // Where memory is short, no more than a step has.
    const most = pieceSize * replicas < batchSize ? pieceSize : MAX_IMAGES;
    const batch = Math.max(1, Math.min(most, Math.floor(MAX_PIXELS / reader.imageBytes)));
    const predicted = new Int32Array(end - start);
    let lossSum = 0;
    for (let at = start; at < end; at += batch) {
      const count = Math.min(batch, end - at);
      const pixels = new Uint8Array(count * reader.imageBytes);
      reader.readImages(
        Int32Array.from({ length: count }, (_, i) => at + i),
        pixels,
      );
      const images: Tensor = { type: 'uint8', shape: [count, ...imageShape], data: pixels };
      const { logits } = await this.#session.run({ images, ...this.#memory.parameterTensors });
      const values = logits.data as Float32Array;
      for (let i = 0; i < count; i++) {
        const row = values.subarray(i * classes, (i + 1) * classes);
        lossSum += sampleLoss(loss, { logits: row, label: reader.labels[at + i], outputActivation });
        predicted[at - start + i] = indexOfMax(row);
      }
    }
    return { lossSum, predicted };
  }

  #reader(split: Split): SplitReader {
    const open = this.#splits.get(split) ?? openSplit(this.#setup.datasetDirectory, split);
    this.#splits.set(split, open);
    return open;
  }
}

function indexOfMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
