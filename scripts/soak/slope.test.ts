import { expect, it } from 'vitest';
import { slopeOf } from './slope.js';

/** Source: Anscombe's quartet, the first set: y = 3.00 + 0.500 x. */
const X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
const Y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];

it('is that of the line with the least squares', () => {
  expect(slopeOf(X.map((x, index) => ({ x, y: Y[index] })))).toBeCloseTo(0.5001, 4);
});

it('is 0 of what goes up and down, and is not moved by where it begins', () => {
  expect(slopeOf([1, 2, 3, 4, 5].map((x) => ({ x, y: 200 + Math.abs(x - 3) })))).toBe(0);
  const later = X.map((x, index) => ({ x: x + 1e4, y: Y[index] }));
  expect(slopeOf(later)).toBeCloseTo(0.5001, 4);
});
