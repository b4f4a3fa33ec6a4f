import { describe, expect, it } from 'vitest';
import type { TensorValue } from '../contracts/index.ts';
import { joinRows, padded, sliceRows } from './tensors.ts';

const ints = (shape: readonly number[], ...data: bigint[]): TensorValue => {
  return { dtype: 'DT_INT64', shape, data: BigInt64Array.from(data) };
};
const texts = (...data: string[]): TensorValue => {
  return { dtype: 'DT_STRING', shape: [data.length, 1], data: data.map((text) => new TextEncoder().encode(text)) };
};

describe('rows', () => {
  it('are cut out and put together', () => {
    const whole = ints([3, 2], 1n, 2n, 3n, 4n, 5n, 6n);
    expect(sliceRows(whole, 1, 2)).toEqual(ints([2, 2], 3n, 4n, 5n, 6n));
    const ranges = [
      { tensor: whole, from: 2, count: 1 },
      { tensor: whole, from: 0, count: 2 },
    ];
    expect(joinRows(ranges)).toEqual(ints([3, 2], 5n, 6n, 1n, 2n, 3n, 4n));
    expect(joinRows(ranges, 5)).toEqual(ints([5, 2], 5n, 6n, 1n, 2n, 3n, 4n, 3n, 4n, 3n, 4n));
    expect(joinRows([{ tensor: whole, from: 0, count: 3 }])).toBe(whole);
  });

  it('of texts are cut out and put together', () => {
    const whole = texts('a', 'b', 'c');
    const ranges = [
      { tensor: whole, from: 1, count: 2 },
      { tensor: whole, from: 0, count: 1 },
    ];
    expect(joinRows(ranges, 4)).toEqual(texts('b', 'c', 'a', 'a'));
  });

  it('are filled up with zeros to the largest of them', () => {
    const [wide, high] = [ints([1, 1, 3], 1n, 2n, 3n), ints([2, 2, 1], 4n, 5n, 6n, 7n)];
    expect(padded([wide, high])).toEqual([
      ints([1, 2, 3], 1n, 2n, 3n, 0n, 0n, 0n),
      ints([2, 2, 3], 4n, 0n, 0n, 5n, 0n, 0n, 6n, 0n, 0n, 7n, 0n, 0n),
    ]);
    const same = [wide, wide];
    expect(padded(same)).toEqual(same);
  });
});
