import { expect, it } from 'vitest';
import { slopeOf } from './slope.js';

/** Source: Anscombe's quartet, the first set: y = 3.00 + 0.500 x, with a standard error of 0.118 (Anscombe 1973, page 19). */
const X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
const Y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];

it('is that of the line with the least squares, with its error', () => {
  const { slope, error } = slopeOf(X.map((x, index) => ({ x, y: Y[index] })));
  expect(slope).toBeCloseTo(0.5, 3);
  expect(error).toBeCloseTo(0.118, 3);
});

it('is not moved by where it begins', () => {
  const { slope, error } = slopeOf(X.map((x, index) => ({ x: x + 1e4, y: Y[index] + 200 })));
  expect(slope).toBeCloseTo(0.5, 3);
  expect(error).toBeCloseTo(0.118, 3);
});

it('is 0 of what goes up and down, and has no error on a line', () => {
  expect(slopeOf([1, 2, 3, 4, 5].map((x) => ({ x, y: 200 + Math.abs(x - 3) }))).slope).toBe(0);
  expect(slopeOf([1, 2, 3].map((x) => ({ x, y: 2 * x })))).toEqual({ slope: 2, error: 0 });
});
