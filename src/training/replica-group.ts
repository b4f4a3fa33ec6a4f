/** @file The replicas of one training, seen from the fit loop: start, train steps, evaluate, give and take weights and slots. */
import { setTimeout as after } from 'node:timers/promises';
import { RandomGenerator, SPLITS, type Split, type TrainingRecipe } from '../contracts/index.ts';
import { openSplit, type PreparedDataset } from '../dataset/index.ts';
import { compileEvaluation, compileUpdate, describeNetwork, initialWeights } from '../nn/index.ts';
import { channelBlock, WorkerThread, workerFile } from '../runtime/index.ts';
import { pieceSizeOf } from './memory.ts';
import {
  FLAG,
  type ParameterLayout,
  portionOf,
  type ReplicaCall,
  type ReplicaSetup,
  type SplitResult,
  STOP,
  type StepEvent,
  shardOf,
  type TrainAnswer,
  type TrainCall,
} from './replica.ts';
import { flatten, layOut, shareMemory, type Weights } from './replica-layout.ts';

/** For how long a step or an evaluation is waited for when a training is given up. */
const STOP_MS = 5000;

export interface ReplicaGroup {
  /** Labels of each split, in the order of the images. */
  readonly labels: Readonly<Record<Split, Int32Array>>;
  readonly layout: ParameterLayout;
  /** Names of the optimizer's slots. */
  readonly slots: readonly string[];
  /** Draws the order of an epoch's images; before its first steps. */
  shuffle(epoch: number): void;
  train(call: Omit<TrainCall, 'kind'>, onStep: (event: StepEvent) => void): Promise<TrainAnswer>;
  /** @param range part of the split. Default: all of it */
  evaluate(split: Split, range?: { readonly start: number; readonly end: number }): Promise<SplitResult>;
  /** The replicas stop before their next update. */
  requestStop(): void;
  /** The replicas stop after their next update, unless the steps that they were given end before. */
  requestPause(): void;
  /** A copy of all parameters, as the layout has them. */
  parameters(): Promise<Float32Array>;
  /** The sum of all replicas' last gradients, as long as the layout's trainable part. */
  gradients(): Promise<Float32Array>;
  /** Copies of the optimizer's slots, each as long as the layout's trainable part. */
  optimizerSlots(): Promise<Float32Array[]>;
  /** Every replica goes on with these; slots that are left out stay as they are. */
  restore(parameters: Float32Array, slots?: readonly Float32Array[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Compiles the step's graphs and starts the recipe's number of replicas.
 * @param weights the first ones. Default: drawn with the recipe's seed
 */
export async function startReplicas(
  dataset: PreparedDataset,
  recipe: TrainingRecipe,
  weights: Weights = initialWeights(recipe.network, recipe.seed),
): Promise<ReplicaGroup> {
  const { network, optimizer, batchSize, replicas, seed, augmentation } = recipe;
  const labels = readLabels(dataset);
  const update = compileUpdate(optimizer, { replicas });
  const layout = layOut(describeNetwork(network).parameters, optimizer);
  const shared = shareMemory(layout, replicas, labels.train.length);
  flatten(new Float32Array(shared.parameters), layout, weights);

  let onStep: (event: StepEvent) => void = () => {};
  const { height, width, channels } = network.input;
  const common: Omit<ReplicaSetup, 'index'> = {
    replicas,
    shared,
    network,
    evaluationModel: compileEvaluation(network, { channelBlock: await channelBlock() }).model,
    updateModel: update.model,
    layout,
    slots: update.slots,
    scalars: update.scalars,
    optimizer,
    loss: recipe.loss,
    classWeights: recipe.classWeights,
    datasetDirectory: dataset.directory,
    imageShape: [height, width, channels],
    classes: dataset.manifest.classes.length,
    batchSize,
    pieceSize: pieceSizeOf(recipe, recipe.microBatch),
    threads: recipe.threads,
    seed,
    augmentation,
  };
  const file = workerFile('./replica-worker', import.meta.url);
  const workers = Array.from(
    { length: replicas },
    (_, index) =>
      new WorkerThread<ReplicaCall, StepEvent>(file, {
        data: { ...common, index } satisfies ReplicaSetup,
        onEvent: (event) => onStep(event),
      }),
  );
  const flags = new Int32Array(shared.flags);
  const underway = new Set<Promise<unknown>>();
  const everyone = <Result>(call: (index: number) => ReplicaCall): Promise<Result[]> => {
    const calls = workers.map((worker, index) => worker.call<Result>(call(index)));
    const ended = Promise.allSettled(calls).finally(() => underway.delete(ended));
    underway.add(ended);
    return Promise.all(calls);
  };
  const close = async () => {
    // A thread that is terminated while its graph runs takes the process with it, so they stop at their next step first. Not
    // all do when one has died: the others wait for it.
    Atomics.store(flags, FLAG.stopRequested, 1);
    await Promise.race([Promise.all(underway), after(STOP_MS, undefined, { ref: false })]);
    await Promise.all(workers.map((worker) => worker.terminate()));
  };

  try {
    await everyone(() => ({ kind: 'open' }));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    labels,
    layout,
    slots: update.slots.map(({ name }) => name),
    shuffle(epoch) {
      const order = new Int32Array(shared.order);
      order.forEach((_, i) => {
        order[i] = i;
      });
      new RandomGenerator(seed, `shuffle/${epoch}`).shuffle(order);
    },
    async train(call, listener) {
      onStep = listener;
      Atomics.store(flags, FLAG.pauseRequested, 0);
      Atomics.store(flags, FLAG.stop, STOP.none);
      const [answer] = await everyone<TrainAnswer>(() => ({ kind: 'train', ...call }));
      return answer;
    },
    async evaluate(split, range = { start: 0, end: labels[split].length }) {
      const count = range.end - range.start;
      const parts = await everyone<SplitResult>((index) => {
        const [start, end] = portionOf(index, replicas, count);
        return { kind: 'evaluate', split, start: range.start + start, end: range.start + end };
      });
      const predicted = new Int32Array(count);
      parts.forEach((part, index) => {
        predicted.set(part.predicted, portionOf(index, replicas, count)[0]);
      });
      return { lossSum: parts.reduce((sum, part) => sum + part.lossSum, 0), predicted };
    },
    requestStop: () => Atomics.store(flags, FLAG.stopRequested, 1),
    requestPause: () => Atomics.store(flags, FLAG.pauseRequested, 1),
    parameters: () => workers[0].call({ kind: 'parameters' }),
    async gradients() {
      const [sum, ...others] = await everyone<Float32Array>(() => ({ kind: 'gradients' }));
      for (const other of others) for (let i = 0; i < sum.length; i++) sum[i] += other[i];
      return sum;
    },
    async optimizerSlots() {
      const shards = await everyone<Float32Array[]>(() => ({ kind: 'slots' }));
      return update.slots.map((_, slot) => {
        const whole = new Float32Array(layout.trainable);
        shards.forEach((shard, index) => {
          whole.set(shard[slot], shardOf(index, replicas, layout.trainable)[0]);
        });
        return whole;
      });
    },
    async restore(parameters, slots) {
      await everyone((index) => {
        const shard = shardOf(index, replicas, layout.trainable);
        return slots
          ? { kind: 'restore', parameters, slots: slots.map((slot) => slot.slice(...shard)) }
          : { kind: 'restore', parameters };
      });
    },
    close,
  };
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
