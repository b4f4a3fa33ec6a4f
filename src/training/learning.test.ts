/** @file How weights learn over replicas: decay, clipping, losses, class weights. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LossSpec, OptimizerSpec, OutputActivation, ScheduleSpec, TrainingRecipe } from '../contracts/index.ts';
import { initialWeights } from '../nn/index.ts';
import { train } from './fit.ts';
import type { TrainingSnapshot } from './snapshot.ts';
import { type BlockPictures, blockPictures } from './testing/block-pictures.ts';
import { blockRecipe, weightBytes } from './testing/block-recipe.ts';

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

describe('the schedule', () => {
  const losses = async (schedule: ScheduleSpec): Promise<(number | null)[]> =>
    (await trained({ schedule, epochs: 4 })).history.map(({ validationLoss }) => validationLoss);

  it('decides the rate of every step', async () => {
    const [first, ...others] = await losses({ kind: 'step', every: 1, factor: 1e-30 });
    expect(others).toEqual([first, first, first]);
    const warming = await losses({ kind: 'step', every: 1, factor: 1e-30, warmupEpochs: 1 });
    expect(warming[0]).toBeGreaterThan(first ?? 0);
  });

  it('lowers the rate when the validation loss no longer falls', async () => {
    // Only the first epoch counts as a gain; the second lowers the rate.
    const hard = { patience: 1, factor: 1e-30, minimum: 0, minDelta: 1e9 } as const;
    const found = await losses({ kind: 'plateau', ...hard });
    expect(found[1]).not.toBe(found[0]);
    expect(found.slice(2)).toEqual([found[1], found[1]]);
  });
  it.each<ScheduleSpec>([
    { kind: 'plateau', patience: 1, factor: 0.5, minimum: 0, minDelta: 0.5 },
    { kind: 'oneCycle' },
  ])('goes on after an interruption as it would have: %j', async (schedule) => {
    const clip = { kind: 'globalNorm', limit: 0.5 } as const;
    const recipe = blockRecipe({ schedule, epochs: 4, optimizer: { kind: 'adamw', learningRate: 0.01, clip } });
    const snapshots: TrainingSnapshot[] = [];
    const onCheckpoint = async (snapshot: TrainingSnapshot) => void snapshots.push(snapshot);
    const options = { dataset: blocks.dataset, recipe };
    const whole = await train({ ...options, onCheckpoint, checkpoint: { everySteps: 5 } });
    const resume = snapshots.find(({ course }) => course.epoch === 4);
    expect(resume?.course.plateau?.rate).toBe(schedule.kind === 'plateau' ? 0.0025 : undefined);
    const resumed = await train({ ...options, ...(resume ? { resume } : {}) });
    expect(weightBytes(resumed.weights).equals(weightBytes(whole.weights))).toBe(true);
  });
});
