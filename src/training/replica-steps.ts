/** @file The steps of a replica. Gradients are summed in the order of the replicas, so that results repeat bit for bit. */
import { RandomGenerator, type Split } from '../contracts/index.ts';
import { openSplit, type SplitReader } from '../dataset/index.ts';
import { GRADIENT_PREFIX } from '../nn/index.ts';
import { openSession, type Session, SharedBarrier, type Tensor } from '../runtime/index.ts';
import {
  type EpochResult,
  FLAG,
  portionOf,
  type ReplicaSetup,
  type SplitResult,
  STOP,
  type StepEvent,
  shardOf,
  UPDATE_TILE,
} from './replica.ts';
import { allocateBatch, type Batch, scalar, vector } from './replica-batch.ts';

const EVENT_INTERVAL_MS = 150;
/** Images of one evaluation batch: bounded in number and in bytes of pixels. */
const EVALUATION_IMAGES = 256;
const EVALUATION_PIXELS = 4 << 20;

export class Replica {
  readonly #setup: ReplicaSetup;
  readonly #say: (event: StepEvent) => void;
  readonly #barrier: SharedBarrier;
  readonly #flags: Int32Array;
  readonly #stepResults: Float64Array;
  readonly #sharedGradients: readonly Float32Array[];
  readonly #sharedParameters: Float32Array;
  readonly #order: Int32Array;
  /** Private copies: the runtime cannot read shared memory. */
  readonly #parameters: Float32Array;
  readonly #gradients: Float32Array;
  readonly #slots: readonly Float32Array[];
  /** One for each replica: where its gradients are copied to for the update. */
  readonly #tiles: readonly Float32Array[];
  readonly #shard: readonly [start: number, end: number];
  readonly #batch: Batch;
  readonly #trainLabels: BigInt64Array;
  readonly #parameterTensors: Record<string, Tensor>;
  readonly #gradientTensors: Record<string, Tensor>;
  readonly #splits = new Map<Split, SplitReader>();
  #best: Float32Array | null = null;
  #gradientSession!: Session;
  #updateSession!: Session;
  #evaluationSession!: Session;
  #updates = 0;

