/** @file Hands the model over while it is trained, as Keras' ModelCheckpoint; whoever takes it publishes it as a whole or not at all. */
import type { TrainedModel } from '../../contracts/index.ts';
import type { Callback, Metric, Training, TrainingLogs } from './callback.ts';
import { betterThan, figureOf } from './monitor.ts';

export interface ModelCheckpointOptions {
  /** Is waited for, such as the registry's `publish`. */
  readonly publish: (model: TrainedModel, epoch: number) => Promise<unknown>;
  /** Default `validationLoss`. */
  readonly monitor?: Metric;
  /** Only when the figure is better than ever before. Default false: at every epoch that is due. */
  readonly saveBestOnly?: boolean;
  /** Default 1. */
  readonly everyEpochs?: number;
}

export class ModelCheckpoint implements Callback {
  readonly name = 'ModelCheckpoint';
  readonly #options: ModelCheckpointOptions;
  #best: number | null = null;

  constructor(options: ModelCheckpointOptions) {
    this.#options = options;
  }

  async onEpochEnd(epoch: number, logs: TrainingLogs, training: Training): Promise<void> {
    const { publish, monitor = 'validationLoss', saveBestOnly = false, everyEpochs = 1 } = this.#options;
    if (epoch % everyEpochs !== 0) return;
    if (saveBestOnly) {
      const figure = figureOf(logs, monitor);
      if (this.#best !== null && !betterThan(monitor)(figure, this.#best)) return;
      this.#best = figure;
    }
    await publish(await training.model(), epoch);
  }

  state() {
    return { best: this.#best };
  }

  restore(state: unknown): void {
    this.#best = (state as ReturnType<ModelCheckpoint['state']>).best;
  }
}
