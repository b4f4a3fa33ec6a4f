import { describe, expect, it } from 'vitest';
import { groupByLabel, spreadIndices } from './gallery.ts';

describe('spreadIndices', () => {
  it('takes all of a small split', () => {
    expect(spreadIndices(3, 10)).toEqual([0, 1, 2]);
    expect(spreadIndices(0, 10)).toEqual([]);
  });

  it('spreads over a large one, differently each turn', () => {
    expect(spreadIndices(100, 4)).toEqual([0, 25, 50, 75]);
    const second = spreadIndices(100, 4, 1);
    expect(second).toEqual([15, 40, 65, 90]);
    for (let turn = 0; turn < 20; turn++) {
      const indices = spreadIndices(1000, 60, turn);
      expect(new Set(indices).size).toBe(60);
      expect(Math.max(...indices)).toBeLessThan(1000);
    }
  });
});

describe('groupByLabel', () => {
  it('follows the order of the classes', () => {
    const pictures = [{ label: 'b' }, { label: 'x' }, { label: 'a' }, { label: 'b' }];
    expect(groupByLabel(pictures, ['a', 'b'])).toEqual([
      { label: 'a', pictures: [{ label: 'a' }] },
      { label: 'b', pictures: [{ label: 'b' }, { label: 'b' }] },
      { label: 'x', pictures: [{ label: 'x' }] },
    ]);
  });
});
