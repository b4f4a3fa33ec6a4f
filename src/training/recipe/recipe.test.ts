/** @file The default recipe: what is told from a dataset, and what is chosen for it. */
import { describe, expect, it } from 'vitest';
import type { DatasetManifest } from '../../contracts/index.ts';
import { isPresetName, presetNetwork } from '../../nn/index.ts';
import { chooseDefaults } from './rules.ts';
import { type Traits, traitsOf } from './traits.ts';

interface Given {
  readonly side?: number;
  readonly channels?: 1 | 3;
  readonly classes?: readonly string[];
  readonly count?: number;
  readonly midtones?: number;
  readonly format?: string;
  readonly source?: DatasetManifest['source'];
}

function manifest(given: Given): DatasetManifest {
  const { side = 128, channels = 3, classes = ['cat', 'dog'], count = 800, format = 'folder' } = given;
  const split = (of: number) => ({ count: of, perClass: classes.map(() => Math.floor(of / classes.length)) });
  return {
    source: given.source ?? { kind: 'folder', path: 'pictures' },
    contentHash: 'ab',
    format,
    image: { height: side, width: side, channels },
    classes,
    splits: { train: split(count), validation: split(0), test: split(0) },
    validationSplit: 0.2,
    seed: 123,
    originalSizes: { minWidth: side, maxWidth: side, minHeight: side, maxHeight: side, distinct: 1 },
    findings: [],
    ...(given.midtones === undefined ? {} : { midtones: given.midtones }),
  };
}

const DIGITS = Array.from({ length: 10 }, (_, i) => String(i));
const MNIST: Given = { side: 28, channels: 1, classes: DIGITS, count: 54_000, midtones: 0.08, format: 'idx' };
const FASHION: Given = { ...MNIST, midtones: 0.37 };
const FLOWERS: Given = { classes: ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'], count: 675, midtones: 0.8 };

describe('traitsOf', () => {
  it.each<[string, Given, Traits['kind'], boolean]>([
    ['digits', MNIST, 'writing', false],
    ['small grey photos whose classes have no names', FASHION, 'smallPictures', false],
    ['photos', FLOWERS, 'photos', false],
    ['photos of house numbers', { side: 32, classes: DIGITS, midtones: 0.7 }, 'smallPictures', true],
    ['letters in folders', { side: 64, channels: 1, classes: ['A', 'b', 'ß'], midtones: 0.1 }, 'writing', true],
    ['words for digits', { side: 200, classes: ['Zero', 'one', 'digit_2', '10'], midtones: 0.6 }, 'photos', true],
    ['drawings', { side: 128, classes: ['cat', 'cup'], midtones: 0.05 }, 'writing', false],
    ['an older record of digits', { side: 28, channels: 1, classes: DIGITS, format: 'idx' }, 'writing', false],
    ['an older record of photos', { classes: ['a cat', 'b'] }, 'photos', false],
  ])('%s', (_, given, kind, hasSigns) => {
    expect(traitsOf(manifest(given))).toMatchObject({ kind, hasSigns });
  });
});

describe('chooseDefaults', () => {
  it('never flips writing, nor photos of signs', () => {
    const flips = (given: Given) => 'flip' in chooseDefaults(traitsOf(manifest(given))).augmentation.value;
    expect(flips(MNIST)).toBe(false);
    expect(flips({ side: 32, classes: DIGITS, midtones: 0.7 })).toBe(false);
    expect(flips({ ...FLOWERS, classes: ['a', 'b', 'c'] })).toBe(false);
    expect(flips(FLOWERS)).toBe(true);
    expect(flips(FASHION)).toBe(true);
  });

  it.each([MNIST, FASHION, FLOWERS, { ...FLOWERS, count: 3 }, { ...MNIST, count: 200_000 }])(
    'gives a reason for everything, and a network that can be built: %j',
    (given) => {
      const of = manifest(given);
      const defaults = chooseDefaults(traitsOf(of));
      for (const { because } of Object.values(defaults)) {
        if (because !== null) expect(because).toMatch(/^[A-Za-z0-9].{20,}\.$/);
      }
      const { model, epochs, batchSize } = defaults;
      expect(isPresetName(model.value)).toBe(true);
      presetNetwork(model.value, { ...of.image, classes: of.classes.length });
      expect(epochs.value).toBeGreaterThanOrEqual(1);
      expect(batchSize.value).toBeGreaterThanOrEqual(Math.min(6, of.splits.train.count));
    },
  );

  it('makes few epochs of many pictures, many epochs and small batches of few', () => {
    const large = chooseDefaults(traitsOf(manifest({ ...FLOWERS, count: 100_000 })));
    const small = chooseDefaults(traitsOf(manifest({ ...FLOWERS, count: 100 })));
    expect(large.epochs.value).toBeLessThan(small.epochs.value);
    expect(large.batchSize.value).toBeGreaterThan(small.batchSize.value);
  });

  it.each([675, 54_000, 130, 33, 9, 1, 257])('leaves no small batch at the end of an epoch of %i', (count) => {
    const { value } = chooseDefaults(traitsOf(manifest({ ...FLOWERS, count }))).batchSize;
    const last = count % value === 0 ? value : count % value;
    expect(value).toBeLessThanOrEqual(32);
    expect(last).toBeGreaterThanOrEqual(Math.floor(value / 2));
  });

  it('is quick with the sample digits', () => {
    const sample = { kind: 'sample', name: 'digits' } as const;
    const { epochs } = chooseDefaults(traitsOf(manifest({ ...MNIST, count: 9600, format: 'sample', source: sample })));
    expect(epochs.value).toBeLessThanOrEqual(5);
  });
});
