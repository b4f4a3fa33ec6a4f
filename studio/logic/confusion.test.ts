import { describe, expect, it } from 'vitest';
import { rowShares, topMistakes } from './confusion.ts';

const confusion = [
  [8, 2, 0],
  [1, 3, 1],
  [0, 0, 0],
];

describe('confusion matrix', () => {
  it('gives shares of rows, and zeros for a class without pictures', () => {
    expect(rowShares(confusion)).toEqual([
      [0.8, 0.2, 0],
      [0.2, 0.6, 0.2],
      [0, 0, 0],
    ]);
  });

  it('lists mistakes, most frequent first', () => {
    expect(topMistakes(confusion)).toEqual([
      { truth: 0, predicted: 1, count: 2, share: 0.2 },
      { truth: 1, predicted: 0, count: 1, share: 0.2 },
      { truth: 1, predicted: 2, count: 1, share: 0.2 },
    ]);
    expect(topMistakes(confusion, 1)).toHaveLength(1);
    expect(topMistakes([[5]])).toEqual([]);
  });

  it('prefers the larger share among equal counts', () => {
    const mistakes = topMistakes([
      [98, 2],
      [2, 2],
    ]);
    expect(mistakes.map(({ truth }) => truth)).toEqual([1, 0]);
  });
});
