/** @file From predicted classes to accuracy, precision, recall, F1 and the confusion matrix. */
import type { ClassMetrics, Evaluation } from '../contracts/index.ts';

/**
 * @param input.truth true class of each image
 * @param input.predicted predicted class of each image
 * @param input.lossSum sum of the cross-entropies
 * @returns ratios 0..1; a ratio whose denominator is 0 is 0 (as scikit-learn's `zero_division=0`)
 */
export function summarise(input: {
  readonly split: Evaluation['split'];
  readonly labels: readonly string[];
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  readonly lossSum: number;
}): Evaluation {
  const { split, labels, truth, predicted, lossSum } = input;
  const count = truth.length;
  const confusion = labels.map(() => labels.map(() => 0));
  for (let i = 0; i < count; i++) confusion[truth[i]][predicted[i]]++;
  const right = confusion.reduce((sum, row, label) => sum + row[label], 0);
  return {
    split,
    count,
    loss: ratio(lossSum, count),
    accuracy: ratio(right, count),
    perClass: labels.map((label, index) => classMetrics(label, index, confusion)),
    confusion,
  };
}

function classMetrics(label: string, index: number, confusion: readonly (readonly number[])[]): ClassMetrics {
  const hits = confusion[index][index];
  const support = confusion[index].reduce((sum, n) => sum + n, 0);
  const answered = confusion.reduce((sum, row) => sum + row[index], 0);
  return {
    label,
    precision: ratio(hits, answered),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, answered + support),
    support,
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
