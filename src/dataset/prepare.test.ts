import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { open, symlink } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bucket } from '../platform/index.ts';
import { openSplit, parseDatasetSource, prepareDataset } from './index.ts';
import { classTree, colourPng, greyPng, png, temporaryFolder, tgzOf, writeTree } from './testing/files.ts';
import { failure, finding, leftovers, prepare, prepareBytes, prepareTree, readSplit } from './testing/prepare.ts';
import type { PrepareOptions, PrepareProgress } from './types.ts';

const TREE = classTree(['cat', 'dog'], 10);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the shape of pictures', () => {
  it('is their own when all are alike and small', async () => {
    expect((await prepareTree(TREE)).manifest.image).toEqual({ height: 8, width: 8, channels: 1 });
    const colour = { 'a/1.png': colourPng(1, 6, 5), 'b/1.png': colourPng(2, 6, 5) };
    expect((await prepareTree(colour)).manifest.image).toEqual({ height: 5, width: 6, channels: 3 });
  });

  it('is that of photos when they differ in size or are large', async () => {
    const photo = { height: 128, width: 128, channels: 3 };
    expect((await prepareTree({ ...TREE, 'dog/z.png': greyPng(99, 9) })).manifest.image).toEqual(photo);
    expect((await prepareTree({ 'a/1.png': greyPng(1, 129), 'b/1.png': greyPng(2, 129) })).manifest.image).toEqual(
      photo,
    );
  });

  it('has colours when the last picture has', async () => {
    const prepared = await prepareTree({ ...TREE, 'dog/z.png': colourPng(99) }, { validationSplit: 0 });
    expect(prepared.manifest.image).toEqual({ height: 8, width: 8, channels: 3 });
    const { images } = readSplit(prepared, 'train');
    const [grey] = images;
    expect(grey[0]).toBe(grey[1]);
    expect(images.at(-1)).toEqual([...(await sharp(colourPng(99)).raw().toBuffer())]);
  });

  it('is what was asked for', async () => {
    const { manifest } = await prepareTree(TREE, { image: { height: 4, width: 6, channels: 3 } });
    expect(manifest.image).toEqual({ height: 4, width: 6, channels: 3 });
    expect((await prepareTree(TREE, { image: { channels: 3 } })).manifest.image).toEqual({
      height: 8,
      width: 8,
      channels: 3,
    });
    expect((await prepareTree(TREE, { image: { height: 5 } })).manifest.image).toEqual({
      height: 5,
      width: 5,
      channels: 1,
    });
  });

  it.each([{ height: 0 }, { width: 1.5 }, { height: 5000 }, { channels: 2 as 1 }])('cannot be %o', async (image) => {
    expect((await failure(prepareTree(TREE, { image }))).code).toBe('dataset_option_invalid');
  });

  it('is told with the sizes of the originals', async () => {
    const { manifest } = await prepareTree({
      'a/1.png': colourPng(1, 10, 20),
      'a/2.png': colourPng(2, 30, 5),
      'b/1.png': colourPng(3, 30, 5),
    });
    expect(manifest.originalSizes).toEqual({ minWidth: 10, maxWidth: 30, minHeight: 5, maxHeight: 20, distinct: 2 });
  });
});

