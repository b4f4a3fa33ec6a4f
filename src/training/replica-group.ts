/** @file The replicas of one training, seen from the fit loop: start, train an epoch, evaluate, give the weights. */
import {
  type NetworkSpec,
  RandomGenerator,
  SPLITS,
  type Split,
  type TrainingRecipe,
  type WeightTensor,
} from '../contracts/index.ts';
import { openSplit, type PreparedDataset } from '../dataset/index.ts';
import { compileEvaluation, compileGradients, compileUpdate, initialWeights } from '../nn/index.ts';
import { SharedBarrier, WorkerThread, workerFile } from '../runtime/index.ts';
import {
  type EpochResult,
  FLAG,
  type ParameterSlice,
  portionOf,
  type ReplicaCall,
  type ReplicaSetup,
  type SharedState,
  type SplitResult,
  STOP,
  type StepEvent,
} from './replica.ts';

export interface ReplicaGroup {
  /** Labels of each split, in the order of the images. */
  readonly labels: Readonly<Record<Split, Int32Array>>;
  /** @param epoch 1-based; @param firstStep optimizer steps made before */
  trainEpoch(epoch: number, firstStep: number, onStep: (event: StepEvent) => void): Promise<EpochResult>;
  evaluate(split: Split): Promise<SplitResult>;
  /** The replicas end the epoch before their next update. */
  requestStop(): void;
  /** Keeps today's weights as the best. */
  keepBest(): Promise<void>;
  /** Every replica goes back to the kept weights, which are returned; today's when none were kept. */
  restoreBest(): Promise<Map<string, WeightTensor>>;
  close(): Promise<void>;
}

/** Compiles the step's graphs and starts the recipe's number of replicas with the seeded first weights. */
export async function startReplicas(dataset: PreparedDataset, recipe: TrainingRecipe): Promise<ReplicaGroup> {
  const { network, optimizer, batchSize, replicas, seed } = recipe;
  const gradients = compileGradients(network, { batchSize: Math.ceil(batchSize / replicas) });
  const update = compileUpdate(optimizer, { replicas });
  const labels = readLabels(dataset);
  const { slices, total } = layOut(gradients.parameters);
  const shared = shareMemory({ replicas, total, images: labels.train.length });
  writeInitialWeights(new Float32Array(shared.parameters), slices, network, seed);

  let onStep: (event: StepEvent) => void = () => {};
  const { height, width, channels } = network.input;
  const workers = Array.from({ length: replicas }, (_, index) => {
    const setup: ReplicaSetup = {
      index,
      replicas,
      shared,
      gradientModel: gradients.model,
      evaluationModel: compileEvaluation(network).model,
      updateModel: update.model,
      parameters: slices,
      total,
      masks: gradients.masks,
      slots: update.slots,
      optimizer,
      datasetDirectory: dataset.directory,
      imageShape: [height, width, channels],
      classes: dataset.manifest.classes.length,
      batchSize,
      seed,
    };
    const file = workerFile('./replica-worker', import.meta.url);
    return new WorkerThread<ReplicaCall, StepEvent>(file, { data: setup, onEvent: (event) => onStep(event) });
  });
  const everyone = <Result>(call: (index: number) => ReplicaCall): Promise<Result[]> =>
    Promise.all(workers.map((worker, index) => worker.call<Result>(call(index))));
  const close = async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  const flags = new Int32Array(shared.flags);

  try {
    await everyone(() => ({ kind: 'open' }));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    labels,
    async trainEpoch(epoch, firstStep, listener) {
      onStep = listener;
      Atomics.store(flags, FLAG.stop, STOP.none);
      const order = new Int32Array(shared.order);
      order.forEach((_, i) => {
        order[i] = i;
      });
      new RandomGenerator(seed, `shuffle/${epoch}`).shuffle(order);
      const [result] = await everyone<EpochResult>(() => ({ kind: 'epoch', epoch, firstStep }));
      return result;
    },
    async evaluate(split) {
      const count = labels[split].length;
      const parts = await everyone<SplitResult>((index) => {
        const [start, end] = portionOf(index, replicas, count);
        return { kind: 'evaluate', split, start, end };
      });
      const predicted = new Int32Array(count);
      parts.forEach((part, index) => {
        predicted.set(part.predicted, portionOf(index, replicas, count)[0]);
      });
      return { lossSum: parts.reduce((sum, part) => sum + part.lossSum, 0), predicted };
    },
    requestStop: () => Atomics.store(flags, FLAG.stopRequested, 1),
    async keepBest() {
      await workers[0].call({ kind: 'keepBest' });
    },
    async restoreBest() {
      const flat = await workers[0].call<Float32Array>({ kind: 'bestWeights' });
      await everyone(() => ({ kind: 'restore', parameters: flat }));
      return new Map(
        slices.map(({ name, shape, offset, size }) => [name, { shape, data: flat.slice(offset, offset + size) }]),
      );
    },
    close,
  };
}

function layOut(parameters: readonly { readonly name: string; readonly shape: readonly number[] }[]): {
  readonly slices: ParameterSlice[];
  readonly total: number;
} {
  let offset = 0;
  const slices = parameters.map(({ name, shape }) => {
    const size = shape.reduce((product, side) => product * side, 1);
    const slice = { name, shape, offset, size };
    offset += size;
    return slice;
  });
  return { slices, total: offset };
}

function shareMemory(sizes: {
  readonly replicas: number;
  readonly total: number;
  readonly images: number;
}): SharedState {
  const { replicas, total, images } = sizes;
  return {
    barrier: new SharedArrayBuffer(SharedBarrier.bytes),
    flags: new SharedArrayBuffer(Object.keys(FLAG).length * 4),
    stepResults: new SharedArrayBuffer(replicas * 2 * 8),
    gradients: new SharedArrayBuffer(replicas * total * 4),
    parameters: new SharedArrayBuffer(total * 4),
    order: new SharedArrayBuffer(images * 4),
  };
}

function writeInitialWeights(
  flat: Float32Array,
  slices: readonly ParameterSlice[],
  network: NetworkSpec,
  seed: number,
): void {
  const weights = initialWeights(network, seed);
  for (const { name, offset } of slices) flat.set(weights.get(name)!.data, offset);
}

function readLabels(dataset: PreparedDataset): Record<Split, Int32Array> {
  const labels = {} as Record<Split, Int32Array>;
  for (const split of SPLITS) {
    const reader = openSplit(dataset.directory, split);
    labels[split] = reader.labels;
    reader.close();
  }
  return labels;
}
