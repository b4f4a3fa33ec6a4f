/** @file The fit loop: epochs over replicas, validation, best weights, early stop, cancel, final evaluation. */
import {
  type EpochRecord,
  type Evaluation,
  type Milestone,
  PictorError,
  type Split,
  type TrainedModel,
  type TrainingMetrics,
  type TrainingProgress,
  type TrainingRecipe,
} from '../contracts/index.ts';
import type { PreparedDataset } from '../dataset/index.ts';
import { summarise } from './evaluation.ts';
import { STOP, type StepEvent } from './replica.ts';
import { type ReplicaGroup, startReplicas } from './replica-group.ts';
import { unflatten } from './replica-layout.ts';

export interface TrainOptions {
  readonly dataset: PreparedDataset;
  readonly recipe: TrainingRecipe;
  /** Ends training early; what was best so far is still evaluated and returned. */
  readonly signal?: AbortSignal;
  /** Several times a second. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  readonly onEpoch?: (epoch: EpochRecord) => void;
  readonly onMilestone?: (milestone: Extract<Milestone, 'built' | 'compiled' | 'trained'>) => void;
}

/** `early`: patience ran out. `cancelled`: the signal was aborted; the model holds the best weights so far. */
export interface TrainResult extends TrainedModel {
  readonly stopped: 'completed' | 'early' | 'cancelled';
}

/**
 * Trains a network on a prepared dataset. The weights of the epoch with the best validation accuracy (on a tie, the lower
 * validation loss) are kept; without a validation split, those of the last epoch.
 * @throws `training_diverged` when the loss is no longer a number; the signal's reason when it was aborted before the first
 * epoch ended
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { dataset, recipe, signal, onMilestone } = options;
  signal?.throwIfAborted();
  const started = performance.now();
  onMilestone?.('built');
  const group = await startReplicas(dataset, recipe);
  const stop = () => group.requestStop();
  signal?.addEventListener('abort', stop);
  // The signal may have been aborted while the replicas started.
  if (signal?.aborted) stop();
  try {
    onMilestone?.('compiled');
    const course = await runEpochs(group, options);
    if (course.history.length === 0) throw signal?.reason ?? new Error('No epoch was run.');
    onMilestone?.('trained');
    return await conclude(group, options, course, started);
  } finally {
    signal?.removeEventListener('abort', stop);
    await group.close();
  }
}

const NOTHING = { lossSum: 0, correct: 0, seen: 0 };

interface Course {
  readonly history: EpochRecord[];
  readonly best: EpochRecord | null;
  readonly bestWeights: Float32Array | null;
  readonly stopped: TrainResult['stopped'];
  /** Over the training steps alone. */
  readonly imagesPerSecond: number;
}

async function runEpochs(group: ReplicaGroup, options: TrainOptions): Promise<Course> {
  const { recipe, signal, onEpoch } = options;
  const history: EpochRecord[] = [];
  let best: EpochRecord | null = null;
  let bestWeights: Float32Array | null = null;
  let images = 0;
  let trainingSeconds = 0;
  let updates = 0;
  const course = (stopped: Course['stopped']): Course => ({
    history,
    best,
    bestWeights,
    stopped,
    imagesPerSecond: trainingSeconds > 0 ? images / trainingSeconds : 0,
  });

  for (let epoch = 1; epoch <= recipe.epochs; epoch++) {
    const started = performance.now();
    const steps = Math.ceil(group.labels.train.length / recipe.batchSize);
    group.shuffle(epoch);
    const { step, stopped, sums } = await group.train(
      { epoch, from: 0, to: steps, updates, learningRate: recipe.optimizer.learningRate, sums: NOTHING },
      progressReporter(group, options, epoch, started),
    );
    const seconds = secondsSince(started);
    if (stopped === STOP.diverged) throw diverged(recipe, epoch, step + 1);
    if (stopped === STOP.requested) return course('cancelled');
    updates += steps;
    images += sums.seen;
    trainingSeconds += seconds;
    const validation = group.labels.validation.length > 0 ? await measure(group, 'validation') : null;
    const record: EpochRecord = {
      epoch,
      loss: sums.lossSum / sums.seen,
      accuracy: sums.correct / sums.seen,
      validationLoss: validation?.loss ?? null,
      validationAccuracy: validation?.accuracy ?? null,
      seconds: secondsSince(started),
      imagesPerSecond: sums.seen / seconds,
    };
    history.push(record);
    if (validation === null || best === null || isBetter(record, best)) {
      best = record;
      bestWeights = await group.parameters();
    }
    onEpoch?.(record);
    if (signal?.aborted) return course('cancelled');
    if (recipe.patience !== null && epoch - best.epoch >= recipe.patience && epoch < recipe.epochs)
      return course('early');
  }
  return course('completed');
}