describe('splits', () => {
  it('hold every picture once, with its class', async () => {
    const prepared = await prepareTree(TREE);
    const { splits } = prepared.manifest;
    expect(splits).toEqual({
      train: { count: 16, perClass: [8, 8] },
      validation: { count: 4, perClass: [2, 2] },
      test: { count: 0, perClass: [0, 0] },
    });
    const originals = await Promise.all(
      Object.entries(TREE).map(async ([name, bytes]) => {
        const { data } = await sharp(bytes).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
        return [name.startsWith('cat') ? 0 : 1, ...data].join();
      }),
    );
    const [train, validation] = [readSplit(prepared, 'train'), readSplit(prepared, 'validation')];
    const found = [train, validation].flatMap(({ labels, images }) =>
      images.map((image, i) => [labels[i], ...image].join()),
    );
    expect(found.sort()).toEqual(originals.sort());
  });

  it('of the dataset are kept', async () => {
    const tree = {
      ...classTree(['a', 'b'], 6, 'd/train/'),
      ...classTree(['a', 'b'], 3, 'd/test/', 50),
      ...classTree(['a', 'b'], 2, 'd/val/', 80),
    };
    const prepared = await prepareTree(tree);
    expect(Object.values(prepared.manifest.splits).map(({ count }) => count)).toEqual([12, 4, 6]);
    expect(prepared.manifest.validationSplit).toBe(0.25);
    expect(finding(await prepareTree(tree, { validationSplit: 0.1 }), 'validation_split_ignored')).toBeDefined();
  });

  it('are the same for the same seed, whatever holds the pictures', async () => {
    const read = async (options: Partial<PrepareOptions>, archive = false) => {
      const prepared = archive ? await prepareBytes(await tgzOf(TREE), options) : await prepareTree(TREE, options);
      return readSplit(prepared, 'train');
    };
    expect(await read({ seed: 7 })).toEqual(await read({ seed: 7 }, true));
    expect(await read({ seed: 7 })).not.toEqual(await read({ seed: 8 }));
  });

  it('take their test pictures from another dataset', async () => {
    const folder = writeTree(temporaryFolder(), classTree(['cat', 'dog'], 3, 'x/', 70));
    const tree = { ...classTree(['cat', 'dog'], 5, 'train/'), ...classTree(['cat', 'dog'], 2, 'test/', 40) };
    const prepared = await prepareTree(tree, { testSource: parseDatasetSource(folder), validationSplit: 0 });
    expect(prepared.manifest.splits).toMatchObject({ train: { count: 10 }, test: { count: 6, perClass: [3, 3] } });
    expect(finding(prepared, 'test_replaced')?.count).toBe(4);
    const own = await prepare(folder, { validationSplit: 0 });
    expect(readSplit(prepared, 'test')).toEqual(readSplit(own, 'train'));
  });

  it('refuse a test dataset with other classes', async () => {
    const folder = writeTree(temporaryFolder(), classTree(['cat', 'wolf'], 3, '', 70));
    const error = await failure(prepareTree(TREE, { testSource: parseDatasetSource(folder) }));
    expect(error).toMatchObject({ code: 'test_classes_differ', details: { unknown: ['wolf'], known: ['cat', 'dog'] } });
  });

  it.each([-1, 1, Number.NaN])('refuse the validation share %d', async (validationSplit) => {
    expect((await failure(prepareTree(TREE, { validationSplit }))).code).toBe('dataset_option_invalid');
  });
});

