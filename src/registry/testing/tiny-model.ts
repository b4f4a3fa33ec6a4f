/** @file A model small enough to compute by hand: pixels, one dense layer, softmax. */
import type { ImageShape, TrainedModel, WeightTensor } from '../../contracts/index.ts';
import { dense, flatten, sequential } from '../../nn/index.ts';

export interface TinyModelOptions {
  readonly labels?: readonly string[];
  /** Default 2x2, grey. */
  readonly input?: ImageShape;
  /** Added to the logits, one number per label. Default: 0, 1, 2, … */
  readonly bias?: readonly number[];
}

/** Logit `j` is the mean pixel `p / 255`, times `j`, plus the bias of `j`. Bright pictures get late labels. */
export function tinyModel(options: TinyModelOptions = {}): TrainedModel {
  const { labels = ['0', '1', '2'], input = { height: 2, width: 2, channels: 1 } } = options;
  const { bias = labels.map((_, index) => index) } = options;
  const pixels = input.height * input.width * input.channels;
  const network = sequential('tiny', input, [flatten(), dense({ units: labels.length })]);
  const kernel = new Float32Array(pixels * labels.length).map((_, i) => (i % labels.length) / (255 * pixels));
  const weights = new Map<string, WeightTensor>([
    ['dense/kernel', { shape: [pixels, labels.length], data: kernel }],
    ['dense/bias', { shape: [labels.length], data: new Float32Array(bias) }],
  ]);
  const loss = { loss: 0.5, accuracy: 0.75 };
  return {
    recipe: {
      model: 'tiny',
      network,
      parameters: kernel.length + labels.length,
      optimizer: { kind: 'adam', learningRate: 1e-3 },
      loss: { kind: 'crossEntropy' },
      schedule: { kind: 'constant' },
      classWeights: null,
      epochs: 1,
      batchSize: 32,
      seed: 123,
      validationSplit: 0.2,
      patience: null,
      augmentation: null,
      initialWeights: null,
      phases: [],
      because: [],
      replicas: 1,
      threads: 1,
      microBatch: null,
    },
    labels,
    weights,
    metrics: { ...loss, validation_loss: null, validation_accuracy: null, test_loss: null, test_accuracy: null },
    history: [],
    evaluation: { split: 'train', count: 4, ...loss, perClass: [], confusion: labels.map(() => labels.map(() => 0)) },
    datasetHash: 'a'.repeat(64),
    imagesPerSecond: 1,
    seconds: 1,
  };
}

/** What the tiny model answers, computed in float64. */
export function tinyProbabilities(pixels: ArrayLike<number>, bias: readonly number[]): number[] {
  const mean = Array.from(pixels).reduce((sum, pixel) => sum + pixel, 0) / pixels.length / 255;
  const powers = bias.map((offset, index) => Math.exp(mean * index + offset));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
