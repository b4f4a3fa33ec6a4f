import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainedModel } from '../../contracts/index.ts';
import { type TrainOptions, train } from '../fit.ts';
import type { TrainingSnapshot } from '../snapshot.ts';
import { type BlockPictures, blockPictures } from '../testing/block-pictures.ts';
import { blockRecipe, weightBytes } from '../testing/block-recipe.ts';
import {
  type Callback,
  CSVLogger,
  EarlyStopping,
  LearningRateScheduler,
  ModelCheckpoint,
  type TrainingLogs,
} from './index.ts';

let noise: BlockPictures;
const folder = mkdtempSync(path.join(tmpdir(), 'pictor-callbacks-'));
beforeAll(async () => {
  // 30 to train and 30 to validate: two steps of 16, two batches of validation.
  noise = await blockPictures({ train: 60, validationSplit: 0.5, learnable: false });
});
afterAll(() => {
  noise.remove();
  rmSync(folder, { recursive: true });
});

function run(
  callbacks: Callback[],
  changes: Parameters<typeof blockRecipe>[0] = {},
  options: Partial<TrainOptions> = {},
) {
  return train({ dataset: noise.dataset, recipe: blockRecipe({ replicas: 1, ...changes }), callbacks, ...options });
}

describe('hooks', () => {
  it('are called in the order of Keras', async () => {
    const calls: string[] = [];
    const note = (text: string) => void calls.push(text);
    const figures: TrainingLogs[] = [];
    await run([
      {
        name: 'notes',
        onTrainBegin: () => note('train'),
        onTrainEnd: () => note('end'),
        onEpochBegin: (epoch) => note(`epoch ${epoch}`),
        onEpochEnd: (epoch, logs) => {
          note(`epoch ${epoch} end`);
          figures.push(logs);
        },
        onTrainBatchBegin: (batch) => note(`batch ${batch}`),
        onTrainBatchEnd: (batch) => note(`batch ${batch} end`),
        onTestBegin: () => note('test'),
        onTestEnd: () => note('test end'),
        onTestBatchBegin: (batch) => note(`test batch ${batch}`),
        onTestBatchEnd: (batch) => note(`test batch ${batch} end`),
      },
    ]);
    const epoch = (n: number) => [
      `epoch ${n}`,
      ...['batch 1', 'batch 1 end', 'batch 2', 'batch 2 end'],
      ...['test', 'test batch 1', 'test batch 1 end', 'test batch 2', 'test batch 2 end', 'test end'],
      `epoch ${n} end`,
    ];
    expect(calls).toEqual(['train', ...epoch(1), ...epoch(2), 'end']);
    expect(figures[1]).toMatchObject({
      loss: expect.any(Number),
      validationLoss: expect.any(Number),
      learningRate: 0.003,
    });
  });

  it('change nothing by looking', async () => {
    const look: Callback = {
      name: 'look',
      async onTrainBatchEnd(_batch, _logs, training) {
        expect((await training.weights()).get('dense/kernel')?.shape).toEqual([100, 3]);
        expect((await training.gradients()).get('dense/bias')?.data.some((value) => value !== 0)).toBe(true);
      },
    };
    const looked = await run([look], { dropRate: 0.2, replicas: 2 });
    const plain = await run([], { dropRate: 0.2, replicas: 2 });
    expect(weightBytes(looked.weights).equals(weightBytes(plain.weights))).toBe(true);
  });

  it('of batches may be called for every n-th only', async () => {
    const batches: number[] = [];
    await run([{ name: 'some', batchEvery: 3, onTrainBatchEnd: (batch) => void batches.push(batch) }], {
      epochs: 1,
      batchSize: 4,
    });
    expect(batches).toEqual([3, 6, 8]);
  });

  it('that throw fail the training under their name', async () => {
    const broken: Callback = {
      name: 'my-hook',
      onEpochEnd: () => {
        throw new Error('no such figure');
      },
    };
    await expect(run([broken])).rejects.toMatchObject({
      code: 'callback_failed',
      message: 'The callback "my-hook" failed in onEpochEnd: no such figure',
    });
    await expect(run([{ name: 'a' }, { name: 'a' }])).rejects.toMatchObject({ code: 'callback_failed' });
  });

  it('may stop in the middle of an epoch, which is measured', async () => {
    const result = await run([{ name: 'stop', onTrainBatchEnd: (_batch, _logs, training) => training.stop() }]);
    expect(result.stopped).toBe('early');
    expect(result.history).toHaveLength(1);
  });
});

