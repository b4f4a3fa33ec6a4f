import { describe, expect, it } from 'vitest';
import { type Ink, inkBounds, rasterise, resampleArea, strokeBounds } from './ink.ts';

const SIZE = { width: 100, height: 80 };
const sum = ({ coverage }: Ink): number => coverage.reduce((total, value) => total + value, 0);

describe('rasterise', () => {
  it('covers the area of a disc for a single point', () => {
    const ink = rasterise([[{ x: 50, y: 40 }]], SIZE, 30);
    expect(sum(ink)).toBeCloseTo(Math.PI * 15 ** 2, -1);
    expect(ink.coverage[40 * 100 + 50]).toBe(1);
    expect(ink.coverage[40 * 100 + 70]).toBe(0);
  });

  it('covers a line with round ends', () => {
    const ink = rasterise(
      [
        [
          { x: 20, y: 40 },
          { x: 80, y: 40 },
        ],
      ],
      SIZE,
      10,
    );
    expect(sum(ink) / (60 * 10 + Math.PI * 5 ** 2)).toBeCloseTo(1, 2);
  });

  it('covers half of the pixel where the edge passes through its middle', () => {
    const ink = rasterise(
      [
        [
          { x: 0, y: 40 },
          { x: 100, y: 40 },
        ],
      ],
      SIZE,
      9,
    );
    // The edge is at 40 + 4.5, the middle of row 44.
    expect(ink.coverage[44 * 100 + 50]).toBeCloseTo(0.5, 6);
    expect(ink.coverage[43 * 100 + 50]).toBe(1);
    expect(ink.coverage[45 * 100 + 50]).toBe(0);
  });

  it('does not add up where strokes cross', () => {
    const cross = rasterise(
      [
        [
          { x: 10, y: 10 },
          { x: 70, y: 70 },
        ],
        [
          { x: 70, y: 10 },
          { x: 10, y: 70 },
        ],
      ],
      SIZE,
      8,
    );
    expect(Math.max(...cross.coverage)).toBe(1);
  });

  it('cuts off what leaves the picture', () => {
    const ink = rasterise(
      [
        [
          { x: -50, y: -50 },
          { x: 500, y: 500 },
        ],
      ],
      SIZE,
      20,
    );
    expect(ink.coverage).toHaveLength(8000);
    expect(ink.coverage[0]).toBe(1);
  });
});

describe('bounds', () => {
  it('finds the box of strokes', () => {
    const strokes = [[{ x: 3, y: 9 }], [{ x: 7, y: 2 }]];
    expect(strokeBounds(strokes)).toEqual({ left: 3, top: 2, right: 7, bottom: 9 });
    expect(strokeBounds([])).toBeNull();
    expect(strokeBounds([[]])).toBeNull();
  });

  it('finds the box of ink', () => {
    const coverage = new Float32Array(20);
    coverage[1 * 5 + 2] = 1;
    coverage[3 * 5 + 4] = 0.5;
    expect(inkBounds({ width: 5, height: 4, coverage })).toEqual({ left: 2, top: 1, right: 5, bottom: 4 });
    expect(inkBounds({ width: 5, height: 4, coverage: new Float32Array(20) })).toBeNull();
  });
});

describe('resampleArea', () => {
  const picture: Ink = { width: 4, height: 2, coverage: Float32Array.from([0, 1, 1, 0, 1, 1, 0, 0]) };

  it('takes the mean of whole pixels', () => {
    const half = resampleArea(picture, { left: 0, top: 0, right: 4, bottom: 2 }, { width: 2, height: 1 });
    expect([...half.coverage]).toEqual([0.75, 0.25]);
  });

  it('weighs pixels that are covered in part', () => {
    // Three columns of 4/3 pixels each; the first covers pixel 0 and a third of pixel 1.
    const third = resampleArea(picture, { left: 0, top: 0, right: 4, bottom: 1 }, { width: 3, height: 1 });
    expect([...third.coverage]).toEqual([expect.closeTo(0.25), expect.closeTo(1), expect.closeTo(0.25)]);
  });

  it('enlarges by repeating', () => {
    const large = resampleArea(picture, { left: 0, top: 0, right: 4, bottom: 2 }, { width: 8, height: 4 });
    expect([...large.coverage.subarray(0, 8)]).toEqual([0, 0, 1, 1, 1, 1, 0, 0]);
  });

  it('has nothing outside of the picture', () => {
    const shifted = resampleArea(picture, { left: -2, top: 0, right: 2, bottom: 1 }, { width: 4, height: 1 });
    expect([...shifted.coverage]).toEqual([0, 0, 0, 1]);
  });

  it('keeps the mean', () => {
    const whole = { left: 0, top: 0, right: 4, bottom: 2 };
    for (const size of [
      { width: 3, height: 5 },
      { width: 7, height: 1 },
    ]) {
      const resampled = resampleArea(picture, whole, size);
      expect(sum(resampled) / resampled.coverage.length).toBeCloseTo(0.5, 6);
    }
  });
});