describe('the health report', () => {
  it('names files that are no pictures, and the run goes on', async () => {
    const jpeg = await sharp(colourPng(5, 40)).jpeg().toBuffer();
    const header = Buffer.from(
      await sharp({ create: { width: 200, height: 100, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    const prepared = await prepareTree(
      {
        ...TREE,
        'cat/text.jpg': 'not a picture',
        'cat/cut.jpg': jpeg.subarray(0, 300),
        'dog/empty.png': '',
        'dog/large.png': header,
        'dog/long.png': Buffer.alloc(20_001),
      },
      { limits: { maxPixels: 10_000, maxFileBytes: 20_000 }, validationSplit: 0 },
    );
    expect(prepared.manifest.splits.train.count).toBe(20);
    expect(finding(prepared, 'corrupt_image')).toMatchObject({
      severity: 'warning',
      count: 3,
      files: ['cat/cut.jpg', 'cat/text.jpg', 'dog/empty.png'],
    });
    expect(finding(prepared, 'image_too_large')?.files).toEqual(['dog/large.png']);
    expect(finding(prepared, 'file_too_large')?.files).toEqual(['dog/long.png']);
  });

  it('names pictures of one pixel, and uses them', async () => {
    const prepared = await prepareTree(
      { ...TREE, 'dog/dot.png': png(1, 1, [200], { colour: 0 }) },
      { image: { height: 2, width: 2, channels: 1 }, validationSplit: 0 },
    );
    expect(finding(prepared, 'tiny_image')).toMatchObject({ severity: 'info', files: ['dog/dot.png'] });
    expect(readSplit(prepared, 'train').images).toContainEqual([200, 200, 200, 200]);
  });

  it('names copies: within a class, across classes, across splits', async () => {
    const prepared = await prepareTree({
      ...classTree(['a', 'b'], 5, 'train/'),
      'train/a/copy.png': greyPng(1),
      'train/b/copy-of-a.png': greyPng(2),
      'test/a/1.png': greyPng(3),
      'test/b/1.png': greyPng(60),
    });
    expect(finding(prepared, 'duplicate_image')?.files).toEqual(['train/a/copy.png']);
    expect(finding(prepared, 'conflicting_labels')?.files).toEqual(['train/a/1.png', 'train/b/copy-of-a.png']);
    expect(finding(prepared, 'duplicate_across_splits')?.files).toEqual(['test/a/1.png']);
  });

  it('warns of imbalance and of few pictures', async () => {
    const prepared = await prepareTree(
      { ...classTree(['many'], 40), ...classTree(['few'], 8, '', 100) },
      { validationSplit: 0 },
    );
    expect(finding(prepared, 'class_imbalance')).toMatchObject({ severity: 'warning', files: ['few'] });
    expect(finding(prepared, 'class_imbalance')?.message).toContain('40');
    expect(finding(prepared, 'few_images')?.files).toEqual(['few']);
    expect(finding(await prepareTree(classTree(['a', 'b'], 20)), 'class_imbalance')).toBeUndefined();
  });

  it('names empty classes and leaves them out', async () => {
    const prepared = await prepareTree({ ...TREE, 'bird/': '', 'fish/broken.png': 'x' });
    expect(prepared.manifest.classes).toEqual(['cat', 'dog']);
    expect(finding(prepared, 'empty_class')).toMatchObject({ severity: 'warning', files: ['bird', 'fish'] });
  });

  it('names test pictures of classes that are not trained, and leaves them out', async () => {
    const tree = { ...classTree(['a', 'b'], 5, 'train/'), ...classTree(['a', 'c'], 2, 'test/', 50) };
    const prepared = await prepareTree(tree);
    expect(prepared.manifest.classes).toEqual(['a', 'b']);
    expect(prepared.manifest.splits.test.perClass).toEqual([2, 0]);
    expect(finding(prepared, 'class_not_in_train')?.count).toBe(2);
  });
});

describe('what is no dataset', () => {
  it('has nothing there', async () => {
    expect((await failure(prepare(path.join(temporaryFolder(), 'nowhere')))).code).toBe('dataset_not_found');
    expect((await failure(prepare('/dev/null'))).code).toBe('dataset_not_found');
    expect(() => parseDatasetSource('sample:cats')).toThrow(expect.objectContaining({ code: 'dataset_not_found' }));
    expect(() => parseDatasetSource(' ')).toThrow(expect.objectContaining({ code: 'dataset_not_found' }));
  });

  it('has one class', async () => {
    const error = await failure(prepareTree({ ...classTree(['cat'], 5), 'dog/': '' }));
    expect(error.code).toBe('dataset_one_class');
    expect(error.message).toContain('"cat"');
    expect(error.message).toContain('"dog"');
    expect((await failure(prepareTree({ ...classTree(['cat'], 5), 'dog/1.png': 'broken' }))).code).toBe(
      'dataset_one_class',
    );
  });

  it('has no pictures', async () => {
    const cases: Record<string, string | Uint8Array>[] = [
      {},
      { 'a/': '', 'b/': '' },
      { 'a/readme.txt': 'x' },
      { '1.png': greyPng(1), '2.png': greyPng(2) },
      { 'a/1.png': 'x', 'b/1.png': 'y' },
    ];
    for (const files of cases) expect((await failure(prepareTree(files))).code).toBe('dataset_empty');
    expect((await failure(prepareTree({ '1.png': greyPng(1) }))).message).toContain('none in a folder');
  });
});

describe('the cache', () => {
  it('gives the same folder for the same content and options only', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const one = await prepareTree(TREE, { cacheDirectory });
    expect((await prepareTree(TREE, { cacheDirectory })).directory).toBe(one.directory);
    for (const options of [{ seed: 1 }, { validationSplit: 0.3 }, { image: { height: 5, width: 5 } }]) {
      expect((await prepareTree(TREE, { cacheDirectory, ...options })).directory).not.toBe(one.directory);
    }
    const other = await prepareTree({ ...TREE, 'dog/more.png': greyPng(77) }, { cacheDirectory });
    expect(other.directory).not.toBe(one.directory);
    expect(other.manifest.contentHash).not.toBe(one.manifest.contentHash);
  });

  it('is used without reading the pictures again, until one changes', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const folder = writeTree(temporaryFolder(), TREE);
    const phases = async () => {
      const seen: PrepareProgress[] = [];
      const { manifest } = await prepare(folder, { cacheDirectory, onProgress: (each) => seen.push(each) });
      return { reads: seen.length > 0, contentHash: manifest.contentHash };
    };
    const first = await phases();
    expect(first.reads).toBe(true);
    expect(await phases()).toEqual({ reads: false, contentHash: first.contentHash });
    writeFileSync(path.join(folder, 'cat/0.png'), greyPng(88));
    const changed = await phases();
    expect(changed.reads).toBe(true);
    expect(changed.contentHash).not.toBe(first.contentHash);
    utimesSync(path.join(folder, 'cat/1.png'), 1, 1);
    expect(await phases()).toEqual({ reads: true, contentHash: changed.contentHash });
  });

  it('serves several preparations of the same thing at once', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const all = await Promise.all(Array.from({ length: 4 }, () => prepareTree(TREE, { cacheDirectory })));
    expect(new Set(all.map(({ directory }) => directory)).size).toBe(1);
    expect(readSplit(all[3], 'train').images).toHaveLength(16);
    expect(leftovers(cacheDirectory)).toEqual([]);
  });

  it('removes what a killed preparation left a day ago, and nothing younger', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    for (const name of ['work-old', 'work-new']) mkdirSync(path.join(cacheDirectory, name), { recursive: true });
    utimesSync(path.join(cacheDirectory, 'work-old'), 1, 1);
    await prepareTree(TREE, { cacheDirectory });
    expect(leftovers(cacheDirectory)).toEqual(['work-new']);
  });

  it('is rebuilt after it was removed', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const folder = writeTree(temporaryFolder(), TREE);
    const { directory } = await prepare(folder, { cacheDirectory });
    rmSync(directory, { recursive: true });
    expect((await prepare(folder, { cacheDirectory })).directory).toBe(directory);
    expect(existsSync(path.join(directory, 'manifest.json'))).toBe(true);
  });
});

