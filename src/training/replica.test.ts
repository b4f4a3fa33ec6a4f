import { describe, expect, it } from 'vitest';
import { portionOf, shardOf } from './replica.ts';
import { piecesOf } from './replica-gradients.ts';
import { layOut } from './replica-layout.ts';

describe('how work is cut', () => {
  it.each([
    [1, 7],
    [3, 7],
    [4, 3],
    [5, 0],
  ])('%i replicas share %i images, as evenly as can be', (replicas, count) => {
    const sizes = Array.from({ length: replicas }, (_, index) => portionOf(index, replicas, count));
    expect(sizes[0][0]).toBe(0);
    expect(sizes.at(-1)?.[1]).toBe(count);
    for (let i = 1; i < replicas; i++) expect(sizes[i][0]).toBe(sizes[i - 1][1]);
    const lengths = sizes.map(([start, end]) => end - start);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
  });

  it('shards cover all that is trained', () => {
    expect([0, 1, 2].map((index) => shardOf(index, 3, 100))).toEqual([
      [0, 48],
      [48, 96],
      [96, 100],
    ]);
  });

  it('a portion is computed in pieces', () => {
    expect(piecesOf(10, 4)).toEqual([4, 4, 2]);
    expect(piecesOf(8, 4)).toEqual([4, 4]);
    expect(piecesOf(3, 4)).toEqual([3]);
    expect(piecesOf(0, 4)).toEqual([]);
  });
});

it('what is trained comes first, then what is frozen, then state', () => {
  const info = { initializer: 'zeros', fanIn: 1, fanOut: 1 } as const;
  const layout = layOut([
    { ...info, name: 'a/kernel', shape: [2, 3], trainable: false },
    { ...info, name: 'bn/gamma', shape: [3] },
    { ...info, name: 'bn/movingMean', shape: [3], state: true, trainable: false },
    { ...info, name: 'b/bias', shape: [] },
  ] as Parameters<typeof layOut>[0]);
  expect(layout).toMatchObject({ total: 13, trainable: 4, state: 10 });
  expect(layout.slices.map(({ name, offset }) => [name, offset])).toEqual([
    ['bn/gamma', 0],
    ['b/bias', 3],
    ['a/kernel', 4],
    ['bn/movingMean', 10],
  ]);
});
