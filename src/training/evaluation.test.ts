import { describe, expect, it } from 'vitest';
import { summarise } from './evaluation.ts';

describe('summarise', () => {
  // Expected values: scikit-learn 1.5 `classification_report` and `confusion_matrix` on the same lists.
  it('gives what scikit-learn gives', () => {
    const evaluation = summarise({
      split: 'test',
      labels: ['a', 'b', 'c'],
      truth: Int32Array.of(0, 0, 0, 1, 1, 2, 2, 2, 2),
      predicted: Int32Array.of(0, 1, 0, 1, 1, 2, 0, 2, 1),
      lossSum: 4.5,
    });
    expect(evaluation.confusion).toEqual([
      [2, 1, 0],
      [0, 2, 0],
      [1, 1, 2],
    ]);
    expect(evaluation.accuracy).toBeCloseTo(6 / 9, 12);
    expect(evaluation.loss).toBeCloseTo(0.5, 12);
    const [a, b, c] = evaluation.perClass;
    expect(a).toMatchObject({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 });
    expect(b).toMatchObject({ precision: 0.5, recall: 1, f1: 2 / 3, support: 2 });
    expect(c).toMatchObject({ precision: 1, recall: 0.5, f1: 2 / 3, support: 4 });
  });

  it('calls a ratio without cases 0', () => {
    const evaluation = summarise({
      split: 'validation',
      labels: ['seen', 'never'],
      truth: Int32Array.of(0),
      predicted: Int32Array.of(0),
      lossSum: 0,
    });
    expect(evaluation.perClass[1]).toEqual({ label: 'never', precision: 0, recall: 0, f1: 0, support: 0 });
  });
});
