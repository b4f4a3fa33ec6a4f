import { describe, expect, it } from 'vitest';
import { BLANK_FIELDS as BLANK, parseTrainOptions } from './train-options.ts';

describe('parseTrainOptions', () => {
  it('sends nothing for empty fields', () => {
    expect(parseTrainOptions({ ...BLANK, seed: '  ' })).toEqual({ options: {} });
  });

  it('reads what was typed', () => {
    const fields = {
      ...BLANK,
      epochs: ' 4 ',
      learningRate: '0,001',
      optimizer: 'sgd',
      momentum: '0.9',
      schedule: 'cosine',
      classWeights: 'balanced',
      imageSize: '28 x 20',
      channels: '1',
      seed: '0',
      augment: 'none',
    };
    expect(parseTrainOptions(fields)).toEqual({
      options: {
        epochs: 4,
        learningRate: 0.001,
        optimizer: 'sgd',
        momentum: 0.9,
        schedule: 'cosine',
        classWeights: 'balanced',
        imageSize: [28, 20],
        channels: 1,
        seed: 0,
        augment: 'none',
      },
    });
  });

  it.each([
    [{ epochs: 'ten' }, 'Epochs must be a whole number, not “ten”.'],
    [{ epochs: '2.5' }, 'Epochs must be a whole number, not “2.5”.'],
    [{ epochs: '0' }, 'Epochs must be at least 1'],
    [{ learningRate: '0' }, 'Learning rate must be more than 0'],
    [{ learningRate: 'Infinity' }, 'Learning rate must be a number'],
    [{ labelSmoothing: '1' }, 'Label smoothing must be at least 0'],
    [{ validationSplit: '1' }, 'Validation share must be at least 0 and at most 0.9'],
    [{ imageSize: '28' }, 'Picture size must be height x width'],
  ])('%j is a fault', (fields, words) => {
    expect(parseTrainOptions({ ...BLANK, ...fields })).toEqual({ fault: expect.stringContaining(words) });
  });
});
