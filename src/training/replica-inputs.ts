/** @file Fills a step's inputs: pictures, labels, weights of the samples, dropout masks. */
import { RandomGenerator } from '../contracts/index.ts';
import { openSplit } from '../dataset/index.ts';
import { TrainingPictures } from './augmentation/training-pictures.ts';
import type { ReplicaSetup } from './replica.ts';
import type { SizedStep } from './replica-batch.ts';

export interface Portion {
  /** Places in the training split. */
  readonly indices: Int32Array;
  /** Images of the whole batch, over all replicas. */
  readonly count: number;
  /** 1-based. */
  readonly epoch: number;
  /** Names the random streams of this step and replica, such as `EPOCH/STEP/REPLICA`. */
  readonly stream: string;
}

export class StepInputs {
  readonly #setup: ReplicaSetup;
  readonly #pictures: TrainingPictures;
  readonly #labels: BigInt64Array;
  /** Of the masks of the portion that is being filled in, by name. */
  #generators = new Map<string, RandomGenerator>();

  constructor(setup: ReplicaSetup) {
    const { datasetDirectory, imageShape, seed, augmentation } = setup;
    const reader = openSplit(datasetDirectory, 'train');
    this.#setup = setup;
    this.#pictures = new TrainingPictures(reader, { imageShape, seed, augmentation });
    this.#labels = BigInt64Array.from(reader.labels, BigInt);
  }

  /** Fills in a portion's images from `at` on, as many as the step takes. Pieces of a portion come in their order. */
  fill(step: SizedStep, { indices: all, count, epoch, stream }: Portion, at: number): void {
    const { images, labels, penaltyWeight, mixed } = step;
    const indices = all.subarray(at, at + labels.length);
    this.#pictures.read(indices, epoch, images, mixed);
    for (let i = 0; i < indices.length; i++) labels[i] = this.#labels[indices[i]];
    this.#weigh(step, count);
    // Shares of all pieces of all replicas add up to 1: penalties count once a step.
    penaltyWeight[0] = indices.length / count;
    if (at === 0) this.#generators = new Map();
    this.#drawMasks(step, stream);
  }

  /** A sample that is mixed of two classes weighs what they weigh, in its shares. */
  #weigh({ labels, mixed, sampleWeights }: SizedStep, count: number): void {
    const { classWeights } = this.#setup;
    if (!classWeights) {
      sampleWeights.fill(1 / count);
      return;
    }
    for (let i = 0; i < sampleWeights.length; i++) {
      const first = classWeights[Number(labels[i])];
      const second = mixed ? classWeights[Number(mixed.labels2[i])] : first;
      const share = mixed ? mixed.mix[i] : 1;
      sampleWeights[i] = (share * first + (1 - share) * second) / count;
    }
  }

  /** One stream over all pieces, so that cutting a portion does not change the masks. */
  #drawMasks({ masks }: SizedStep, stream: string): void {
    for (const { name, rate, data } of masks) {
      const generator =
        this.#generators.get(name) ?? new RandomGenerator(this.#setup.seed, `dropout/${name}/${stream}`);
      this.#generators.set(name, generator);
      generator.fillDropoutMask(data, rate);
    }
  }
}
