/** @file Phases: what is planned, and what stays frozen. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainingPhase, TrainingRequest } from '../contracts/index.ts';
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  describeNetwork,
  flatten,
  initialWeights,
  maxPooling2d,
  rescaling,
  sequential,
} from '../nn/index.ts';
import { checkFineTuning, planPhases, recipeOfPhase } from './fine-tuning.ts';
import { train } from './fit.ts';
import { type BlockPictures, blockPictures } from './testing/block-pictures.ts';
import { blockRecipe } from './testing/block-recipe.ts';

const NETWORK = sequential('blocks', { height: 12, width: 12, channels: 1 }, [
  rescaling({ scale: 1 / 255 }),
  conv2d({ filters: 3, kernelSize: 3 }),
  batchNormalization(),
  activation({ activation: 'relu' }),
  maxPooling2d(),
  flatten(),
  dense({ units: 3 }),
]);
const BASE = ['rescaling', 'conv2d', 'batch_normalization', 'activation', 'max_pooling2d', 'flatten'];
const PHASES: readonly TrainingPhase[] = [
  { name: 'head', epochs: 2, learningRate: 0.01, frozen: BASE },
  { name: 'fineTuning', epochs: 2, learningRate: 0.001, frozen: ['batch_normalization'] },
];
const RECIPE = blockRecipe({
  network: NETWORK,
  phases: PHASES,
  epochs: 4,
  optimizer: { kind: 'adam', learningRate: 0.01 },
});

const asked = (changes: Partial<TrainingRequest> = {}): TrainingRequest => ({
  dataset: { kind: 'sample', name: 'digits' },
  name: 'x',
  weights: { kind: 'file', path: '/w.h5' },
  ...changes,
});

describe('planPhases', () => {
  const adam = { kind: 'adam', learningRate: 0.01 } as const;

  it('trains the head, then all but batch normalisation at a tenth of the rate for half as many epochs', () => {
    expect(planPhases(asked(), NETWORK, adam, 5)).toEqual([
      { name: 'head', epochs: 5, learningRate: 0.01, frozen: BASE },
      { name: 'fineTuning', epochs: 3, learningRate: 0.001, frozen: ['batch_normalization'] },
    ]);
  });

  it('does what is asked for', () => {
    const last = { fineTuneEpochs: 4, fineTuneRate: 0.005, fineTuneFrom: 'batch_normalization' };
    expect(planPhases(asked(last), NETWORK, adam, 1)[1]).toEqual({
      name: 'fineTuning',
      epochs: 4,
      learningRate: 0.005,
      frozen: ['rescaling', 'conv2d', 'batch_normalization'],
    });
    expect(planPhases(asked({ fineTuneEpochs: 0 }), NETWORK, adam, 2)).toHaveLength(1);
    expect(planPhases(asked({ freeze: 'none' }), NETWORK, adam, 2)).toEqual([]);
    expect(planPhases({ ...asked(), weights: undefined }, NETWORK, adam, 2)).toEqual([]);
  });

  it('has no phases for a network that is a head alone', () => {
    const head = sequential('head', { height: 4, width: 4, channels: 1 }, [flatten(), dense({ units: 2 })]);
    expect(planPhases(asked(), head, adam, 2)).toEqual([]);
  });

  it('refuses a layer that is not of the base', () => {
    expect(() => planPhases(asked({ fineTuneFrom: 'dense' }), NETWORK, adam, 2)).toThrow(
      'fineTuneFrom is dense; expected a layer of the base: rescaling, conv2d, batch_normalization, activation, max_pooling2d, flatten.',
    );
  });
});

describe('checkFineTuning', () => {
  it.each([
    [{ weights: undefined, freeze: 'base' }, 'freeze is base; expected weights to start from as well.'],
    [{ weightsChecksum: 'abc' }, 'weightsChecksum is abc; expected sha256: and 64 hexadecimal digits, or md5: and 32.'],
    [{ fineTuneEpochs: -1 }, 'fineTuneEpochs is -1; expected a whole number from 0 to 10000.'],
    [{ fineTuneRate: 0 }, 'fineTuneRate is 0; expected a number greater than 0, at most 1000.'],
    [{ freeze: 'all' as 'base' }, 'freeze is all; expected one of base, none.'],
  ] as const)('refuses %j', (changes, message) => {
    expect(() => checkFineTuning(asked(changes))).toThrow(message);
  });
});

describe('training in phases', () => {
  let blocks: BlockPictures;
  beforeAll(async () => {
    blocks = await blockPictures({ train: 80, learnable: false });
  });
  afterAll(() => blocks.remove());

  it('has gradients of what is trained alone', () => {
    const { parameters } = describeNetwork(recipeOfPhase(RECIPE, PHASES[0]).network);
    const trained = parameters.filter(({ trainable }) => trainable).map(({ name }) => name);
    expect(trained).toEqual(['dense/kernel', 'dense/bias']);
  });

  it('leaves frozen layers as they were given, also their moving averages', async () => {
    const given = initialWeights(NETWORK, 99);
    const { weights, history } = await train({
      dataset: blocks.dataset,
      recipe: { ...RECIPE, phases: [PHASES[0]], epochs: 2 },
      initialWeights: given,
    });
    expect(history).toHaveLength(2);
    for (const [name, { data }] of given) {
      if (name.startsWith('dense')) expect(weights.get(name)?.data).not.toEqual(data);
      else expect(weights.get(name)?.data).toEqual(data);
    }
  });

  it('trains the base in the second phase, but not its batch normalisation', async () => {
    const before = initialWeights(NETWORK, RECIPE.seed);
    const { weights, history } = await train({ dataset: blocks.dataset, recipe: RECIPE });
    const changed = (name: string) => String(weights.get(name)?.data) !== String(before.get(name)?.data);
    expect(history).toHaveLength(4);
    expect(['conv2d/kernel', 'dense/kernel'].map(changed)).toEqual([true, true]);
    const kept = ['gamma', 'beta', 'movingMean', 'movingVariance'].map((name) => `batch_normalization/${name}`);
    expect(kept.map(changed)).toEqual([false, false, false, false]);
  });
});
