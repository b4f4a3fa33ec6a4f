/** @file Sets the learning rate of each epoch by a function, as Keras' LearningRateScheduler. */
import type { Callback, Training } from './callback.ts';

export class LearningRateScheduler implements Callback {
  readonly name = 'LearningRateScheduler';
  readonly #schedule: (epoch: number, learningRate: number) => number;

  /** @param schedule from the epoch, 1-based, and the rate so far to the epoch's rate */
  constructor(schedule: (epoch: number, learningRate: number) => number) {
    this.#schedule = schedule;
  }

  onEpochBegin(epoch: number, training: Training): void {
    training.learningRate = this.#schedule(epoch, training.learningRate);
  }
}
