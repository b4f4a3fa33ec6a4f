import { describe, expect, it } from 'vitest';
import type { DatasetManifest, TrainingRequest } from '../contracts/index.ts';
import { imageShapeFor, planTraining } from './plan.ts';

const manifest: DatasetManifest = {
  source: { kind: 'sample', name: 'digits' },
  contentHash: 'ab',
  format: 'sample',
  image: { height: 28, width: 28, channels: 1 },
  classes: ['a', 'b', 'c'],
  splits: {
    train: { count: 90, perClass: [30, 30, 30] },
    validation: { count: 0, perClass: [0, 0, 0] },
    test: { count: 0, perClass: [0, 0, 0] },
  },
  validationSplit: 0,
  seed: 123,
  originalSizes: { minWidth: 28, maxWidth: 28, minHeight: 28, maxHeight: 28, distinct: 1 },
  findings: [],
};
const request: TrainingRequest = { dataset: manifest.source, name: 'm' };

describe('planTraining', () => {
  it('chooses the network by the dataset, and says why', () => {
    expect(planTraining(request, manifest).model).toBe('compact-cnn');
    expect(planTraining(request, manifest).because.join(' ')).toContain('Network compact-cnn');
    expect(planTraining({ ...request, model: 'lenet' }, manifest)).toMatchObject({
      because: [],
      augmentation: null,
      schedule: { kind: 'constant' },
    });
    const photos = { ...manifest, image: { height: 180, width: 180, channels: 3 } as const };
    expect(planTraining(request, photos).model).toBe('small-resnet');
  });

  it('gives no reason for what was asked for', () => {
    const asked = { epochs: 3, batchSize: 16, learningRate: 0.1, schedule: 'cosine', augment: 'flip' } as const;
    const plan = planTraining({ ...request, ...asked }, manifest);
    expect(plan).toMatchObject({
      epochs: 3,
      batchSize: 16,
      optimizer: { learningRate: 0.1 },
      schedule: { kind: 'cosine' },
      augmentation: { flip: 'horizontal' },
    });
    expect(plan.because).toHaveLength(2);
  });

  it('changes pictures for a named network only when asked to', () => {
    const named = { ...request, model: 'lenet' };
    expect(planTraining({ ...named, augment: 'auto' }, manifest).augmentation).toHaveProperty('rotation');
    expect(planTraining({ ...named, augment: 'crop=2' }, manifest).augmentation).toEqual({ crop: 2 });
    expect(planTraining({ ...request, augment: 'none' }, manifest).augmentation).toBe(null);
  });

  it('takes what was asked for', () => {
    const plan = planTraining(
      { ...request, model: 'keras-mnist', optimizer: 'adadelta', epochs: 4, seed: 9, patience: 2, replicas: 3 },
      manifest,
    );
    expect(plan).toMatchObject({ model: 'keras-mnist', epochs: 4, seed: 9, patience: 2, replicas: 3 });
    expect(plan.optimizer).toMatchObject({ kind: 'adadelta', learningRate: 1 });
  });

  it('never plans a batch larger than the training split', () => {
    const plan = planTraining({ ...request, batchSize: 512 }, manifest);
    expect(plan.batchSize).toBe(90);
    expect(plan.because.slice(-1)).toEqual([
      'Batches of 512 were asked for; there are 90 pictures to train on, so a batch is all of them.',
    ]);
  });

  it('computes a batch in parts where memory is short, and says so', () => {
    const asked = { ...request, model: 'keras-mnist', replicas: 1, batchSize: 64 };
    const { microBatch, because } = planTraining(asked, manifest, { availableMemory: 190e6 });
    expect(microBatch).toBe(32);
    expect(because).toEqual([
      'Memory is short for a batch of 64 at once: it is computed as 2 x 32, whose gradients are added up.',
    ]);
    expect(planTraining(asked, manifest)).toMatchObject({ microBatch: null, because: [] });
  });

  it('refuses more classes than pictures', () => {
    const train = { count: 2, perClass: [1, 1, 0] };
    const few = { ...manifest, splits: { ...manifest.splits, train } };
    expect(() => planTraining(request, few)).toThrowError(
      expect.objectContaining({
        code: 'too_few_pictures',
        message:
          'The dataset has 3 classes, but only 2 pictures to train on; at least one of every class was expected.',
      }),
    );
  });

  it.each([
    ['epochs', { epochs: 0 }],
    ['epochs', { epochs: 1.5 }],
    ['batchSize', { batchSize: -1 }],
    ['learningRate', { learningRate: 0 }],
    ['learningRate', { learningRate: Number.NaN }],
    ['learningRate', { learningRate: -0.1 }],
    ['learningRate', { learningRate: 1e6 }],
    ['validationSplit', { validationSplit: 1 }],
    ['optimizer', { optimizer: 'newton' as never }],
    ['channels', { channels: 2 as never }],
    ['imageSize', { imageSize: [0, 5] as const }],
  ])('refuses a wrong %s', (option, wrong) => {
    expect(() => planTraining({ ...request, ...wrong }, manifest)).toThrowError(
      expect.objectContaining({ code: 'training_option_invalid', details: { option } }),
    );
  });

  it('refuses an unknown preset', () => {
    expect(() => planTraining({ ...request, model: 'gpt' }, manifest)).toThrowError(
      expect.objectContaining({ code: 'preset_unknown' }),
    );
  });
});

it('asks for the shape of the preset, unless the request names another', () => {
  expect(imageShapeFor(request)).toEqual({});
  expect(imageShapeFor({ ...request, model: 'lenet' })).toEqual({ height: 28, width: 28, channels: 3 });
  expect(imageShapeFor({ ...request, model: 'nitric-cnn', imageSize: [96, 64], channels: 1 })).toEqual({
    height: 96,
    width: 64,
    channels: 1,
  });
});