describe('failures', () => {
  it('leave nothing behind when the disk is full', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const probe = await open(path.join(temporaryFolder(), 'probe'), 'w');
    const prototype = Object.getPrototypeOf(probe);
    await probe.close();
    vi.spyOn(prototype, 'write').mockRejectedValue(
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    );
    const error = await failure(prepareTree(TREE, { cacheDirectory }));
    expect(error.code).toBe('disk_full');
    expect(error.message).toContain(cacheDirectory);
    expect(readdirSync(cacheDirectory)).toEqual([]);
  });

  it('leave nothing behind when aborted', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const abort = new AbortController();
    const work = prepareTree(TREE, {
      cacheDirectory,
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    });
    await expect(work).rejects.toThrow('enough');
    expect(readdirSync(cacheDirectory)).toEqual([]);
    await expect(prepareTree(TREE, { cacheDirectory, signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
  });
});

describe('folders', () => {
  it('may hold links, even one to themselves', async () => {
    const folder = writeTree(temporaryFolder(), { ...TREE, 'elsewhere/0.png': greyPng(70) });
    await symlink(folder, path.join(folder, 'cat', 'loop'));
    await symlink(path.join(folder, 'elsewhere', '0.png'), path.join(folder, 'dog', 'linked.png'));
    await symlink('/nowhere/at/all', path.join(folder, 'dog', 'dangling.png'));
    const { manifest } = await prepare(folder, { validationSplit: 0 });
    expect(manifest.splits.train.perClass).toEqual([10, 11, 1]);
  });

  it('may hold pictures without a suffix', async () => {
    const tree = Object.fromEntries(Object.entries(TREE).map(([name, bytes]) => [name.replace('.png', ''), bytes]));
    expect((await prepareTree({ ...tree, 'cat/README': 'text' })).manifest.splits.train.count).toBe(16);
  });
});

describe('uploads', () => {
  it('are read from the bucket once', async () => {
    const archive = await tgzOf(TREE);
    const sha256 = createHash('sha256').update(archive).digest('hex');
    let reads = 0;
    const bucket = {
      info: async (key: string) => (key === 'there' ? { key, bytes: archive.length, sha256 } : null),
      get: async () => {
        reads += 1;
        return Readable.from([archive.subarray(0, 100), archive.subarray(100)], { objectMode: false });
      },
    } as unknown as Bucket;
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const source = { kind: 'upload', key: 'there', fileName: 'pets.tgz' } as const;
    const first = await prepareDataset(source, { cacheDirectory, bucket });
    const second = await prepareDataset(source, { cacheDirectory, bucket });
    expect(second.directory).toBe(first.directory);
    expect(first.manifest).toMatchObject({ source, classes: ['cat', 'dog'] });
    expect(reads).toBe(1);
    const gone = { ...source, key: 'gone' };
    expect((await failure(prepareDataset(gone, { cacheDirectory, bucket }))).code).toBe('dataset_not_found');
  });
});

describe('openSplit', () => {
  it('reads any pictures in any order, small datasets and large ones', async () => {
    for (const image of [undefined, { height: 1200, width: 1000, channels: 3 as const }]) {
      const prepared = await prepareTree(TREE, { image, validationSplit: 0 });
      const reader = openSplit(prepared.directory, 'train');
      const { imageBytes } = reader;
      expect([...reader.labels]).toEqual([...Array(10).fill(0), ...Array(10).fill(1)]);
      const indices = Int32Array.from([3, 4, 5, 0, 19, 3]);
      const target = new Uint8Array(indices.length * imageBytes + 5);
      reader.readImages(indices, target);
      const single = new Uint8Array(imageBytes);
      indices.forEach((index, i) => {
        reader.readImages([index], single);
        expect(Buffer.compare(single, target.subarray(i * imageBytes, (i + 1) * imageBytes))).toBe(0);
      });
      expect(target.subarray(-5)).toEqual(new Uint8Array(5));
      expect(() => reader.readImages([20], single)).toThrow(RangeError);
      expect(() => reader.readImages([0, 1], single)).toThrow(RangeError);
      reader.close();
      reader.close();
    }
  });

  it('says when there is no prepared dataset', () => {
    expect(() => openSplit(temporaryFolder(), 'train')).toThrow(expect.objectContaining({ code: 'dataset_not_found' }));
  });
});
