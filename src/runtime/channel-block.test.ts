import { expect, test } from 'vitest';
import { channelBlock } from './index.ts';

test('is one of the sizes that the runtime has, and always the same', async () => {
  const block = await channelBlock();
  expect([1, 8, 16]).toContain(block);
  expect(await channelBlock()).toBe(block);
});
