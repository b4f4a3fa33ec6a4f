import { describe, expect, it } from 'vitest';
import type { AugmentationSpec } from '../../contracts/index.ts';
import { describeAugmentation, parseAugmentation } from './parse.ts';

const CASES: readonly (readonly [string, AugmentationSpec])[] = [
  ['flip', { flip: 'horizontal' }],
  ['flip=both', { flip: 'both' }],
  ['rotation=0.05,zoom=-0.3..0.1', { rotation: 0.05, zoom: [-0.3, 0.1] }],
  ['translation=0.1', { translation: 0.1 }],
  ['translation=0.1x0.2,crop=4', { translation: [0.1, 0.2], crop: 4 }],
  ['contrast=0.1,brightness=-0.2..0.1', { contrast: 0.1, brightness: [-0.2, 0.1] }],
  ['erasing=0.25,mixup=0.2', { erasing: { probability: 0.25 }, mixup: 0.2 }],
  ['erasing=0.25@0.02..0.2,fill=nearest', { erasing: { probability: 0.25, area: [0.02, 0.2] }, fill: 'nearest' }],
];

describe('parseAugmentation', () => {
  it.each(CASES)('reads %s, and its text is the same', (text, spec) => {
    expect(parseAugmentation(text)).toEqual(spec);
    expect(describeAugmentation(spec)).toBe(text);
  });

  it('reads auto and none, and forgives spaces', () => {
    expect(parseAugmentation(' auto ')).toBe('auto');
    expect(parseAugmentation('none')).toBe(null);
    expect(describeAugmentation(null)).toBe('none');
    expect(parseAugmentation(' flip , rotation = 0.1 ')).toEqual({ flip: 'horizontal', rotation: 0.1 });
  });

  it.each([
    ['', '"" is no part of it'],
    ['shear=0.1', '"shear=0.1" is no part of it; expected auto, none, or some of flip, rotation'],
    ['toString', '"toString" is no part of it'],
    ['flip,none', '"none" is no part of it'],
    ['flip=sideways', '"flip=sideways" cannot be read; expected flip, flip=vertical or flip=both'],
    ['rotation', '"rotation" cannot be read; expected a fraction of a full turn'],
    ['rotation=2', 'cannot be read'],
    ['rotation=-0.1', 'cannot be read'],
    ['zoom=-1..0', 'cannot be read'],
    ['zoom=0.2..0.1', 'cannot be read'],
    ['zoom=1e-3', 'cannot be read'],
    ['crop=1.5', 'a whole number of pixels'],
    ['translation=0.1x0.1x0.1', 'cannot be read'],
    ['contrast=1=2', 'cannot be read'],
    ['erasing=0.2@0.1', 'cannot be read'],
    ['erasing=1.5', 'a probability'],
    ['mixup=0', 'a number above 0'],
    ['fill=wrap', 'one of fill=constant, fill=nearest, fill=reflect'],
    ['flip,flip=both', 'flip is there twice'],
  ])('refuses %j', (text, message) => {
    expect(() => parseAugmentation(text)).toThrowError(
      expect.objectContaining({
        code: 'training_option_invalid',
        message: expect.stringContaining(message),
        details: expect.objectContaining({ option: 'augment' }),
      }),
    );
  });
});
