import { describe, expect, it } from 'vitest';
import type { LearningRequest } from '../contracts/index.ts';
import { presetNetwork } from '../nn/index.ts';
import { balancedWeights, type LearningPlace, planLearning } from './plan-learning.ts';

const PLACE: LearningPlace = {
  network: presetNetwork('lenet', { height: 28, width: 28, channels: 3, classes: 3 }),
  optimizer: { kind: 'adam', learningRate: 0.002 },
  epochs: 10,
  perClass: [60, 30, 10],
};
const plan = (request: LearningRequest, place: Partial<LearningPlace> = {}) =>
  planLearning(request, { ...PLACE, ...place });

describe('planLearning', () => {
  it('takes what is usual when nothing is asked', () => {
    expect(plan({})).toEqual({
      network: PLACE.network,
      optimizer: PLACE.optimizer,
      loss: { kind: 'crossEntropy' },
      schedule: { kind: 'constant' },
      classWeights: null,
    });
  });

  it('writes the decay down, and what does not decay', () => {
    const excludeFromDecay = ['bias', 'gamma', 'beta'];
    const adamw = { kind: 'adamw', learningRate: 0.001, weightDecay: 0.004, excludeFromDecay };
    expect(plan({ optimizer: 'adamw' }).optimizer).toEqual(adamw);
    expect(plan({ weightDecay: 0.01 }).optimizer).toEqual({ ...PLACE.optimizer, weightDecay: 0.01, excludeFromDecay });
    expect(plan({ optimizer: 'adamw', weightDecay: 0 }).optimizer).toEqual({
      kind: 'adamw',
      learningRate: 0.001,
      weightDecay: 0,
    });
  });

  it('takes momentum and clipping', () => {
    const { optimizer } = plan({ optimizer: 'sgd', momentum: 0.9, nesterov: true, globalClipNorm: 1 });
    const clip = { kind: 'globalNorm', limit: 1 };
    expect(optimizer).toEqual({ kind: 'sgd', learningRate: 0.01, momentum: 0.9, nesterov: true, clip });
  });

  it('ends a network as its loss needs it', () => {
    const { network, loss } = plan({ loss: 'binaryCrossEntropy', labelSmoothing: 0.1 });
    expect(network.outputActivation).toBe('sigmoid');
    expect(loss).toEqual({ kind: 'binaryCrossEntropy', labelSmoothing: 0.1 });
    const sigmoid = { network: { ...PLACE.network, outputActivation: 'sigmoid' as const } };
    expect(plan({}, sigmoid).loss).toEqual({ kind: 'binaryCrossEntropy' });
    expect(() => plan({ loss: 'focal' }, sigmoid)).toThrow(
      'The loss focal is of networks that end in softmax; this one ends in sigmoid.',
    );
  });

  it.each([
    ['constant', { kind: 'constant' }],
    ['step', { kind: 'step', every: 4, factor: 0.1 }],
    ['exponential', { kind: 'exponential', rate: 0.630957 }],
    ['cosine', { kind: 'cosine' }],
    ['oneCycle', { kind: 'oneCycle' }],
    ['plateau', { kind: 'plateau', patience: 3, factor: 0.3, minimum: 0.000002 }],
  ] as const)('chooses the numbers of %s', (schedule, expected) => {
    expect(plan({ schedule }).schedule).toEqual(expected);
    if (schedule === 'oneCycle') return;
    expect(plan({ schedule, warmupEpochs: 2 }).schedule).toEqual({ ...expected, warmupEpochs: 2 });
  });

  it('weighs classes so that all weigh the same together', () => {
    expect(plan({ classWeights: 'balanced' }).classWeights?.map((weight, i) => weight * PLACE.perClass[i])).toEqual([
      100 / 3,
      100 / 3,
      100 / 3,
    ]);
    expect(balancedWeights([4, 0])).toEqual([0.5, 1]);
  });

  it.each([
    ['optimizer', { optimizer: 'newton' as never }],
    ['momentum', { optimizer: 'sgd', momentum: 1 }],
    ['momentum', { momentum: 0.9 }],
    ['nesterov', { optimizer: 'sgd', nesterov: true }],
    ['weightDecay', { weightDecay: -0.1 }],
    ['weightDecay', { weightDecay: Number.NaN }],
    ['clipNorm', { clipNorm: 0 }],
    ['globalClipNorm', { clipNorm: 1, globalClipNorm: 1 }],
    ['schedule', { schedule: 'linear' as never }],
    ['warmupEpochs', { warmupEpochs: -1 }],
    ['warmupEpochs', { warmupEpochs: 10 }],
    ['warmupEpochs', { schedule: 'oneCycle', warmupEpochs: 1 }],
    ['loss', { loss: 'hinge' as never }],
    ['labelSmoothing', { labelSmoothing: 1 }],
    ['labelSmoothing', { loss: 'meanSquaredError', labelSmoothing: 0.1 }],
    ['classWeights', { classWeights: 'equal' as never }],
  ] as const)('refuses a wrong %s: %j', (option, request) => {
    expect(() => plan(request as LearningRequest)).toThrowError(
      expect.objectContaining({ code: 'training_option_invalid', details: { option } }),
    );
  });
});