function isBetter(record: EpochRecord, best: EpochRecord): boolean {
  const gain = (record.validationAccuracy ?? 0) - (best.validationAccuracy ?? 0);
  return gain > 0 || (gain === 0 && (record.validationLoss ?? 0) < (best.validationLoss ?? 0));
}

function progressReporter(
  group: ReplicaGroup,
  { recipe, onProgress }: TrainOptions,
  epoch: number,
  started: number,
): (event: StepEvent) => void {
  const perEpoch = group.labels.train.length;
  return ({ step, lossSum, correct, seen }) => {
    const imagesPerSecond = seen / secondsSince(started);
    const left = (recipe.epochs - epoch + 1) * perEpoch - seen;
    onProgress?.({
      epoch,
      epochs: recipe.epochs,
      step,
      steps: Math.ceil(perEpoch / recipe.batchSize),
      loss: lossSum / seen,
      accuracy: correct / seen,
      imagesPerSecond,
      secondsLeft: left / imagesPerSecond,
    });
  };
}

async function conclude(
  group: ReplicaGroup,
  { dataset, recipe }: TrainOptions,
  course: Course,
  started: number,
): Promise<TrainResult> {
  const best = course.best!;
  await group.restore(course.bestWeights!);
  const weights = unflatten(course.bestWeights!, group.layout.slices);
  const test = group.labels.test.length > 0 ? await evaluateSplit(group, 'test', dataset) : null;
  const evaluation =
    test ?? (await evaluateSplit(group, best.validationLoss === null ? 'train' : 'validation', dataset));
  const metrics: TrainingMetrics = {
    loss: best.loss,
    accuracy: best.accuracy,
    validation_loss: best.validationLoss,
    validation_accuracy: best.validationAccuracy,
    test_loss: test?.loss ?? null,
    test_accuracy: test?.accuracy ?? null,
  };
  return {
    recipe,
    labels: dataset.manifest.classes,
    weights,
    metrics,
    history: course.history,
    evaluation,
    datasetHash: dataset.manifest.contentHash,
    imagesPerSecond: course.imagesPerSecond,
    seconds: secondsSince(started),
    stopped: course.stopped,
  };
}

async function evaluateSplit(group: ReplicaGroup, split: Split, dataset: PreparedDataset): Promise<Evaluation> {
  const { lossSum, predicted } = await group.evaluate(split);
  return summarise({ split, labels: dataset.manifest.classes, truth: group.labels[split], predicted, lossSum });
}

async function measure(
  group: ReplicaGroup,
  split: Split,
): Promise<{ readonly loss: number; readonly accuracy: number }> {
  const { lossSum, predicted } = await group.evaluate(split);
  const truth = group.labels[split];
  const right = predicted.reduce((sum, label, i) => sum + (label === truth[i] ? 1 : 0), 0);
  return { loss: lossSum / truth.length, accuracy: right / truth.length };
}

function diverged(recipe: TrainingRecipe, epoch: number, step: number): PictorError {
  const { kind, learningRate } = recipe.optimizer;
  return new PictorError(
    'training_diverged',
    `The loss stopped being a number in epoch ${epoch}, step ${step} (${kind}, learning rate ${learningRate}).`,
    { fix: `Try a smaller learning rate, such as ${learningRate / 10}.`, details: { epoch, step } },
  );
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
