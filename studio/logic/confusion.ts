/** @file What a confusion matrix says. */

export interface Mistake {
  readonly truth: number;
  readonly predicted: number;
  readonly count: number;
  /** Of all pictures that truly are of this class, 0..1. */
  readonly share: number;
}

/** Each count as a share of its row: how often pictures of a class are taken for which class. */
export function rowShares(confusion: readonly (readonly number[])[]): number[][] {
  return confusion.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => (total === 0 ? 0 : count / total));
  });
}

/** The most frequent mistakes, at most `limit`; equal counts by their share. */
export function topMistakes(confusion: readonly (readonly number[])[], limit = 5): Mistake[] {
  const shares = rowShares(confusion);
  return confusion
    .flatMap((row, truth) =>
      row.map((count, predicted) => ({ truth, predicted, count, share: shares[truth][predicted] })),
    )
    .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, limit);
}
