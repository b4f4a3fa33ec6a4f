import { describe, expect, it } from 'vitest';
import { RandomGenerator } from './random.ts';

/** sfc32 of PractRand 0.95, written out again from its description. */
function referenceSfc32(seed: number, skip: number, count: number): number[] {
  let [a, b, c, counter] = [seed >>> 0, 0, 0x811c9dc5, 1];
  const numbers: number[] = [];
  for (let i = 0; i < skip + count; i++) {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + c * 8) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    if (i >= skip) numbers.push(sum);
  }
  return numbers;
}

describe('RandomGenerator', () => {
  it('is sfc32 with twelve rounds of mixing', () => {
    const generator = new RandomGenerator(42);
    const drawn = Array.from({ length: 50 }, () => generator.nextUint32());
    expect(drawn).toEqual(referenceSfc32(42, 12, 50));
  });

  it('keeps streams of one seed apart', () => {
    expect(new RandomGenerator(1, 'a').nextUint32()).not.toBe(new RandomGenerator(1, 'b').nextUint32());
  });

  it.each([7, 8])('fills a mask of %d with the same numbers that it would draw one by one', (length) => {
    const mask = new Float32Array(length);
    new RandomGenerator(3).fillDropoutMask(mask, 0.25);
    const draws = referenceSfc32(3, 12, 4).flatMap((draw) => [draw & 0xffff, draw >>> 16]);
    const expected = draws.slice(0, length).map((half) => (half < 0.25 * 65536 ? 0 : Math.fround(4 / 3)));
    expect([...mask]).toEqual(expected);
  });

  it('goes on after a mask where single draws would have', () => {
    const filled = new RandomGenerator(3);
    filled.fillDropoutMask(new Float32Array(10), 0.5);
    expect(filled.nextUint32()).toBe(referenceSfc32(3, 17, 1)[0]);
  });

  it('drops the share that was asked for', () => {
    const mask = new Float32Array(200_000);
    new RandomGenerator(5).fillDropoutMask(mask, 0.2);
    const dropped = mask.filter((value) => value === 0).length / mask.length;
    expect(dropped).toBeCloseTo(0.2, 2);
    expect(mask.reduce((sum, value) => sum + value, 0) / mask.length).toBeCloseTo(1, 2);
  });

  it('shuffles to a permutation', () => {
    const order = Int32Array.from({ length: 1000 }, (_, i) => i);
    new RandomGenerator(9).shuffle(order);
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });
});
