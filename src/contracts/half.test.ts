import { expect, it } from 'vitest';
import { numberOfHalf } from './half.ts';

// Values of the format's definition, IEEE 754-2008: smallest, largest, and what stands at its ends.
it.each([
  [0x0001, 2 ** -24],
  [0x03ff, 1023 * 2 ** -24],
  [0x0400, 2 ** -14],
  [0x3c00, 1],
  [0x3c01, 1 + 2 ** -10],
  [0x7bff, 65504],
  [0xc000, -2],
  [0x8000, -0],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x7e00, Number.NaN],
])('%i are the bits of %d', (bits, number) => {
  expect(numberOfHalf(bits)).toBe(number);
});
