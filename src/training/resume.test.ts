import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainingRecipe } from '../contracts/index.ts';
import { initialWeights } from '../nn/index.ts';
import { CheckpointClock } from './checkpoint-clock.ts';
import { type TrainResult, train } from './fit.ts';
import type { TrainingSnapshot } from './snapshot.ts';
import { type BlockPictures, blockPictures } from './testing/block-pictures.ts';
import { blockRecipe, weightBytes } from './testing/block-recipe.ts';

let blocks: BlockPictures;
let whole: TrainResult;
beforeAll(async () => {
  // 100 to train in batches of 16: seven steps, the last one smaller; noise, so that no epoch is perfect.
  blocks = await blockPictures({ train: 125, test: 30, validationSplit: 0.2, learnable: false });
  whole = await train({ dataset: blocks.dataset, recipe: RECIPE });
});
afterAll(() => blocks.remove());

const RECIPE = blockRecipe({ dropRate: 0.3, epochs: 3 });

async function trainWithSnapshots(recipe: TrainingRecipe, everySteps = 1) {
  const snapshots: TrainingSnapshot[] = [];
  const result = await train({
    dataset: blocks.dataset,
    recipe,
    checkpoint: { everySteps },
    onCheckpoint: async (snapshot) => {
      snapshots.push(snapshot);
    },
  });
  return { result, snapshots };
}

/** All but how long it took. */
function figures({ metrics, evaluation, history, stopped }: TrainResult) {
  return {
    metrics,
    evaluation,
    stopped,
    history: history.map((epoch) => ({ ...epoch, seconds: 0, imagesPerSecond: 0 })),
  };
}

