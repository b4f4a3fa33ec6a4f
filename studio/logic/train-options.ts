/** @file The fields of the training form as options of a run. */
import type { RunRequest } from '../api/types.ts';

/** What was typed; an empty text means: choose for me. */
export interface TrainFields {
  readonly epochs: string;
  readonly batchSize: string;
  readonly learningRate: string;
  readonly optimizer: string;
  readonly momentum: string;
  readonly weightDecay: string;
  readonly schedule: string;
  readonly warmupEpochs: string;
  readonly loss: string;
  readonly labelSmoothing: string;
  readonly globalClipNorm: string;
  readonly classWeights: string;
  readonly imageSize: string;
  readonly channels: string;
  readonly validationSplit: string;
  readonly seed: string;
  readonly patience: string;
  /** `auto` or `none`. */
  readonly augment: string;
}

export const BLANK_FIELDS: TrainFields = {
  epochs: '',
  batchSize: '',
  learningRate: '',
  optimizer: '',
  momentum: '',
  weightDecay: '',
  schedule: '',
  warmupEpochs: '',
  loss: '',
  labelSmoothing: '',
  globalClipNorm: '',
  classWeights: '',
  imageSize: '',
  channels: '',
  validationSplit: '',
  seed: '',
  patience: '',
  augment: '',
};

/** Choices and what they are called. The types let no name be wrong. */
export const CHOICES = {
  optimizer: ['adam', 'adamw', 'sgd', 'rmsprop', 'adagrad', 'adadelta'],
  schedule: ['constant', 'step', 'exponential', 'cosine', 'oneCycle', 'plateau'],
  loss: ['crossEntropy', 'binaryCrossEntropy', 'focal', 'meanSquaredError'],
  classWeights: ['balanced'],
} as const satisfies {
  readonly [K in 'optimizer' | 'schedule' | 'loss' | 'classWeights']: readonly NonNullable<RunRequest[K]>[];
};

type Options = Omit<RunRequest, 'dataset' | 'name' | 'model'>;

const NUMBERS = {
  epochs: { words: 'Epochs', whole: true, min: 1, max: 10_000 },
  batchSize: { words: 'Batch size', whole: true, min: 1, max: 65_536 },
  learningRate: { words: 'Learning rate', whole: false, min: Number.MIN_VALUE, max: 1000 },
  momentum: { words: 'Momentum', whole: false, min: 0, max: 0.9999 },
  weightDecay: { words: 'Weight decay', whole: false, min: 0, max: 10 },
  warmupEpochs: { words: 'Warm-up epochs', whole: false, min: 0, max: 10_000 },
  labelSmoothing: { words: 'Label smoothing', whole: false, min: 0, max: 0.9999 },
  globalClipNorm: { words: 'Gradient norm', whole: false, min: Number.MIN_VALUE, max: 1_000_000 },
  validationSplit: { words: 'Validation share', whole: false, min: 0, max: 0.9 },
  seed: { words: 'Seed', whole: true, min: 0, max: Number.MAX_SAFE_INTEGER },
  patience: { words: 'Epochs without gain', whole: true, min: 1, max: 10_000 },
} as const satisfies Partial<Record<keyof TrainFields, unknown>>;

/** Reads the fields; the server checks them again. */
export function parseTrainOptions(fields: TrainFields): { options: Options } | { fault: string } {
  const options: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(NUMBERS)) {
    const text = fields[name as keyof typeof NUMBERS].trim().replace(',', '.');
    if (text === '') continue;
    const value = Number(text);
    if (!Number.isFinite(value) || (rule.whole && !Number.isInteger(value))) {
      return { fault: `${rule.words} must be a ${rule.whole ? 'whole ' : ''}number, not “${text}”.` };
    }
    if (value < rule.min || value > rule.max) {
      const low = rule.min === Number.MIN_VALUE ? 'more than 0' : `at least ${rule.min}`;
      return { fault: `${rule.words} must be ${low} and at most ${rule.max}, not ${text}.` };
    }
    options[name] = value;
  }
  if (fields.imageSize.trim() !== '') {
    const match = /^(\d{1,4})\s*[x×*,]\s*(\d{1,4})$/i.exec(fields.imageSize.trim());
    if (!match) return { fault: `Picture size must be height x width, such as 28x28, not “${fields.imageSize}”.` };
    options.imageSize = [Number(match[1]), Number(match[2])];
  }
  for (const name of Object.keys(CHOICES) as (keyof typeof CHOICES)[]) {
    if (fields[name]) options[name] = fields[name];
  }
  if (fields.augment) options.augment = fields.augment;
  if (fields.channels) options.channels = Number(fields.channels);
  return { options: options as Options };
}
