/** @file Probabilities to labels, most probable first. */
import type { LabelProbability } from '../../contracts/index.ts';

/** @param labels empty: the numbers of the classes stand for them; @param top how many; equal probabilities come in the order of the labels */
export function topLabels(
  probabilities: ArrayLike<number>,
  labels: readonly string[],
  top: number,
): LabelProbability[] {
  const order = Array.from({ length: labels.length || probabilities.length }, (_, index) => index).sort(
    (a, b) => probabilities[b] - probabilities[a] || a - b,
  );
  return order
    .slice(0, top)
    .map((index) => ({ label: labels[index] ?? String(index), probability: probabilities[index] }));
}
