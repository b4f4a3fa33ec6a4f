import { afterAll, beforeAll, expect, it } from 'vitest';
import { tryDivisions } from './division.ts';
import { train } from './fit.ts';
import { type BlockPictures, blockPictures } from './testing/block-pictures.ts';
import { blockRecipe, weightBytes } from './testing/block-recipe.ts';

let blocks: BlockPictures;
beforeAll(async () => {
  blocks = await blockPictures({ train: 64 });
});
afterAll(() => blocks.remove());

it('keeps a short training as it is', async () => {
  const recipe = blockRecipe();
  expect(await tryDivisions(blocks.dataset, recipe, { cores: 2 })).toBe(recipe);
});

it('keeps a training for which memory is short, and one on a single core', async () => {
  const recipe = blockRecipe({ microBatch: 4, batchSize: 8 });
  expect(await tryDivisions(blocks.dataset, recipe, { cores: 2, fewestSteps: 1 })).toBe(recipe);
  const single = blockRecipe({ replicas: 1, batchSize: 8 });
  expect(await tryDivisions(blocks.dataset, single, { cores: 1, fewestSteps: 1 })).toBe(single);
});

it('tries replicas and threads, says what they take, and trains with what it chose', async () => {
  const recipe = blockRecipe({ batchSize: 8, replicas: 2 });
  const chosen = await tryDivisions(blocks.dataset, recipe, { cores: 2, fewestSteps: 1 });
  expect(chosen.because.at(-1)).toMatch(
    /^A step on this machine takes: 2 replicas of 1 thread [\d.]+ ms, 1 replica of 2 threads [\d.]+ ms; so it is \d replicas? of \d threads?\.$/,
  );
  expect([chosen.replicas * chosen.threads]).toEqual([2]);
  const threads = { ...recipe, replicas: 1, threads: 2, epochs: 1 };
  const [first, second] = [
    await train({ dataset: blocks.dataset, recipe: threads }),
    await train({ dataset: blocks.dataset, recipe: threads }),
  ];
  expect(weightBytes(first.weights).equals(weightBytes(second.weights))).toBe(true);
});
