/** @file How weights learn over replicas: decay, clipping, losses, class weights. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LossSpec, OptimizerSpec, OutputActivation, TrainingRecipe } from '../contracts/index.ts';
import { initialWeights } from '../nn/index.ts';
import { train } from './fit.ts';
import { type BlockPictures, blockPictures } from './testing/block-pictures.ts';
import { blockRecipe } from './testing/block-recipe.ts';

/** Changes nothing that can be seen. */
const STILL: OptimizerSpec = { kind: 'sgd', learningRate: 1e-30 };

const LAYERS = blockRecipe().network;

let blocks: BlockPictures;
beforeAll(async () => {
  blocks = await blockPictures({ train: 125, test: 30, validationSplit: 0.2 });
});
afterAll(() => {
  blocks.remove();
});

const trained = (changes: Partial<TrainingRecipe>) =>
  train({
    dataset: blocks.dataset,
    recipe: blockRecipe({ optimizer: { kind: 'adam', learningRate: 0.01 }, ...changes }),
  });

describe('the update', () => {
  const decay = { weightDecay: 0.1, excludeFromDecay: ['bias'] };
  it.each<OptimizerSpec>([
    { kind: 'adamw', learningRate: 0.01, ...decay, clip: { kind: 'globalNorm', limit: 0.1 } },
    { kind: 'rmsprop', learningRate: 0.001, clip: { kind: 'norm', limit: 0.1 } },
    { kind: 'sgd', learningRate: 0.1, momentum: 0.9, ...decay, clip: { kind: 'value', limit: 0.01 } },
  ])('is with three replicas what it is with one: %j', async (optimizer) => {
    const [one, three] = [await trained({ optimizer, replicas: 1 }), await trained({ optimizer, replicas: 3 })];
    three.history.forEach((epoch, i) => {
      expect(epoch.loss).toBeCloseTo(one.history[i].loss, 4);
      expect(epoch.validationLoss).toBeCloseTo(one.history[i].validationLoss ?? Number.NaN, 4);
    });
    expect((await trained({ optimizer, replicas: 3 })).weights).toEqual(three.weights);
  });

  it.each([1, 3])('lets kernels decay and biases alone, with %i replicas', async (replicas) => {
    const clip = { kind: 'globalNorm', limit: 1e-30 } as const;
    const optimizer: OptimizerSpec = { kind: 'sgd', learningRate: 0.1, ...decay, clip };
    const { weights } = await trained({ optimizer, replicas, epochs: 1 });
    // 100 images in batches of 16: 7 updates.
    for (const [name, { data }] of initialWeights(LAYERS, 11)) {
      const left = name.endsWith('kernel') ? (1 - 0.1 * 0.1) ** 7 : 1;
      const found = weights.get(name)?.data ?? [];
      data.forEach((value, i) => {
        expect(found[i], name).toBeCloseTo(value * left, 6);
      });
    }
  });
});

describe('the loss', () => {
  it.each<[LossSpec, OutputActivation]>([
    [{ kind: 'crossEntropy', labelSmoothing: 0.1 }, 'softmax'],
    [{ kind: 'binaryCrossEntropy' }, 'sigmoid'],
    [{ kind: 'focal' }, 'softmax'],
    [{ kind: 'meanSquaredError' }, 'softmax'],
  ])('%j is learnt, and measured alike in training and validation', async (loss, outputActivation) => {
    const network = { ...LAYERS, outputActivation };
    const model = await trained({ network, loss, epochs: 12 });
    expect(model.evaluation.accuracy).toBeGreaterThan(0.9);
    // Of the first weights, on much the same pictures.
    const [first] = (await trained({ network, loss, optimizer: STILL, epochs: 1 })).history;
    expect((first.validationLoss ?? 0) / first.loss).toBeCloseTo(1, 1);
  });

  it('weighs classes in training alone', async () => {
    const losses = async (classWeights: readonly number[] | null) => {
      const { loss, validationLoss } = (await trained({ classWeights, optimizer: STILL, epochs: 1 })).history[0];
      return { loss, validationLoss };
    };
    const plain = await losses(null);
    expect(await losses([1, 1, 1])).toEqual(plain);
    expect((await losses([2, 2, 2])).loss).toBeCloseTo(2 * plain.loss, 5);
    const parts = [await losses([1, 0, 0]), await losses([0, 1, 0]), await losses([0, 0, 1])];
    expect(parts.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(plain.loss, 5);
    expect(parts.map(({ validationLoss }) => validationLoss)).toEqual(parts.map(() => plain.validationLoss));
  });
});
