/** @file How far a training is: everything that decides how it goes on, and what it has found so far. */
import type { EpochRecord, TrainingRecipe } from '../contracts/index.ts';
import { afterPlateauEpoch, type PlateauState, plateauStart } from '../nn/index.ts';
import { type Phase, phasesOf } from './phases.ts';
import { type EpochSums, type LearningRates, NO_SUMS, rateOfStep } from './replica.ts';
import type { Weights } from './replica-layout.ts';

/** Plain JSON; a checkpoint keeps it as it is. Random streams are named by positions, so they have no state of their own. */
export interface CourseState {
  /** Being trained, 1-based; one more than the recipe has when all are done. */
  epoch: number;
  /** Steps done in it. */
  step: number;
  sums: EpochSums;
  /** Spent on the epoch's steps so far. */
  epochSeconds: number;
  history: EpochRecord[];
  /** The epoch whose weights are kept. */
  best: EpochRecord | null;
  /** A callback decides which weights are kept, not the validation accuracy. */
  keptByCallback: boolean;
  stopped: 'early' | null;
  /** Set by a callback in the recipe's place. */
  learningRate: number | null;
  /** What the schedule `plateau` has seen of the phase; null before its first epoch has ended, and with other schedules. */
  plateau: PlateauState | null;
  /** Images of all training steps and the time that they took. */
  images: number;
  trainingSeconds: number;
  /** Of the whole training, until the process that goes on began. */
  seconds: number;
}

export class Course {
  readonly recipe: TrainingRecipe;
  /** Steps in an epoch. */
  readonly steps: number;
  readonly state: CourseState;
  bestWeights: Weights | null = null;
  /** That of the running epoch. */
  phase: Phase;
  readonly #phases: readonly Phase[];
  readonly #began = performance.now();
  readonly #secondsBefore: number;

  constructor(recipe: TrainingRecipe, images: number, state?: CourseState) {
    this.recipe = recipe;
    this.#phases = phasesOf(recipe);
    this.steps = Math.ceil(images / recipe.batchSize);
    this.state = state ? structuredClone(state) : newState();
    this.#secondsBefore = this.state.seconds;
    this.phase = this.#phaseOf(this.state.epoch);
  }

  get done(): boolean {
    return this.state.epoch > this.recipe.epochs || this.state.stopped !== null;
  }

  /** Optimizer steps made. Full epochs all have the same number; one that a callback cut short keeps its places. */
  get updates(): number {
    return (this.state.epoch - 1) * this.steps + this.state.step;
  }

  /** Those of the running phase before the running epoch: optimizers start anew with each phase. */
  get phaseUpdatesBefore(): number {
    return (this.state.epoch - this.phase.first) * this.steps;
  }

  /** Of the next step. */
  get learningRate(): number {
    return rateOfStep(this.rates, this.phaseUpdatesBefore + this.state.step);
  }

  /** Of the steps of the running epoch. */
  get rates(): LearningRates {
    const { recipe, first, last } = this.phase;
    const { learningRate, plateau } = this.state;
    return {
      schedule: learningRate === null ? recipe.schedule : { kind: 'constant' },
      base: learningRate ?? plateau?.rate ?? recipe.optimizer.learningRate,
      stepsPerEpoch: this.steps,
      epochs: last - first + 1,
    };
  }

  /** Of the whole training, over all processes that had a part in it. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#began) / 1000;
  }

  get imagesPerSecond(): number {
    const { images, trainingSeconds } = this.state;
    return trainingSeconds > 0 ? images / trainingSeconds : 0;
  }

  /** Steps were made. */
  advance(step: number, sums: EpochSums, seconds: number): void {
    const { state } = this;
    state.images += sums.seen - state.sums.seen;
    state.trainingSeconds += seconds;
    state.epochSeconds += seconds;
    state.step = step;
    state.sums = sums;
  }

  /** The epoch is over. @returns whether it is the best so far */
  finishEpoch(record: EpochRecord): boolean {
    const { state } = this;
    state.history.push(record);
    const { schedule, optimizer } = this.phase.recipe;
    if (schedule.kind === 'plateau') {
      const before = state.plateau ?? plateauStart(optimizer.learningRate);
      state.plateau = afterPlateauEpoch(schedule, before, record.validationLoss ?? record.loss);
    }
    const { best } = state;
    if (state.keptByCallback || (record.validationLoss !== null && best && !isBetter(record, best))) return false;
    state.best = record;
    return true;
  }

  /** Goes on to the next epoch; stops when patience has run out. */
  nextEpoch(): void {
    const { state, recipe } = this;
    // Each phase is waited for anew, and only the last one ends the training.
    const waited = state.epoch - Math.max(state.best?.epoch ?? 0, this.phase.first - 1);
    const isLast = this.phase === this.#phases.at(-1);
    if (recipe.patience !== null && waited >= recipe.patience && isLast && state.epoch < recipe.epochs) {
      state.stopped = 'early';
    }
    state.epoch++;
    state.step = 0;
    state.epochSeconds = 0;
    const phase = this.#phaseOf(state.epoch);
    // Another phase begins as another training does.
    const firstLoss = phase === this.phase ? state.sums.firstLoss : null;
    if (phase !== this.phase) {
      state.learningRate = null;
      state.plateau = null;
    }
    this.phase = phase;
    state.sums = { ...NO_SUMS, firstLoss };
  }

  /** The last one when all epochs are done. */
  #phaseOf(epoch: number): Phase {
    return this.#phases.find(({ last }) => epoch <= last) ?? this.#phases[this.#phases.length - 1];
  }
}

function newState(): CourseState {
  return {
    epoch: 1,
    step: 0,
    sums: NO_SUMS,
    epochSeconds: 0,
    history: [],
    best: null,
    keptByCallback: false,
    stopped: null,
    learningRate: null,
    plateau: null,
    images: 0,
    trainingSeconds: 0,
    seconds: 0,
  };
}

function isBetter(record: EpochRecord, best: EpochRecord): boolean {
  const gain = (record.validationAccuracy ?? 0) - (best.validationAccuracy ?? 0);
  return gain > 0 || (gain === 0 && (record.validationLoss ?? 0) < (best.validationLoss ?? 0));
}
