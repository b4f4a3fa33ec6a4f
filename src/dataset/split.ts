/** @file Which pictures train, which validate: seeded, the same share of every class, copies kept together. */
import { PictorError, RandomGenerator } from '../contracts/index.ts';

export const DEFAULT_VALIDATION_SPLIT = 0.2;
/** Enough to tell accuracies half a percent apart; more would only cost training pictures and time. */
export const MAX_DEFAULT_VALIDATION = 6000;

export interface SplittableItem {
  /** Class index. */
  readonly label: number;
  /** Equal for copies. */
  readonly digest: string;
}

/**
 * Chooses the validation pictures out of the training pictures.
 * @param share asked for, 0 <= share < 1: exactly round(share * n) pictures, as evenly over the classes as whole numbers
 *   allow. Undefined: 0.2, but at most 6,000 pictures. Every class keeps a training picture, and copies of a picture stay on one side:
 *   only where these two leave no choice, fewer are taken.
 * @returns indices into `items`, ascending
 * @throws dataset_option_invalid
 */
export function chooseValidation(items: readonly SplittableItem[], share: number | undefined, seed: number): number[] {
  if (share !== undefined && !(share >= 0 && share < 1)) {
    throw new PictorError(
      'dataset_option_invalid',
      `The validation split is ${share}; a share from 0 to below 1 is expected.`,
    );
  }
  const wanted = Math.round((share ?? DEFAULT_VALIDATION_SPLIT) * items.length);
  const total = share === undefined ? Math.min(wanted, MAX_DEFAULT_VALIDATION) : wanted;
  const byClass = groupCopies(items);
  const quotas = apportion(
    [...byClass.values()].map(({ count }) => count),
    total,
    items.length,
  );
  const random = new RandomGenerator(seed, 'validation-split');
  const chosen: number[] = [];
  [...byClass.values()].forEach(({ groups }, i) => {
    const order = groups.map((_, index) => index);
    random.shuffle(order);
    let left = quotas[i];
    for (const index of order) {
      if (groups[index].length > left) continue;
      chosen.push(...groups[index]);
      left -= groups[index].length;
    }
  });
  return chosen.sort((a, b) => a - b);
}

interface ClassGroups {
  count: number;
  /** Indices of equal pictures; those that appear under several classes are not among them and stay in training. */
  readonly groups: number[][];
}

function groupCopies(items: readonly SplittableItem[]): Map<number, ClassGroups> {
  const copies = new Map<string, number[]>();
  items.forEach(({ digest }, index) => {
    const group = copies.get(digest);
    if (group) group.push(index);
    else copies.set(digest, [index]);
  });
  const byClass = new Map<number, ClassGroups>();
  for (const { label } of items) {
    const found = byClass.get(label);
    if (found) found.count += 1;
    else byClass.set(label, { count: 1, groups: [] });
  }
  for (const group of copies.values()) {
    const { label } = items[group[0]];
    if (group.every((index) => items[index].label === label)) byClass.get(label)!.groups.push(group);
  }
  return new Map([...byClass].sort(([a], [b]) => a - b));
}

/** Largest remainders: whole numbers near `count * total / all` that add up to `total`, below each count. */
function apportion(counts: readonly number[], total: number, all: number): number[] {
  const exact = counts.map((count) => (all === 0 ? 0 : (count * total) / all));
  const quotas = exact.map((value, i) => Math.min(Math.floor(value), counts[i] - 1));
  let left = total - quotas.reduce((sum, quota) => sum + quota, 0);
  const order = counts
    .map((_, i) => i)
    .sort((a, b) => exact[b] - Math.floor(exact[b]) - (exact[a] - Math.floor(exact[a])) || a - b);
  while (left > 0) {
    const before = left;
    for (const i of order) {
      if (left === 0 || quotas[i] >= counts[i] - 1) continue;
      quotas[i] += 1;
      left -= 1;
    }
    if (left === before) break;
  }
  return quotas;
}
