import { describe, expect, it } from 'vitest';
import { chooseValidation, type SplittableItem } from './split.ts';

/** `counts[label]` different pictures for each label. */
function itemsOf(counts: readonly number[]): SplittableItem[] {
  return counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ label, digest: `${label}-${i}` })),
  );
}

function perClass(items: readonly SplittableItem[], chosen: readonly number[]): number[] {
  const counts: number[] = [];
  for (const index of chosen) counts[items[index].label] = (counts[items[index].label] ?? 0) + 1;
  return counts;
}

describe('chooseValidation', () => {
  it('takes the share that was asked for, in total and of every class', () => {
    const counts = [146, 206, 148, 160, 184];
    for (const share of [0.1, 0.2, 0.25, 0.333]) {
      const items = itemsOf(counts);
      const chosen = chooseValidation(items, share, 123);
      expect(chosen).toHaveLength(Math.round(share * 844));
      perClass(items, chosen).forEach((count, label) => {
        expect(Math.abs(count - share * counts[label])).toBeLessThan(1);
      });
      expect(new Set(chosen).size).toBe(chosen.length);
    }
  });

  it('takes a fifth by default, but at most 6,000', () => {
    expect(chooseValidation(itemsOf([50, 50]), undefined, 1)).toHaveLength(20);
    const large = itemsOf([30_000, 20_000]);
    expect(perClass(large, chooseValidation(large, undefined, 1))).toEqual([3600, 2400]);
    expect(chooseValidation(large, 0.2, 1)).toHaveLength(10_000);
  });

  it('depends on the seed alone', () => {
    const items = itemsOf([40, 60]);
    expect(chooseValidation(items, 0.2, 5)).toEqual(chooseValidation(items, 0.2, 5));
    expect(chooseValidation(items, 0.2, 5)).not.toEqual(chooseValidation(items, 0.2, 6));
  });

  it('leaves every class a training picture', () => {
    const items = itemsOf([1, 2, 50]);
    const chosen = chooseValidation(items, 0.9, 3);
    const counts = perClass(items, chosen);
    expect(counts[0]).toBeUndefined();
    expect(counts[1]).toBeLessThanOrEqual(1);
    expect(counts[2]).toBeLessThanOrEqual(49);
  });

  it('takes none when none is asked for', () => {
    expect(chooseValidation(itemsOf([10, 10]), 0, 1)).toEqual([]);
    expect(chooseValidation([], 0.2, 1)).toEqual([]);
  });

  it('keeps copies of a picture on one side', () => {
    const items = Array.from({ length: 60 }, (_, i) => ({
      label: i % 2,
      digest: `${i % 2}-${Math.floor(i / 2) % 10}`,
    }));
    for (let seed = 0; seed < 20; seed++) {
      const chosen = new Set(chooseValidation(items, 0.2, seed));
      expect(chosen.size).toBe(12);
      const sides = new Map<string, boolean>();
      items.forEach(({ digest }, i) => {
        expect(sides.get(digest) ?? chosen.has(i)).toBe(chosen.has(i));
        sides.set(digest, chosen.has(i));
      });
    }
  });

  it('keeps pictures that appear under two classes in training', () => {
    const items = [...itemsOf([20, 20]), { label: 0, digest: 'both' }, { label: 1, digest: 'both' }];
    for (let seed = 0; seed < 10; seed++) {
      const chosen = chooseValidation(items, 0.5, seed);
      expect(chosen).not.toContain(40);
      expect(chosen).not.toContain(41);
    }
  });

  it.each([-0.1, 1, 2, Number.NaN])('refuses the share %d', (share) => {
    expect(() => chooseValidation(itemsOf([5, 5]), share, 1)).toThrow(
      expect.objectContaining({ code: 'dataset_option_invalid' }),
    );
  });
});
