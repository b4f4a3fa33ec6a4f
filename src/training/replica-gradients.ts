/** @file A replica's gradients of its portion of a batch, computed in one piece or added up over several. */
import { RandomGenerator } from '../contracts/index.ts';
import { openSplit } from '../dataset/index.ts';
import { TrainingPictures } from './augmentation/training-pictures.ts';
import { portionOf, type ReplicaSetup } from './replica.ts';
import { openSizedStep, type SizedStep, STATE_PREFIX } from './replica-batch.ts';
import { gradientTensorsIn, type NamedTensors, type ReplicaMemory, tensorsIn } from './replica-memory.ts';

export interface PortionResult {
  /** Already weighted by 1 / images of the whole batch. */
  readonly loss: number;
  readonly correct: number;
}

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

export class GradientSteps {
  readonly #setup: ReplicaSetup;
  readonly #memory: ReplicaMemory;
  readonly #pictures: TrainingPictures;
  readonly #labels: BigInt64Array;
  readonly #steps = new Map<number, SizedStep>();
  /** New state of one piece, and its sum over the portion's pieces, each times its number of images. */
  readonly #state: Float32Array;
  readonly #stateTensors: NamedTensors;
  readonly #stateSum: Float64Array;
  /** Gradients of a further piece; made when a portion first has several. */
  #further: { readonly vector: Float32Array; readonly tensors: NamedTensors } | null = null;

  constructor(setup: ReplicaSetup, memory: ReplicaMemory) {
    const { slices, total, state } = setup.layout;
    this.#setup = setup;
    this.#memory = memory;
    const reader = openSplit(setup.datasetDirectory, 'train');
    const { imageShape, seed, augmentation } = setup;
    this.#pictures = new TrainingPictures(reader, { imageShape, seed, augmentation });
    this.#labels = BigInt64Array.from(reader.labels, BigInt);
    this.#state = new Float32Array(total - state);
    this.#stateSum = memory.sharedStates[setup.index];
    const kept = slices.filter(({ offset }) => offset >= state);
    this.#stateTensors = tensorsIn(this.#state, kept, STATE_PREFIX, state);
  }

  /** Compiles the steps of full batches; that of the last batch of an epoch is compiled when it comes. */
  async open(): Promise<void> {
    const { index, replicas, batchSize, pieceSize } = this.#setup;
    const [start, end] = portionOf(index, replicas, batchSize);
    for (const size of new Set(piecesOf(end - start, pieceSize))) await this.#step(size);
  }

  /** Writes the memory's gradients and this replica's row of new state, which is times the number of images. */
  async compute({ indices, count, epoch, stream }: Portion): Promise<PortionResult> {
    const { gradients, gradientTensors } = this.#memory;
    this.#stateSum.fill(0);
    // A replica without images takes part with nothing.
    if (indices.length === 0) gradients.fill(0);
    const masks = new Map<string, RandomGenerator>();
    const sum = { loss: 0, correct: 0 };
    let at = 0;
    for (const size of piecesOf(indices.length, this.#setup.pieceSize)) {
      const step = await this.#step(size);
      this.#fill(step, indices.subarray(at, at + size), count, epoch);
      this.#drawMasks(step, masks, stream);
      const first = at === 0;
      const further = first ? null : this.#furtherGradients();
      const { loss, correct } = await step.session.run(step.inputs, {
        ...(further?.tensors ?? gradientTensors),
        ...this.#stateOutputs(step),
      });
      if (further) for (let i = 0; i < gradients.length; i++) gradients[i] += further.vector[i];
      for (let i = 0; i < this.#state.length; i++) this.#stateSum[i] += size * this.#state[i];
      sum.loss += Number(loss.data[0]);
      sum.correct += Number(correct.data[0]);
      at += size;
    }
    return sum;
  }

  async #step(size: number): Promise<SizedStep> {
    const open = this.#steps.get(size) ?? (await openSizedStep(this.#setup, size, this.#memory.parameterTensors));
    this.#steps.set(size, open);
    return open;
  }

  #fill(step: SizedStep, indices: Int32Array, count: number, epoch: number): void {
    const { images, labels, penaltyWeight, mixed } = step;
    this.#pictures.read(indices, epoch, images, mixed);
    for (let i = 0; i < indices.length; i++) labels[i] = this.#labels[indices[i]];
    this.#weigh(step, count);
    // Shares of all pieces of all replicas add up to 1: penalties count once a step.
    penaltyWeight[0] = indices.length / count;
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
  #drawMasks({ masks }: SizedStep, generators: Map<string, RandomGenerator>, stream: string): void {
    for (const { name, rate, data } of masks) {
      const generator = generators.get(name) ?? new RandomGenerator(this.#setup.seed, `dropout/${name}/${stream}`);
      generators.set(name, generator);
      generator.fillDropoutMask(data, rate);
    }
  }

  /** State that the graph leaves alone, such as that of a frozen layer, stays what it is. */
  #stateOutputs({ hasState }: SizedStep): NamedTensors {
    const { state } = this.#setup.layout;
    this.#state.set(this.#memory.parameters.subarray(state));
    return Object.fromEntries(
      Object.entries(this.#stateTensors).filter(([name]) => hasState(name.slice(STATE_PREFIX.length))),
    );
  }

  #furtherGradients() {
    if (!this.#further) {
      const vector = new Float32Array(this.#memory.gradients.length);
      this.#further = { vector, tensors: gradientTensorsIn(vector, this.#setup.layout.slices) };
    }
    return this.#further;
  }
}

/** Sizes of the pieces that a portion is computed in, one after the other. */
export function piecesOf(count: number, pieceSize: number): number[] {
  const pieces = Array.from({ length: Math.floor(count / pieceSize) }, () => pieceSize);
  return count % pieceSize === 0 ? pieces : [...pieces, count % pieceSize];
}
