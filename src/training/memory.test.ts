import { describe, expect, it } from 'vitest';
import { presetNetwork } from '../nn/index.ts';
import { type MemoryQuestion, pieceSizeOf, planMicroBatch, trainingMemory } from './memory.ts';

const question: MemoryQuestion = {
  network: presetNetwork('tfaas-mnist', { height: 28, width: 28, channels: 1, classes: 10 }),
  optimizer: { kind: 'adam', learningRate: 0.001 },
  loss: { kind: 'crossEntropy' },
  mixup: false,
  batchSize: 128,
  replicas: 2,
};
const fits = (pieceSize: number) => trainingMemory(question, pieceSize) / 0.8;

describe('planMicroBatch', () => {
  it('computes the whole batch at once when it fits', () => {
    expect(planMicroBatch(question, fits(64) + 1)).toBeNull();
  });

  it('halves it until it fits', () => {
    expect(planMicroBatch(question, fits(64) - 1)).toBe(64);
    expect(planMicroBatch(question, fits(16) + 1)).toBe(32);
    expect(pieceSizeOf(question, 32)).toBe(16);
    expect(pieceSizeOf({ batchSize: 100, replicas: 3 }, 25)).toBe(9);
    expect(pieceSizeOf(question, null)).toBe(64);
  });

  it('refuses what no machine has, saying how much it takes', () => {
    const network = presetNetwork('tfaas-mnist', { height: 2048, width: 2048, channels: 1, classes: 2 });
    expect(() => planMicroBatch({ ...question, network }, 2 ** 30)).toThrow(
      expect.objectContaining({
        code: 'training_option_invalid',
        message: expect.stringMatching(
          /2048 x 2048 pixels with 2 replicas takes about \d+\.\d GiB.*this machine has 1\.0 GiB/,
        ),
      }),
    );
  });

  it('counts more for more images, replicas and slots', () => {
    const bytes = trainingMemory(question, 64);
    expect(trainingMemory(question, 128)).toBeGreaterThan(bytes);
    expect(trainingMemory({ ...question, replicas: 3 }, 64)).toBeGreaterThan(bytes);
    expect(trainingMemory({ ...question, optimizer: { kind: 'sgd', learningRate: 1 } }, 64)).toBeLessThan(bytes);
  });
});