describe('EarlyStopping', () => {
  it('waits as long as its patience and ends with the weights of the best figure', async () => {
    const result = await run([new EarlyStopping({ patience: 2, restoreBest: true })], {
      epochs: 100,
      optimizer: { kind: 'adam', learningRate: 0.02 },
    });
    expect(result.stopped).toBe('early');
    const losses = result.history.map((epoch) => epoch.validationLoss!);
    expect(losses.indexOf(Math.min(...losses))).toBe(losses.length - 3);
    expect(result.metrics.validation_loss).toBe(Math.min(...losses));
    expect(result.evaluation.loss).toBeCloseTo(Math.min(...losses), 10);
  });

  it('knows after a resume how long it has waited', async () => {
    const options = { epochs: 100, optimizer: { kind: 'adam', learningRate: 0.02 } } as const;
    const snapshots: TrainingSnapshot[] = [];
    const whole = await run([new EarlyStopping({ patience: 2 })], options, {
      onCheckpoint: async (snapshot) =>
        void snapshots.push(JSON.parse(JSON.stringify({ ...snapshot, tensors: null })), snapshot),
    });
    const at = snapshots.length - 4;
    const resume = { ...snapshots[at], tensors: snapshots[at + 1].tensors };
    const resumed = await run([new EarlyStopping({ patience: 2 })], options, { resume });
    expect(resumed.history).toHaveLength(whole.history.length);
  });
});

it('ModelCheckpoint hands over a complete model whenever it is the best so far', async () => {
  const models: [number, TrainedModel][] = [];
  const publish = async (model: TrainedModel, epoch: number) => void models.push([epoch, model]);
  const result = await run([new ModelCheckpoint({ publish, saveBestOnly: true })], { epochs: 6 });
  let best = Number.POSITIVE_INFINITY;
  const expected = result.history.filter((epoch) => {
    const better = epoch.validationLoss! < best;
    if (better) best = epoch.validationLoss!;
    return better;
  });
  expect(models.map(([epoch]) => epoch)).toEqual(expected.map(({ epoch }) => epoch));
  const [epoch, model] = models[0];
  expect(model.history).toHaveLength(epoch);
  expect(model.metrics.validation_loss).toBe(model.history[epoch - 1].validationLoss);
  expect(model.evaluation).toMatchObject({ split: 'validation', loss: model.metrics.validation_loss });
  expect(model.weights.size).toBe(4);
});

it('LearningRateScheduler sets the rate that the steps are made with', async () => {
  const rates: number[] = [];
  const scheduler = new LearningRateScheduler((epoch, rate) => (epoch === 1 ? rate : 0));
  const look: Callback = { name: 'rates', onEpochEnd: (_epoch, logs) => void rates.push(logs.learningRate) };
  const sgd = { kind: 'sgd', learningRate: 0.01 } as const;
  const result = await run([scheduler, look], { epochs: 3, optimizer: sgd });
  expect(rates).toEqual([0.01, 0, 0]);
  expect(result.history[2].validationLoss).toBe(result.history[1].validationLoss);
});

it('CSVLogger writes a line for each epoch, the same after a resume', async () => {
  const whole = path.join(folder, 'whole.csv');
  const snapshots: TrainingSnapshot[] = [];
  await run([new CSVLogger(whole)], { epochs: 3 }, { onCheckpoint: async (snapshot) => void snapshots.push(snapshot) });
  const lines = readFileSync(whole, 'utf8').split('\n');
  expect(lines[0]).toBe('epoch,loss,accuracy,validationLoss,validationAccuracy,learningRate');
  expect(lines).toHaveLength(5);
  const resumed = path.join(folder, 'resumed.csv');
  await run([new CSVLogger(resumed)], { epochs: 3 }, { resume: snapshots[0] });
  expect(readFileSync(resumed, 'utf8')).toBe(lines.join('\n'));
});
