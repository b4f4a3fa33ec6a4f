/** @file A training in its course, as callbacks see it. */
import type { EpochRecord, TrainedModel, TrainingRecipe } from '../contracts/index.ts';
import type { PreparedDataset } from '../dataset/index.ts';
import type { Training } from './callbacks/callback.ts';
import { evaluateSplit, trainedModel } from './conclude.ts';
import type { Course } from './course.ts';
import type { SplitResult } from './replica.ts';
import type { ReplicaGroup } from './replica-group.ts';
import { unflatten, type Weights } from './replica-layout.ts';

export class RunningTraining implements Training {
  /** Every phase has its own. */
  group: ReplicaGroup;
  readonly #course: Course;
  readonly #dataset: PreparedDataset;
  stopAsked = false;
  /** The validation split, measured with today's weights. */
  validation: SplitResult | null = null;

  constructor(group: ReplicaGroup, course: Course, dataset: PreparedDataset) {
    this.group = group;
    this.#course = course;
    this.#dataset = dataset;
  }

  get recipe(): TrainingRecipe {
    return this.#course.recipe;
  }

  get classes(): readonly string[] {
    return this.#dataset.manifest.classes;
  }

  get steps(): number {
    return this.#course.steps;
  }

  get epoch(): number {
    return this.#course.state.epoch;
  }

  get updates(): number {
    return this.#course.updates;
  }

  get history(): readonly EpochRecord[] {
    return this.#course.state.history;
  }

  get learningRate(): number {
    return this.#course.learningRate;
  }

  set learningRate(rate: number) {
    if (!(Number.isFinite(rate) && rate >= 0)) throw new RangeError(`a learning rate cannot be ${rate}`);
    this.#course.state.learningRate = rate;
  }

  stop(): void {
    this.stopAsked = true;
  }

  async keepWeights(): Promise<void> {
    const { state } = this.#course;
    const record = state.history.at(-1);
    if (!record) throw new Error('no epoch is finished yet whose weights could be kept');
    this.#course.bestWeights = await this.weights();
    state.keptByCallback = true;
    state.best = record;
  }

  async weights(): Promise<Weights> {
    return unflatten(await this.group.parameters(), this.group.layout.slices);
  }

  async gradients(): Promise<Weights> {
    const { slices, trainable } = this.group.layout;
    return unflatten(
      await this.group.gradients(),
      slices.filter(({ offset }) => offset < trainable),
    );
  }

  async model(): Promise<TrainedModel> {
    const record = this.#course.state.history.at(-1);
    if (!record) throw new Error('no epoch is finished yet');
    const split = this.group.labels.validation.length > 0 ? 'validation' : 'train';
    const evaluation = await evaluateSplit(this.group, split, this.#dataset, this.validation);
    return trainedModel(this.#course, this.#dataset, {
      weights: await this.weights(),
      record,
      evaluation,
      test: null,
    });
  }
}
