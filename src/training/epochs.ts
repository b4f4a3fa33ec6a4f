/** @file The epochs of a training: steps, validation, best weights, callbacks, checkpoints. */
import type { EpochRecord, Split, TrainingProgress } from '../contracts/index.ts';
import type { TrainingLogs } from './callbacks/callback.ts';
import type { CallbackList } from './callbacks/callback-list.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { Course } from './course.ts';
import { diverged } from './divergence.ts';
import { type EpochSums, type SplitResult, STOP, type StepEvent } from './replica.ts';
import type { ReplicaGroup } from './replica-group.ts';
import type { RunningTraining } from './running-training.ts';

export interface EpochsOptions {
  readonly group: ReplicaGroup;
  readonly course: Course;
  readonly training: RunningTraining;
  readonly callbacks: CallbackList;
  readonly checkpointer: Checkpointer | null;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: TrainingProgress) => void) | undefined;
  readonly onEpoch: ((epoch: EpochRecord) => void) | undefined;
}

/**
 * Trains from where the course is to the end of its phase, or of all.
 * @throws `training_diverged`, `callback_failed`, what keeps a checkpoint from being written
 */
export async function runEpochs(options: EpochsOptions): Promise<'completed' | 'early' | 'cancelled'> {
  const { course, checkpointer, signal } = options;
  const { phase } = course;
  while (!course.done && course.phase === phase) {
    if (!(await runSteps(options))) {
      // What was done is not lost: the training may be continued from here.
      await checkpointer?.checkpoint();
      return 'cancelled';
    }
    await finishEpoch(options);
    if (checkpointer?.clock.dueAtEpochEnd || (checkpointer && (course.done || signal?.aborted)))
      await checkpointer.checkpoint();
    if (signal?.aborted && !course.done) return 'cancelled';
  }
  return course.state.stopped ?? 'completed';
}

/** @returns false when training was to end before the epoch was */
async function runSteps(options: EpochsOptions): Promise<boolean> {
  const { group, course, training, callbacks, checkpointer } = options;
  const { state, steps } = course;
  const { epoch } = state;
  group.shuffle(epoch);
  training.validation = null;
  if (state.step === 0) await callbacks.call('onEpochBegin', training, epoch);
  // One that is to end already makes a step all the same: an epoch without any has no figures.
  while (state.step < steps && !(training.stopAsked && state.step > 0)) {
    const from = state.step;
    await callbacks.batchBegin(from, training);
    const next = callbacks.nextBatch(from, steps);
    const to = checkpointer ? Math.min(next, checkpointer.clock.nextStep(from, steps)) : next;
    const { rates, phaseUpdatesBefore: updates } = course;
    const began = performance.now();
    const endPauses = pauseWhenDue(group, checkpointer);
    const { step, stopped, sums } = await group.train({ epoch, from, to, updates, rates, sums: state.sums }, (event) =>
      options.onProgress?.(progressOf(options, event, began)),
    );
    endPauses();
    course.advance(step, sums, secondsSince(began));
    if (stopped === STOP.diverged) {
      await checkpointer?.checkpoint();
      await checkpointer?.finish();
      throw diverged(course);
    }
    if (stopped === STOP.requested) return false;
    await callbacks.batchEnd(step, training, logsOf(course, sums));
    if (checkpointer && step < steps && checkpointer.clock.dueAt(step)) await checkpointer.checkpoint();
  }
  return true;
}

/** Long epochs are interrupted for checkpoints that are due by time. */
function pauseWhenDue(group: ReplicaGroup, checkpointer: Checkpointer | null): () => void {
  const wait = checkpointer?.clock.wait ?? null;
  if (wait === null) return () => {};
  const timer = setTimeout(() => group.requestPause(), wait);
  return () => clearTimeout(timer);
}

async function finishEpoch(options: EpochsOptions): Promise<void> {
  const { group, course, training, callbacks, onEpoch } = options;
  const { state } = course;
  const { sums, epoch } = state;
  const began = performance.now();
  const validation = group.labels.validation.length > 0 ? await validate(options) : null;
  const record: EpochRecord = {
    epoch,
    loss: sums.lossSum / sums.seen,
    accuracy: sums.correct / sums.seen,
    validationLoss: validation?.loss ?? null,
    validationAccuracy: validation?.accuracy ?? null,
    seconds: state.epochSeconds + secondsSince(began),
    imagesPerSecond: sums.seen / state.epochSeconds,
  };
  if (course.finishEpoch(record)) course.bestWeights = await training.weights();
  onEpoch?.(record);
  await callbacks.call('onEpochEnd', training, epoch, { ...logsOf(course, sums), ...validated(record) });
  course.nextEpoch();
  if (training.stopAsked) state.stopped = 'early';
}

async function validate(options: EpochsOptions): Promise<{ readonly loss: number; readonly accuracy: number }> {
  const { group, training, callbacks } = options;
  await callbacks.call('onTestBegin', training);
  const inBatches = callbacks.has('onTestBatchBegin') || callbacks.has('onTestBatchEnd');
  const result = inBatches ? await validateInBatches(options) : await group.evaluate('validation');
  training.validation = result;
  const figures = figuresOf(result, group.labels.validation);
  await callbacks.call('onTestEnd', training, figures);
  return figures;
}

async function validateInBatches({ group, course, training, callbacks }: EpochsOptions): Promise<SplitResult> {
  const split: Split = 'validation';
  const truth = group.labels[split];
  const predicted = new Int32Array(truth.length);
  let lossSum = 0;
  const size = course.recipe.batchSize;
  for (let start = 0; start < truth.length; start += size) {
    const batch = start / size + 1;
    await callbacks.call('onTestBatchBegin', training, batch);
    const end = Math.min(truth.length, start + size);
    const part = await group.evaluate(split, { start, end });
    predicted.set(part.predicted, start);
    lossSum += part.lossSum;
    const soFar = { lossSum, predicted: predicted.subarray(0, end) };
    await callbacks.call('onTestBatchEnd', training, batch, figuresOf(soFar, truth));
  }
  return { lossSum, predicted };
}

/** Means over what was predicted. */
function figuresOf({ lossSum, predicted }: SplitResult, truth: Int32Array) {
  const right = predicted.reduce((sum, label, i) => sum + (label === truth[i] ? 1 : 0), 0);
  return { loss: lossSum / predicted.length, accuracy: right / predicted.length };
}

function logsOf(course: Course, { lossSum, correct, seen }: EpochSums): TrainingLogs {
  return {
    loss: lossSum / seen,
    accuracy: correct / seen,
    validationLoss: null,
    validationAccuracy: null,
    learningRate: course.learningRate,
  };
}

function validated({ validationLoss, validationAccuracy }: EpochRecord) {
  return { validationLoss, validationAccuracy };
}

function progressOf({ course, group }: EpochsOptions, event: StepEvent, began: number): TrainingProgress {
  const { recipe, state, steps } = course;
  const { step, lossSum, correct, seen } = event;
  const imagesPerSecond = seen / (state.epochSeconds + secondsSince(began));
  const left = (recipe.epochs - state.epoch + 1) * group.labels.train.length - seen;
  return {
    epoch: state.epoch,
    epochs: recipe.epochs,
    step,
    steps,
    loss: lossSum / seen,
    accuracy: correct / seen,
    imagesPerSecond,
    secondsLeft: left / imagesPerSecond,
  };
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
