/** @file Stops when a figure no longer gets better, as Keras' EarlyStopping. */
import type { Callback, Metric, Training, TrainingLogs } from './callback.ts';
import { type Better, betterThan, figureOf } from './monitor.ts';

export interface EarlyStoppingOptions {
  /** Default `validationLoss`. */
  readonly monitor?: Metric;
  /** A smaller change is none. Default 0. */
  readonly minDelta?: number;
  /** Epochs without a better figure before it stops. Default 0: the first one. */
  readonly patience?: number;
  /** Epochs at the beginning that are not looked at. Default 0. */
  readonly startFromEpoch?: number;
  /**
   * Training ends with the weights of the best figure. Default false: with those that training keeps by itself, of the
   * best validation accuracy.
   */
  readonly restoreBest?: boolean;
}

export class EarlyStopping implements Callback {
  readonly name = 'EarlyStopping';
  readonly #options: Required<EarlyStoppingOptions>;
  readonly #better: Better;
  #best: number | null = null;
  #waited = 0;

  constructor(options: EarlyStoppingOptions = {}) {
    this.#options = {
      monitor: 'validationLoss',
      minDelta: 0,
      patience: 0,
      startFromEpoch: 0,
      restoreBest: false,
      ...options,
    };
    this.#better = betterThan(this.#options.monitor, this.#options.minDelta);
  }

  async onEpochEnd(epoch: number, logs: TrainingLogs, training: Training): Promise<void> {
    const { monitor, patience, startFromEpoch, restoreBest } = this.#options;
    if (epoch <= startFromEpoch) return;
    const figure = figureOf(logs, monitor);
    this.#waited++;
    if (this.#best === null || this.#better(figure, this.#best)) {
      this.#best = figure;
      this.#waited = 0;
      if (restoreBest) await training.keepWeights();
    } else if (this.#waited >= patience) {
      training.stop();
    }
  }

  state() {
    return { best: this.#best, waited: this.#waited };
  }

  restore(state: unknown): void {
    const { best, waited } = state as ReturnType<EarlyStopping['state']>;
    this.#best = best;
    this.#waited = waited;
  }
}
