import { expect, it } from 'vitest';
import { inOrder } from './in-order.ts';

it('keeps the order, bounds what is begun, and lets one failure stop nothing', async () => {
  let running = 0;
  let most = 0;
  const work = async (n: number) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    if (n % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (n === 3) throw new Error('three');
    return n * 10;
  };
  const outcomes = [];
  for await (const outcome of inOrder([1, 2, 3, 4, 5], 3, work)) outcomes.push(outcome);
  expect(outcomes.map((o) => (o.status === 'fulfilled' ? o.value : String(o.reason)))).toEqual([
    10,
    20,
    'Error: three',
    40,
    50,
  ]);
  expect(most).toBe(3);
});
