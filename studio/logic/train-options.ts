/** @file The fields of the training form as options of a run. */
import type { RunRequest } from '../api/types.ts';

/** What was typed; an empty text means: choose for me. */
export interface TrainFields {
  readonly epochs: string;
  readonly batchSize: string;
  readonly learningRate: string;
  readonly optimizer: string;
  readonly imageSize: string;
  readonly channels: string;
  readonly validationSplit: string;
  readonly seed: string;
  readonly patience: string;
}

type Options = Omit<RunRequest, 'dataset' | 'name' | 'model'>;

const NUMBERS = {
  epochs: { words: 'Epochs', whole: true, min: 1, max: 10_000 },
  batchSize: { words: 'Batch size', whole: true, min: 1, max: 65_536 },
  learningRate: { words: 'Learning rate', whole: false, min: Number.MIN_VALUE, max: 1000 },
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
  if (fields.optimizer) options.optimizer = fields.optimizer;
  if (fields.channels) options.channels = Number(fields.channels);
  return { options: options as Options };
}
