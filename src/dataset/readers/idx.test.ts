import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { greyPng, idxImages, idxLabels, tgzOf, zipOf } from '../testing/files.ts';
import { failure, finding, prepareBytes, prepareTree, readSplit } from '../testing/prepare.ts';

const IMAGES = Array.from({ length: 10 }, (_, n) => Array.from({ length: 6 }, (_, i) => n * 20 + i));
const LABELS = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1];
const TEST_IMAGES = [
  [1, 2, 3, 4, 5, 6],
  [9, 8, 7, 6, 5, 4],
];

const FOUR = {
  'train-images-idx3-ubyte': idxImages(IMAGES, 2, 3),
  'train-labels-idx1-ubyte': idxLabels(LABELS),
  't10k-images-idx3-ubyte': idxImages(TEST_IMAGES, 2, 3),
  't10k-labels-idx1-ubyte': idxLabels([1, 0]),
};

function renamed(rename: (name: string) => string, change: (bytes: Buffer) => Buffer = (bytes) => bytes) {
  return Object.fromEntries(Object.entries(FOUR).map(([name, bytes]) => [rename(name), change(bytes)]));
}

describe('IDX files', () => {
  const forms: [string, () => Promise<Awaited<ReturnType<typeof prepareTree>>>][] = [
    ['plain in a folder', () => prepareTree(FOUR)],
    ['gzipped in a folder', () => prepareTree(renamed((name) => `${name}.gz`, gzipSync))],
    ['named with dots', () => prepareTree(renamed((name) => name.replace('-idx', '.idx')))],
    ['named as EMNIST', () => prepareTree(renamed((name) => `emnist-digits-${name.replace('t10k', 'test')}`))],
    ['in a .tgz', async () => prepareBytes(await tgzOf(renamed((name) => `mnist/${name}.gz`, gzipSync)))],
    ['in a .zip', async () => prepareBytes(zipOf(FOUR))],
  ];

  it.each(forms)('are read %s', async (_, load) => {
    const prepared = await load();
    const { manifest } = prepared;
    expect(manifest.format).toBe('idx');
    expect(manifest.image).toEqual({ height: 3, width: 2, channels: 1 });
    expect(manifest.classes).toEqual(['0', '1']);
    expect(readSplit(prepared, 'test')).toEqual({ labels: [1, 0], images: TEST_IMAGES });
    const [train, validation] = [readSplit(prepared, 'train'), readSplit(prepared, 'validation')];
    expect([...train.images, ...validation.images].sort((a, b) => a[0] - b[0])).toEqual(IMAGES);
    expect(train.labels).toEqual(train.images.map(([first]) => (first / 20) % 2));
    expect(validation.labels).toHaveLength(2);
  });

  it('may lie there packed and unpacked', async () => {
    const prepared = await prepareTree({ ...FOUR, ...renamed((name) => `${name}.gz`, gzipSync) });
    expect(prepared.manifest.splits.test.count).toBe(2);
    expect(finding(prepared, 'ignored_file')?.count).toBe(4);
  });

  it('are ignored beside class folders', async () => {
    const tree = { ...FOUR, 'a/1.png': greyPng(1), 'b/1.png': greyPng(2) };
    const prepared = await prepareTree(tree);
    expect(prepared.manifest.format).toBe('folder');
    expect(finding(prepared, 'ignored_file')?.files).toContain('train-images-idx3-ubyte');
  });

  it('need no test set', async () => {
    const { 't10k-images-idx3-ubyte': _, 't10k-labels-idx1-ubyte': __, ...train } = FOUR;
    expect((await prepareTree(train)).manifest.splits.test.count).toBe(0);
  });

  const wrong: [string, Record<string, Buffer | null>, RegExp][] = [
    [
      'with a wrong magic',
      { 'train-images-idx3-ubyte': patched('train-images-idx3-ubyte', 3, 1) },
      /0x00000801.*0x00000803/,
    ],
    [
      'of another element type',
      { 'train-images-idx3-ubyte': patched('train-images-idx3-ubyte', 2, 0x0d) },
      /0x00000d03/,
    ],
    ['with labels for images', { 'train-images-idx3-ubyte': FOUR['train-labels-idx1-ubyte'] }, /0x00000801/],
    [
      'that declare more than they hold',
      { 'train-images-idx3-ubyte': patched('train-images-idx3-ubyte', 7, 11) },
      /ends before/,
    ],
    [
      'that hold more than they declare',
      { 'train-images-idx3-ubyte': patched('train-images-idx3-ubyte', 7, 9) },
      /more bytes/,
    ],
    ['with another number of labels', { 'train-labels-idx1-ubyte': idxLabels([0, 1, 0]) }, /10 images.*3 labels/],
    ['without labels', { 'train-labels-idx1-ubyte': null }, /none with its labels/],
    ['without images', { 'train-images-idx3-ubyte': null }, /none with its images/],
    [
      'of impossible size',
      { 'train-images-idx3-ubyte': patched('train-images-idx3-ubyte', 8, 0xff) },
      /declares images of/,
    ],
    [
      'cut inside the header',
      { 'train-images-idx3-ubyte': FOUR['train-images-idx3-ubyte'].subarray(0, 10) },
      /ends before/,
    ],
  ];

  it.each(wrong)('%s are refused', async (_, change, message) => {
    const files = Object.fromEntries(Object.entries({ ...FOUR, ...change }).filter(([, bytes]) => bytes !== null));
    const error = await failure(prepareTree(files as Record<string, Buffer>));
    expect(error.code).toBe('idx_invalid');
    expect(error.message).toMatch(message);
  });

  it('that declare billions of images are refused before memory is taken', async () => {
    const error = await failure(
      prepareTree({ ...FOUR, 'train-labels-idx1-ubyte': patched('train-labels-idx1-ubyte', 4, 0xff) }),
    );
    expect(error.code).toBe('dataset_too_large');
  });

  it('with no images at all are an empty dataset', async () => {
    const files = { 'train-images-idx3-ubyte': idxImages([], 2, 3), 'train-labels-idx1-ubyte': idxLabels([]) };
    expect((await failure(prepareTree(files))).code).toBe('dataset_empty');
  });

  it('given one alone are explained', async () => {
    for (const bytes of [FOUR['train-images-idx3-ubyte'], gzipSync(FOUR['train-images-idx3-ubyte'])]) {
      const error = await failure(prepareBytes(bytes));
      expect(error.code).toBe('dataset_format_unknown');
      expect(error.fix).toContain('folder');
    }
  });

  it('whose gzip data is cut are refused', async () => {
    const packed = gzipSync(FOUR['train-images-idx3-ubyte']);
    const { 'train-images-idx3-ubyte': _, ...others } = FOUR;
    const error = await failure(
      prepareTree({ ...others, 'train-images-idx3-ubyte.gz': packed.subarray(0, packed.length - 12) }),
    );
    expect(error.code).toBe('archive_corrupt');
  });
});

function patched(name: keyof typeof FOUR, offset: number, value: number): Buffer {
  const bytes = Buffer.from(FOUR[name]);
  bytes[offset] = value;
  return bytes;
}
