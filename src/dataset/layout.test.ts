import { describe, expect, it } from 'vitest';
import { understandLayout } from './layout.ts';

/** Places as `path: split/class`, pictures outside as `path: -`. */
function describeLayout(paths: string[], folders: string[] = []): string[] {
  const implied = paths.flatMap((path) =>
    path
      .split('/')
      .slice(0, -1)
      .map((_, i, parts) => parts.slice(0, i + 1).join('/')),
  );
  const layout = understandLayout(paths, new Set([...implied, ...folders]));
  return [
    ...layout.places.map((place, i) => `${paths[i]}: ${place ? `${place.split}/${place.className}` : '-'}`),
    ...layout.emptyClasses.map((name) => `empty: ${name}`),
  ];
}

describe('understandLayout', () => {
  it('reads class folders', () => {
    expect(describeLayout(['cat/1.jpg', 'dog/1.jpg'])).toEqual(['cat/1.jpg: train/cat', 'dog/1.jpg: train/dog']);
  });

  it('goes below one top folder, or several nested ones', () => {
    expect(describeLayout(['top/cat/1.jpg', 'top/dog/1.jpg'])).toEqual([
      'top/cat/1.jpg: train/cat',
      'top/dog/1.jpg: train/dog',
    ]);
    expect(describeLayout(['a/b/cat/1.jpg', 'a/b/dog/1.jpg'])).toEqual([
      'a/b/cat/1.jpg: train/cat',
      'a/b/dog/1.jpg: train/dog',
    ]);
  });

  it('names the place below the top folder, so that an archive and its folder read the same', () => {
    const [place] = understandLayout(['top/cat/1.jpg', 'top/dog/1.jpg'], []).places;
    expect(place?.path).toBe('cat/1.jpg');
  });

  it.each([
    ['train', 'test', 'val'],
    ['Train', 'Testing', 'Validation'],
    ['training', 'test', 'valid'],
    ['seg_train', 'seg_test', 'seg_val'],
    ['training_set', 'test_set', 'dev'],
  ])('reads the splits %s, %s and %s, with and without a top folder', (train, test, validation) => {
    for (const top of ['', 'data/']) {
      const paths = [train, test, validation].flatMap((split) => [`${top}${split}/a/1.png`, `${top}${split}/b/1.png`]);
      expect(describeLayout(paths).map((line) => line.split(': ')[1])).toEqual([
        'train/a',
        'train/b',
        'test/a',
        'test/b',
        'validation/a',
        'validation/b',
      ]);
    }
  });

  it('reads splits that hold a top folder of their own', () => {
    expect(
      describeLayout(['train/train/a/1.png', 'train/train/b/1.png', 'test/test/a/1.png', 'test/test/b/1.png']),
    ).toEqual([
      'train/train/a/1.png: train/a',
      'train/train/b/1.png: train/b',
      'test/test/a/1.png: test/a',
      'test/test/b/1.png: test/b',
    ]);
  });

  it('takes a single split folder as a top folder', () => {
    expect(describeLayout(['train/a/1.png', 'train/b/1.png'])).toEqual([
      'train/a/1.png: train/a',
      'train/b/1.png: train/b',
    ]);
  });

  it('takes "train" and "test" as classes when pictures lie directly in them', () => {
    expect(describeLayout(['train/1.png', 'test/1.png', 'bus/1.png'])).toEqual([
      'train/1.png: train/train',
      'test/1.png: train/test',
      'bus/1.png: train/bus',
    ]);
  });

  it('leaves out the unlabelled pictures of a test folder', () => {
    expect(describeLayout(['train/a/1.png', 'train/b/1.png', 'test/1.png', 'test/2.png'])).toEqual([
      'train/a/1.png: train/a',
      'train/b/1.png: train/b',
      'test/1.png: -',
      'test/2.png: -',
    ]);
  });

  it('leaves out pictures beside the class folders', () => {
    expect(describeLayout(['top/preview.png', 'top/cat/1.png', 'top/cat/2.png', 'top/dog/1.png'])).toEqual([
      'top/preview.png: -',
      'top/cat/1.png: train/cat',
      'top/cat/2.png: train/cat',
      'top/dog/1.png: train/dog',
    ]);
    expect(describeLayout(['1.png', '2.png'])).toEqual(['1.png: -', '2.png: -']);
  });

  it('gives pictures in deeper folders the class of the first one', () => {
    expect(describeLayout(['cat/indoor/1.png', 'cat/outdoor/1.png', 'dog/1.png'])).toEqual([
      'cat/indoor/1.png: train/cat',
      'cat/outdoor/1.png: train/cat',
      'dog/1.png: train/dog',
    ]);
  });

  it('names class folders without pictures', () => {
    expect(describeLayout(['top/cat/1.png', 'top/dog/1.png'], ['top/bird'])).toContain('empty: bird');
    expect(
      describeLayout(['train/cat/1.png', 'train/dog/1.png', 'test/cat/1.png'], ['train/bird', 'test/dog']),
    ).toEqual([
      'train/cat/1.png: train/cat',
      'train/dog/1.png: train/dog',
      'test/cat/1.png: test/cat',
      'empty: bird',
      'empty: dog',
    ]);
  });

  it('does not take the folders of one class for classes', () => {
    expect(describeLayout(['cat/1.png', 'cat/2.png'])).toEqual(['cat/1.png: train/cat', 'cat/2.png: train/cat']);
  });
});
