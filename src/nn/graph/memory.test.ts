import { expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import { estimateMemory } from './memory.ts';

it('keeps every value from the node that makes it to the last that uses it', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [10]);
  const a = builder.apply('relu', [x], {}); // 40 bytes
  const b = builder.apply('tanh', [a], {}); // a, b
  const view = builder.reshape(b, [2, 5]); // no memory of its own
  const c = builder.apply('sigmoid', [view], {}); // a, b, c; then b goes
  const sum = builder.reduceSum(c, [0, 1]); // a, c, and 4 bytes
  builder.output('sum', sum);
  builder.output('both', builder.add(a, builder.reshape(c, [10]))); // a, c, sum, both
  expect(estimateMemory(builder.finish())).toEqual({ peakBytes: 124, inputBytes: 40, outputBytes: 44 });
});
