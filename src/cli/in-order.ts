/** @file Does many things at once and gives their results in the order that they were asked in. */

export type Outcome<I, R> =
  | { readonly status: 'fulfilled'; readonly item: I; readonly value: R }
  | { readonly status: 'rejected'; readonly item: I; readonly reason: unknown };

/** @param atOnce how many are begun and not yet given */
export async function* inOrder<I, R>(
  items: readonly I[],
  atOnce: number,
  work: (item: I) => Promise<R>,
): AsyncGenerator<Outcome<I, R>> {
  const begun: Promise<Outcome<I, R>>[] = [];
  let next = 0;
  const begin = () => {
    const item = items[next];
    next += 1;
    const outcome = work(item).then(
      (value): Outcome<I, R> => ({ status: 'fulfilled', item, value }),
      (reason): Outcome<I, R> => ({ status: 'rejected', item, reason }),
    );
    begun.push(outcome);
  };
  for (;;) {
    while (next < items.length && begun.length < atOnce) begin();
    const first = begun.shift();
    if (!first) return;
    yield await first;
  }
}