  constructor(setup: ReplicaSetup, say: (event: StepEvent) => void) {
    const { shared, total, replicas, index, parameters } = setup;
    this.#setup = setup;
    this.#say = say;
    this.#barrier = new SharedBarrier(shared.barrier, replicas);
    this.#flags = new Int32Array(shared.flags);
    this.#stepResults = new Float64Array(shared.stepResults);
    this.#sharedGradients = Array.from(
      { length: replicas },
      (_, replica) => new Float32Array(shared.gradients, replica * total * 4, total),
    );
    this.#sharedParameters = new Float32Array(shared.parameters);
    this.#order = new Int32Array(shared.order);
    this.#parameters = Float32Array.from(this.#sharedParameters);
    this.#gradients = new Float32Array(total);
    this.#shard = shardOf(index, replicas, total);
    this.#tiles = Array.from({ length: replicas }, () => new Float32Array(Math.min(UPDATE_TILE, total)));
    this.#slots = setup.slots.map(({ initial }) => new Float32Array(this.#shard[1] - this.#shard[0]).fill(initial));
    const slices = (flat: Float32Array, prefix: string): Record<string, Tensor> =>
      Object.fromEntries(
        parameters.map(({ name, shape, offset, size }) => [
          prefix + name,
          { type: 'float32', shape, data: flat.subarray(offset, offset + size) },
        ]),
      );
    this.#parameterTensors = slices(this.#parameters, '');
    this.#gradientTensors = slices(this.#gradients, GRADIENT_PREFIX);
    this.#batch = allocateBatch(setup, this.#parameterTensors);
    this.#trainLabels = BigInt64Array.from(this.#reader('train').labels, BigInt);
  }

  async open(): Promise<void> {
    const { gradientModel, updateModel, evaluationModel } = this.#setup;
    this.#gradientSession = await openSession(gradientModel, { optimization: 'basic' });
    this.#updateSession = await openSession(updateModel, { optimization: 'basic' });
    this.#evaluationSession = await openSession(evaluationModel, { optimization: 'basic' });
  }

  /** Runs the epoch's steps in the shared order, until its end or until all replicas agree to stop. */
  async epoch(epoch: number, firstStep: number): Promise<EpochResult> {
    const { batchSize, index, replicas } = this.#setup;
    const steps = Math.ceil(this.#order.length / batchSize);
    const total = { lossSum: 0, correct: 0, seen: 0 };
    let said = performance.now();
    for (let step = 0; step < steps; step++) {
      const start = step * batchSize;
      const count = Math.min(batchSize, this.#order.length - start);
      const [from, to] = portionOf(index, replicas, count);
      const indices = this.#order.subarray(start + from, start + to);
      this.#updates = firstStep + step + 1;
      await this.#computeGradients(indices, 1 / count, `${epoch}/${step}/${index}`);
      if (index === 0) this.#decideToStop();
      this.#barrier.wait();
      for (let replica = 0; replica < replicas; replica++) {
        total.lossSum += this.#stepResults[replica * 2] * count;
        total.correct += this.#stepResults[replica * 2 + 1];
      }
      total.seen += count;
      const stopped = this.#stopDecision();
      if (stopped !== STOP.none) return { steps: step, stopped, ...total };
      await this.#updateShard();
      this.#barrier.wait();
      this.#takeOtherShards();
      if (index === 0 && performance.now() - said >= EVENT_INTERVAL_MS) {
        said = performance.now();
        this.#say({ step: step + 1, ...total });
      }
    }
    return { steps, stopped: STOP.none, ...total };
  }

  /** Loss and predicted classes of a range of a split. */
  async evaluate(split: Split, start: number, end: number): Promise<SplitResult> {
    const { imageShape, classes } = this.#setup;
    const reader = this.#reader(split);
    const batch = Math.max(1, Math.min(EVALUATION_IMAGES, Math.floor(EVALUATION_PIXELS / reader.imageBytes)));
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
      const { logits } = await this.#evaluationSession.run({ images, ...this.#parameterTensors });
      const values = logits.data as Float32Array;
      for (let i = 0; i < count; i++) {
        const row = values.subarray(i * classes, (i + 1) * classes);
        lossSum += crossEntropy(row, reader.labels[at + i]);
        predicted[at - start + i] = indexOfMax(row);
      }
    }
    return { lossSum, predicted };
  }

  keepBest(): void {
    this.#best = Float32Array.from(this.#parameters);
  }

  /** The kept weights, or today's when none were kept. */
  bestWeights(): Float32Array {
    return this.#best ?? this.#parameters;
  }

  restore(parameters: Float32Array): void {
    this.#parameters.set(parameters);
  }

  async #computeGradients(indices: Int32Array, sampleWeight: number, stream: string): Promise<void> {
    const { seed, masks, index } = this.#setup;
    const { images, labels, sampleWeights, masks: maskData, inputs } = this.#batch;
    this.#reader('train').readImages(indices, images);
    for (let i = 0; i < indices.length; i++) labels[i] = this.#trainLabels[indices[i]];
    // Rows beyond the portion keep what they held: their weight is 0.
    sampleWeights.fill(0);
    sampleWeights.fill(sampleWeight, 0, indices.length);
    masks.forEach(({ name, rate }, i) => {
      new RandomGenerator(seed, `dropout/${name}/${stream}`).fillDropoutMask(maskData[i], rate);
    });
    const { loss, correct } = await this.#gradientSession.run(inputs, this.#gradientTensors);
    this.#stepResults[index * 2] = Number(loss.data[0]);
    this.#stepResults[index * 2 + 1] = Number(correct.data[0]);
    this.#shareGradients();
  }

  /** Other replicas need what this one computed for the parts that they update. */
  #shareGradients(): void {
    const { index, replicas } = this.#setup;
    if (replicas === 1) return;
    const [start, end] = this.#shard;
    const row = this.#sharedGradients[index];
    row.set(this.#gradients.subarray(0, start), 0);
    row.set(this.#gradients.subarray(end), end);
  }

  /** Runs in the first replica before the barrier: whatever it decides, all see the same. */
  #decideToStop(): void {
    if (Atomics.load(this.#flags, FLAG.stopRequested)) Atomics.store(this.#flags, FLAG.stop, STOP.requested);
  }

  #stopDecision(): EpochResult['stopped'] {
    for (let replica = 0; replica < this.#setup.replicas; replica++) {
      if (!Number.isFinite(this.#stepResults[replica * 2])) return STOP.diverged;
    }
    return Atomics.load(this.#flags, FLAG.stop) as EpochResult['stopped'];
  }

  async #updateShard(): Promise<void> {
    const { index, replicas, optimizer, slots } = this.#setup;
    const [start, end] = this.#shard;
    const step = scalar(this.#updates);
    const learningRate = scalar(optimizer.learningRate);
    for (let at = start; at < end; at += UPDATE_TILE) {
      const to = Math.min(end, at + UPDATE_TILE);
      const parameters = vector(this.#parameters.subarray(at, to));
      const inputs: Record<string, Tensor> = { parameters, step, learningRate };
      const outputs: Record<string, Tensor> = { newParameters: parameters };
      for (let replica = 0; replica < replicas; replica++) {
        const own = replica === index;
        const part = own ? this.#gradients.subarray(at, to) : this.#gradientTile(replica, at, to);
        inputs[`gradient${replica}`] = vector(part);
      }
      slots.forEach(({ name }, slot) => {
        const part = vector(this.#slots[slot].subarray(at - start, to - start));
        inputs[name] = part;
        outputs[`new:${name}`] = part;
      });
      await this.#updateSession.run(inputs, outputs);
    }
    if (replicas > 1) this.#sharedParameters.set(this.#parameters.subarray(start, end), start);
  }

  /** A copy outside of shared memory. */
  #gradientTile(replica: number, at: number, to: number): Float32Array {
    const tile = this.#tiles[replica].subarray(0, to - at);
    tile.set(this.#sharedGradients[replica].subarray(at, to));
    return tile;
  }

  #takeOtherShards(): void {
    if (this.#setup.replicas === 1) return;
    const [start, end] = this.#shard;
    this.#parameters.set(this.#sharedParameters.subarray(0, start), 0);
    this.#parameters.set(this.#sharedParameters.subarray(end), end);
  }

  #reader(split: Split): SplitReader {
    const open = this.#splits.get(split) ?? openSplit(this.#setup.datasetDirectory, split);
    this.#splits.set(split, open);
    return open;
  }
}

/** -log softmax(logits)[label], without overflow. */
function crossEntropy(logits: Float32Array, label: number): number {
  const max = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - max);
  return Math.log(sum) + max - logits[label];
}

function indexOfMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