describe('resume', () => {
  it('from any step gives the weights of the training that was not interrupted, bit for bit', async () => {
    const { result, snapshots } = await trainWithSnapshots(RECIPE);
    expect(weightBytes(result.weights).equals(weightBytes(whole.weights))).toBe(true);
    expect(snapshots.map(({ course }) => [course.epoch, course.step])).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((step) => [1, step]),
      [2, 0],
      ...[1, 2, 3, 4, 5, 6].map((step) => [2, step]),
      [3, 0],
      ...[1, 2, 3, 4, 5, 6].map((step) => [3, step]),
      [4, 0],
    ]);
    for (const at of [9, 20]) {
      const stored = JSON.parse(JSON.stringify({ ...snapshots[at], tensors: null }));
      const resume: TrainingSnapshot = { ...stored, tensors: snapshots[at].tensors };
      const resumed = await train({ dataset: blocks.dataset, recipe: RECIPE, resume });
      expect(weightBytes(resumed.weights).equals(weightBytes(whole.weights))).toBe(true);
      expect(figures(resumed)).toEqual(figures(whole));
    }
  });

  it('goes on for more epochs than were asked for at first', async () => {
    const { snapshots } = await trainWithSnapshots({ ...RECIPE, epochs: 2 }, 5);
    const resumed = await train({ dataset: blocks.dataset, recipe: RECIPE, resume: snapshots.at(-1)! });
    expect(weightBytes(resumed.weights).equals(weightBytes(whole.weights))).toBe(true);
  });

  it('ends with what is best so far when no epoch is left', async () => {
    const { snapshots } = await trainWithSnapshots(RECIPE, 5);
    const second = snapshots.find(({ course }) => course.epoch === 2 && course.step === 5)!;
    const ended = await train({ dataset: blocks.dataset, recipe: { ...RECIPE, epochs: 1 }, resume: second });
    expect(ended.history).toHaveLength(1);
    expect(ended.metrics.validation_accuracy).toBe(ended.history[0].validationAccuracy);
  });

  it('writes a last checkpoint when it is cancelled, and can go on from it', async () => {
    const controller = new AbortController();
    let last: TrainingSnapshot | null = null;
    const cancelled = await train({
      dataset: blocks.dataset,
      recipe: RECIPE,
      signal: controller.signal,
      onCheckpoint: async (snapshot) => {
        last = snapshot;
      },
      callbacks: [
        {
          name: 'cancel',
          onTrainBatchEnd: (batch, _, { epoch }) => void (epoch === 2 && batch === 3 && controller.abort()),
        },
      ],
    });
    expect(cancelled.stopped).toBe('cancelled');
    expect(last).toMatchObject({ course: { epoch: 2, step: 3 } });
    const resumed = await train({ dataset: blocks.dataset, recipe: RECIPE, resume: last! });
    expect(weightBytes(resumed.weights).equals(weightBytes(whole.weights))).toBe(true);
  });

  it('goes through the phases of fine-tuning, from any of them', async () => {
    const phases = [
      { name: 'head', epochs: 1, learningRate: 0.003, frozen: ['conv2d'] },
      { name: 'fineTuning', epochs: 1, learningRate: 0.0003, frozen: [] },
    ] as const;
    const { result, snapshots } = await trainWithSnapshots({ ...RECIPE, epochs: 2, phases }, 4);
    const kernel = (weights: TrainingSnapshot['tensors'], name: string) => weights.get(name)!.data;
    const first = kernel(initialWeights(RECIPE.network, RECIPE.seed), 'conv2d/kernel');
    const positions = snapshots.map(({ course, tensors }) => {
      const moved = kernel(tensors, 'weights/conv2d/kernel').some((value, i) => value !== first[i]);
      return [course.epoch, course.step, moved];
    });
    expect(positions).toEqual([
      [1, 4, false],
      [2, 0, false],
      [2, 4, true],
      [3, 0, true],
    ]);
    expect(result.history).toHaveLength(2);
    for (const resume of snapshots.slice(0, 2)) {
      const resumed = await train({ dataset: blocks.dataset, recipe: { ...RECIPE, epochs: 2, phases }, resume });
      expect(weightBytes(resumed.weights).equals(weightBytes(result.weights))).toBe(true);
    }
  });

  it('refuses another recipe, another dataset, another format, other tensors', async () => {
    const { snapshots } = await trainWithSnapshots({ ...RECIPE, epochs: 1 }, 5);
    const [resume] = snapshots;
    const go = (recipe: TrainingRecipe, snapshot: TrainingSnapshot) =>
      train({ dataset: blocks.dataset, recipe, resume: snapshot });
    await expect(go({ ...RECIPE, batchSize: 8 }, resume)).rejects.toMatchObject({
      code: 'checkpoint_mismatch',
      message: expect.stringContaining('batchSize differs'),
    });
    await expect(go(RECIPE, { ...resume, datasetHash: 'x' })).rejects.toMatchObject({ code: 'checkpoint_mismatch' });
    await expect(go(RECIPE, { ...resume, format: 99 })).rejects.toMatchObject({ code: 'checkpoint_invalid' });
    const tensors = new Map(resume.tensors);
    tensors.delete('slots/momentum/dense/kernel');
    await expect(go(RECIPE, { ...resume, tensors })).rejects.toMatchObject({
      code: 'checkpoint_invalid',
      message: expect.stringContaining('slots/momentum/dense/kernel is missing'),
    });
  });
});

describe('CheckpointClock', () => {
  it('is due by steps, by time, and at the end of epochs unless writing takes too long', () => {
    let now = 0;
    const clock = new CheckpointClock({ everySteps: 5, everySeconds: 60 }, () => now);
    expect([clock.nextStep(0, 12), clock.nextStep(5, 12), clock.nextStep(11, 12)]).toEqual([5, 10, 12]);
    expect([clock.dueAt(5), clock.dueAt(6)]).toEqual([true, false]);
    now = 60_000;
    expect(clock.dueAt(6)).toBe(true);
    clock.taken(10_000);
    expect(clock.wait).toBe(190_000);
    const epochs = new CheckpointClock({}, () => now);
    expect([epochs.wait, epochs.nextStep(0, 9), epochs.dueAtEpochEnd]).toEqual([null, 9, true]);
    epochs.taken(1000);
    now += 18_999;
    expect(epochs.dueAtEpochEnd).toBe(false);
    now += 1;
    expect(epochs.dueAtEpochEnd).toBe(true);
  });
});
