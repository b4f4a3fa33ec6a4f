import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EpochRecord, OptimizerSpec } from '../contracts/index.ts';
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  flatten,
  initialWeights,
  rescaling,
  sequential,
} from '../nn/index.ts';
import { train } from './fit.ts';
import { type BlockPictures, blockPictures } from './testing/block-pictures.ts';
import { blockRecipe, weightBytes } from './testing/block-recipe.ts';

const SGD: OptimizerSpec = { kind: 'sgd', learningRate: 0.05 };
const ADAM: OptimizerSpec = { kind: 'adam', learningRate: 0.003 };

let blocks: BlockPictures;
let noise: BlockPictures;
beforeAll(async () => {
  // 100 is no multiple of the batch size: the last batch is a partial one.
  blocks = await blockPictures({ train: 125, test: 30, validationSplit: 0.2 });
  noise = await blockPictures({ train: 60, validationSplit: 0.5, learnable: false });
});
afterAll(() => {
  blocks.remove();
  noise.remove();
});

describe('train', () => {
  it('learns what can be learnt, and evaluates it on the test split', async () => {
    const model = await train({ dataset: blocks.dataset, recipe: blockRecipe({ epochs: 12 }) });
    expect(model.evaluation.split).toBe('test');
    expect(model.evaluation.accuracy).toBeGreaterThan(0.95);
    expect(model.metrics.test_accuracy).toBe(model.evaluation.accuracy);
    expect(model.history).toHaveLength(12);
    expect(model.stopped).toBe('completed');
    expect(model.labels).toEqual(['0', '1', '2']);
  });

  it('gives the same weights, byte for byte, for the same seed, and others for another', async () => {
    const options = { dataset: blocks.dataset, recipe: blockRecipe({ dropRate: 0.25 }) };
    const once = weightBytes((await train(options)).weights);
    const again = weightBytes((await train(options)).weights);
    const other = weightBytes((await train({ ...options, recipe: blockRecipe({ dropRate: 0.25, seed: 12 }) })).weights);
    expect(again.equals(once)).toBe(true);
    expect(other.equals(once)).toBe(false);
  });

  it.each([SGD, ADAM, { kind: 'adadelta', learningRate: 1 } as const])(
    'computes with three replicas what one computes ($kind)',
    async (optimizer) => {
      const one = await train({ dataset: blocks.dataset, recipe: blockRecipe({ optimizer, replicas: 1 }) });
      const three = await train({ dataset: blocks.dataset, recipe: blockRecipe({ optimizer, replicas: 3 }) });
      three.history.forEach((epoch, i) => {
        expect(epoch.loss).toBeCloseTo(one.history[i].loss, 4);
        expect(epoch.validationLoss).toBeCloseTo(one.history[i].validationLoss ?? Number.NaN, 4);
      });
    },
  );

  it('computes a last batch that leaves replicas without images', async () => {
    // 100 images in batches of 33 leave 1.
    const one = await train({ dataset: blocks.dataset, recipe: blockRecipe({ batchSize: 33, replicas: 1 }) });
    const three = await train({ dataset: blocks.dataset, recipe: blockRecipe({ batchSize: 33, replicas: 3 }) });
    three.history.forEach((epoch, i) => {
      expect(epoch.loss).toBeCloseTo(one.history[i].loss, 4);
      expect(epoch.accuracy).toBe(one.history[i].accuracy);
    });
  });

  it('trains a network with moving averages and a frozen layer', async () => {
    const network = sequential('blocks', { height: 12, width: 12, channels: 1 }, [
      rescaling({ scale: 1 / 255 }),
      conv2d({ filters: 4, kernelSize: [3, 3], trainable: false }),
      batchNormalization({ momentum: 0.8 }),
      activation({ activation: 'relu' }),
      flatten(),
      dense({ units: 3 }),
    ]);
    const first = initialWeights(network, 11);
    const options = { dataset: blocks.dataset, recipe: blockRecipe({ network, epochs: 8, replicas: 3 }) };
    const { weights, evaluation } = await train(options);
    expect(evaluation.accuracy).toBeGreaterThan(0.9);
    expect(new Set(weights.keys())).toEqual(new Set(first.keys()));
    expect(weights.get('conv2d/kernel')).toEqual(first.get('conv2d/kernel'));
    const variance = weights.get('batch_normalization/movingVariance')?.data ?? [];
    expect([...variance].every((value) => value > 0 && value !== 1)).toBe(true);
    expect(weightBytes((await train(options)).weights).equals(weightBytes(weights))).toBe(true);
  });

  it('augments training pictures alike for any number of replicas, and validation pictures never', async () => {
    const augmentation = { rotation: 0.1, translation: 0.2, erasing: { probability: 0.5 } };
    const still = { kind: 'sgd', learningRate: 1e-30 } as const;
    const plain = await train({ dataset: blocks.dataset, recipe: blockRecipe({ optimizer: still, epochs: 1 }) });
    const options = { optimizer: still, augmentation, epochs: 1 };
    const one = await train({ dataset: blocks.dataset, recipe: blockRecipe({ ...options, replicas: 1 }) });
    const three = await train({ dataset: blocks.dataset, recipe: blockRecipe({ ...options, replicas: 3 }) });
    expect(three.history[0].loss).toBeCloseTo(one.history[0].loss, 5);
    expect(one.history[0].loss).not.toBeCloseTo(plain.history[0].loss, 4);
    expect(one.history[0].validationLoss).toBeCloseTo(plain.history[0].validationLoss ?? Number.NaN, 5);
    expect(one.evaluation.loss).toBeCloseTo(plain.evaluation.loss, 5);
  });

  it('adds up the gradients of parts of a batch, and repeats', async () => {
    // Portions of 8 in pieces of 3, 3 and 2; the last batch of 4 in portions of 2.
    const parts = { dataset: blocks.dataset, recipe: blockRecipe({ dropRate: 0.25, microBatch: 6 }) };
    const whole = await train({ dataset: blocks.dataset, recipe: blockRecipe({ dropRate: 0.25 }) });
    const once = await train(parts);
    once.history.forEach((epoch, i) => {
      expect(epoch.loss).toBeCloseTo(whole.history[i].loss, 5);
      expect(epoch.validationLoss).toBeCloseTo(whole.history[i].validationLoss ?? Number.NaN, 4);
    });
    expect(weightBytes((await train(parts)).weights).equals(weightBytes(once.weights))).toBe(true);
    expect(once.peakMemoryBytes).toBeGreaterThan(1e7);
  });

  it('learns from mixed pictures', async () => {
    const augmentation = { mixup: 0.4 };
    const model = await train({
      dataset: blocks.dataset,
      recipe: blockRecipe({ epochs: 12, augmentation, replicas: 3 }),
    });
    expect(model.evaluation.accuracy).toBeGreaterThan(0.9);
    // No network can be sure of a mixed picture.
    expect(model.history.at(-1)?.loss).toBeGreaterThan(model.evaluation.loss);
  });

  it('keeps the weights of the best epoch and stops when patience runs out', async () => {
    const model = await train({
      dataset: noise.dataset,
      recipe: blockRecipe({ epochs: 200, patience: 3, optimizer: { kind: 'adam', learningRate: 0.01 } }),
    });
    expect(model.stopped).toBe('early');
    const best = Math.max(...model.history.map((epoch) => epoch.validationAccuracy ?? 0));
    expect(model.metrics.validation_accuracy).toBe(best);
    // Measured again with the restored weights, not copied from the history.
    expect(model.evaluation).toMatchObject({ split: 'validation', accuracy: best });
    expect(model.history.length).toBeLessThan(200);
  });

  it('ends at the signal and returns the best so far', async () => {
    const controller = new AbortController();
    const seen: EpochRecord[] = [];
    const model = await train({
      dataset: blocks.dataset,
      recipe: blockRecipe({ epochs: 10_000 }),
      signal: controller.signal,
      onEpoch: (epoch) => {
        seen.push(epoch);
        if (seen.length === 3) controller.abort();
      },
    });
    expect(model.stopped).toBe('cancelled');
    expect(model.history.length).toBeLessThan(10);
    expect(model.history.slice(0, 3)).toEqual(seen.slice(0, 3));
  });

  it('rejects with the reason when it is ended before the first epoch is done', async () => {
    const controller = new AbortController();
    const options = { dataset: blocks.dataset, recipe: blockRecipe(), signal: controller.signal };
    const running = train({ ...options, onMilestone: () => controller.abort(new Error('enough')) });
    await expect(running).rejects.toThrow('enough');
  });

  it('stops when the loss is no longer a number, and says where', async () => {
    const optimizer: OptimizerSpec = { kind: 'sgd', learningRate: 1e30 };
    await expect(train({ dataset: blocks.dataset, recipe: blockRecipe({ optimizer }) })).rejects.toMatchObject({
      code: 'training_diverged',
      details: { epoch: 1, lastLoss: expect.any(Number), bestEpoch: null },
    });
  });

  it('stops when the loss explodes, though it still is a number', async () => {
    const optimizer: OptimizerSpec = { kind: 'sgd', learningRate: 3e5 };
    await expect(
      train({ dataset: blocks.dataset, recipe: blockRecipe({ optimizer, epochs: 20 }) }),
    ).rejects.toMatchObject({ code: 'training_diverged', message: expect.stringContaining('The last loss that was') });
  });
});
