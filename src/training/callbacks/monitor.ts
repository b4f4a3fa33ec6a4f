/** @file Which of two figures is better. */
import type { Metric, TrainingLogs } from './callback.ts';

export type Better = (figure: number, best: number) => boolean;

/** Losses want to be small, accuracies large. */
const BETTER: { readonly [M in Metric]: (figure: number, best: number, minDelta: number) => boolean } = {
  loss: isLess,
  accuracy: isGreater,
  validationLoss: isLess,
  validationAccuracy: isGreater,
};

export function betterThan(monitor: Metric, minDelta = 0): Better {
  const rule = BETTER[monitor];
  return (figure, best) => rule(figure, best, Math.abs(minDelta));
}

/** @throws Error when it was not measured */
export function figureOf(logs: TrainingLogs, monitor: Metric): number {
  const figure = logs[monitor];
  if (figure === null) throw new Error(`${monitor} is not measured: there is no validation split`);
  return figure;
}

function isLess(figure: number, best: number, minDelta: number): boolean {
  return figure + minDelta < best;
}

function isGreater(figure: number, best: number, minDelta: number): boolean {
  return figure - minDelta > best;
}
