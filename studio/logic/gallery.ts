/** @file Which pictures of a dataset to show. */

/**
 * Indices spread evenly over a split, so that every class shows whether the split is sorted by class or shuffled.
 * @param turn 0 for the first choice; every further turn gives others
 */
export function spreadIndices(count: number, wanted: number, turn = 0): number[] {
  if (count <= 0) return [];
  if (count <= wanted) return Array.from({ length: count }, (_, i) => i);
  const step = count / wanted;
  // The golden ratio spreads the starts of the turns evenly over one step.
  const start = ((turn * 0.618034) % 1) * step;
  return Array.from({ length: wanted }, (_, i) => Math.min(count - 1, Math.floor(start + i * step)));
}

/** Pictures by class, in the order of `classes`; what belongs to none of them comes last under its own name. */
export function groupByLabel<T extends { readonly label: string }>(
  pictures: readonly T[],
  classes: readonly string[],
): { label: string; pictures: T[] }[] {
  const groups = new Map<string, T[]>();
  for (const picture of pictures) {
    const group = groups.get(picture.label);
    if (group) group.push(picture);
    else groups.set(picture.label, [picture]);
  }
  const order = new Map(classes.map((label, i) => [label, i]));
  const rank = (label: string) => order.get(label) ?? classes.length;
  return [...groups]
    .map(([label, group]) => ({ label, pictures: group }))
    .sort((a, b) => rank(a.label) - rank(b.label));
}
