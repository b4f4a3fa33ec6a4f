import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DATASET_LIMITS } from '../limits.ts';
import { classTree, greyPng, type TarEntry, tarOf, temporaryFolder, tgzOf, zipOf } from '../testing/files.ts';
import { failure, finding, leftovers, prepare, prepareBytes, prepareTree } from '../testing/prepare.ts';
import { safeEntryPath } from './container.ts';

const TREE = classTree(['cat', 'dog'], 5, 'pets/');

describe('archives of class folders', () => {
  it('read the same from a folder, .tar, .tgz and .zip', async () => {
    const prepared = [
      await prepareTree(TREE),
      await prepareBytes(await tarOf(TREE)),
      await prepareBytes(await tgzOf(TREE)),
      await prepareBytes(zipOf(TREE)),
    ];
    expect(prepared.map(({ manifest }) => manifest.format)).toEqual(['folder', 'tar', 'tar', 'zip']);
    expect(new Set(prepared.map(({ manifest }) => manifest.contentHash)).size).toBe(1);
    for (const { manifest } of prepared) {
      expect(manifest.classes).toEqual(['cat', 'dog']);
      expect(manifest.splits.train.count + manifest.splits.validation.count).toBe(10);
      expect(manifest.findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code)).toEqual([
        'few_images',
      ]);
    }
  });

  it('are told by content, not by name', async () => {
    const file = path.join(temporaryFolder(), 'pets.zip');
    writeFileSync(file, await tgzOf(TREE));
    expect((await prepare(file)).manifest.format).toBe('tar');
  });

  it('read old tar archives without a format mark', async () => {
    const archive = Buffer.from(await tarOf(TREE));
    for (let at = 0; at + 512 <= archive.length; at += 512) {
      if (archive.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
      archive.fill(0, at + 257, at + 265);
      archive.fill(0x20, at + 148, at + 156);
      const sum = archive.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
      archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
    }
    expect((await prepareBytes(archive)).manifest.classes).toEqual(['cat', 'dog']);
  });

  it('ignore what systems and tools leave behind, and name it', async () => {
    const junk = {
      '.DS_Store': 'x',
      'pets/.DS_Store': 'x',
      '__MACOSX/pets/cat/._0.png': greyPng(90),
      'pets/cat/Thumbs.db': 'x',
      'pets/LICENSE.txt': 'x',
      'pets/cat/.ipynb_checkpoints/0-checkpoint.png': greyPng(91),
      'pets/dog/notes.md': 'x',
    };
    const { manifest } = await prepareBytes(zipOf({ ...TREE, ...junk }));
    expect(manifest.classes).toEqual(['cat', 'dog']);
    const ignored = manifest.findings.find(({ code }) => code === 'ignored_file');
    expect(ignored?.count).toBe(7);
    expect([...(ignored?.files ?? [])].sort()).toEqual(Object.keys(junk).sort());
  });
});

describe('safeEntryPath', () => {
  it('drops dots and empty parts', () => {
    expect(safeEntryPath('./a//b/./c.png', 'x')).toBe('a/b/c.png');
    expect(safeEntryPath('./', 'x')).toBe('');
    expect(safeEntryPath('a/..b/c..png', 'x')).toBe('a/..b/c..png');
  });
});

describe('unsafe archives', () => {
  const names = [
    '../evil.png',
    'pets/../../evil.png',
    '/etc/evil.png',
    'C:/evil.png',
    'pets\\..\\evil.png',
    'pets/cat/..',
    `pets/${'x'.repeat(5000)}/a.png`,
  ];

  it.each(names)('refuse the entry %.30s', async (name) => {
    const content = greyPng(99);
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    for (const archive of [await tarOf({ ...TREE, [name]: content }), zipOf({ ...TREE, [name]: content })]) {
      const error = await failure(prepareBytes(archive, { cacheDirectory }));
      expect(error.code).toBe('archive_unsafe');
    }
    expect(leftovers(cacheDirectory)).toEqual([]);
  });

  it.each(['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const)(
    'refuse a %s in a tar',
    async (type) => {
      const entries: TarEntry[] = [
        ...Object.entries(TREE).map(([name, content]) => ({ name, content })),
        { name: 'pets/cat/evil.png', type, linkname: '/etc/passwd' },
      ];
      const error = await failure(prepareBytes(await tgzOf(entries)));
      expect(error).toMatchObject({ code: 'archive_unsafe', details: { entry: 'pets/cat/evil.png' } });
    },
  );

  it('refuse a link in a zip', async () => {
    const archive = zipOf({ ...TREE, 'pets/cat/evil.png': '/etc/passwd' });
    const entry = centralEntry(archive, 'pets/cat/evil.png');
    archive[entry + 5] = 3;
    archive.writeUInt32LE((0o120777 << 16) >>> 0, entry + 38);
    expect((await failure(prepareBytes(archive))).code).toBe('archive_unsafe');
  });
});

describe('damaged archives', () => {
  it('are refused when cut off anywhere', async () => {
    const tgz = await tgzOf(TREE);
    const tar = await tarOf(TREE);
    const zip = zipOf(TREE);
    const cut = [
      tgz.subarray(0, 60),
      tgz.subarray(0, tgz.length / 2),
      tgz.subarray(0, -4),
      tar.subarray(0, 700),
      zip.subarray(0, -30),
    ];
    for (const archive of cut) expect((await failure(prepareBytes(archive))).code).toBe('archive_corrupt');
  });

  it('are refused when bytes changed', async () => {
    const tgz = Buffer.from(await tgzOf(TREE));
    tgz[Math.floor(tgz.length / 2)] ^= 0xff;
    expect((await failure(prepareBytes(tgz))).code).toBe('archive_corrupt');
    const zip = zipOf({ ...TREE, 'pets/cat/text.png': 'some stored text' });
    zip[centralEntry(zip, 'pets/cat/text.png') + 16] ^= 0xff;
    const error = await failure(prepareBytes(zip));
    expect(error).toMatchObject({ code: 'archive_corrupt', details: { entry: 'pets/cat/text.png' } });
  });

  it('are refused when empty', async () => {
    expect((await failure(prepareBytes(Buffer.alloc(0)))).code).toBe('archive_corrupt');
    expect((await failure(prepareBytes(zipOf({})))).code).toBe('dataset_empty');
  });

  it('are refused when encrypted', async () => {
    const zip = zipOf(TREE);
    zip[centralEntry(zip, 'pets/cat/0.png') + 8] |= 1;
    expect((await failure(prepareBytes(zip))).code).toBe('archive_encrypted');
  });

  it('are refused when packed by an unusual method', async () => {
    const zip = zipOf(TREE);
    zip.writeUInt16LE(14, centralEntry(zip, 'pets/cat/0.png') + 10);
    const error = await failure(prepareBytes(zip));
    expect(error.code).toBe('archive_corrupt');
    expect(error.message).toContain('method 14');
  });
});

describe('other files', () => {
  it.each([
    ['<!DOCTYPE html>\n<html><body>Not found</body></html>', 'archive_is_web_page'],
    ['  \n<html lang="en">', 'archive_is_web_page'],
    ['just a text', 'dataset_format_unknown'],
    ['7z\xbc\xaf\x27\x1c', 'dataset_format_unknown'],
    ['\x89HDF\r\n\x1a\n', 'dataset_format_unknown'],
  ])('%j is %s', async (content, code) => {
    expect((await failure(prepareBytes(Buffer.from(content, 'latin1')))).code).toBe(code);
  });

  it('a single picture is no dataset', async () => {
    expect((await failure(prepareBytes(greyPng(1)))).message).toContain('single picture');
  });

  it('a web page that was gzipped is one, too', async () => {
    expect((await failure(prepareBytes(gzipSync('<!doctype html><p>')))).code).toBe('archive_is_web_page');
  });
});

describe('decompression bombs', () => {
  it('stops at ten gigabytes of zeros in gzip without storing them', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const header = (await tarOf([{ name: 'a/1.png', content: 'x' }])).subarray(0, 512);
    const member = gzipSync(Buffer.alloc(32 * 2 ** 20), { level: 9 });
    const bomb = Buffer.concat([
      gzipSync(tarHeaderOfSize(header, 10 * 2 ** 30)),
      ...Array.from({ length: 320 }, () => member),
    ]);
    const error = await failure(prepareBytes(bomb, { cacheDirectory }));
    expect(error.code).toBe('archive_bomb');
    expect(leftovers(cacheDirectory)).toEqual([]);
  });

  it('stops at a zip that declares too much', async () => {
    const zip = zipOf(TREE);
    zip.writeUInt32LE(2 ** 31, centralEntry(zip, 'pets/cat/0.png') + 24);
    expect((await failure(prepareBytes(zip))).code).toBe('archive_bomb');
  });

  it('stops at a zip that declares less than it holds', async () => {
    const zip = zipOf({ ...TREE, 'pets/cat/bomb.png': Buffer.alloc(2 ** 20) });
    zip.writeUInt32LE(100, centralEntry(zip, 'pets/cat/bomb.png') + 24);
    expect((await failure(prepareBytes(zip))).code).toBe('archive_corrupt');
  });

  it('stops at the limits that are set', async () => {
    const limits = { maxUnpackedBytes: 5000 };
    expect((await failure(prepareBytes(await tgzOf(TREE), { limits }))).code).toBe('archive_bomb');
    expect((await failure(prepareBytes(await tarOf(TREE), { limits: { maxFiles: 5 } }))).code).toBe(
      'dataset_too_large',
    );
    expect((await failure(prepareTree(TREE, { limits: { maxFiles: 5 } }))).code).toBe('dataset_too_large');
    expect((await failure(prepareTree(TREE, { limits: { maxImages: 5 } }))).code).toBe('dataset_too_large');
    expect((await failure(prepareTree(TREE, { limits: { maxPreparedBytes: 100 } }))).code).toBe('dataset_too_large');
  });

  it('lets ordinary archives pass', () => {
    expect(DEFAULT_DATASET_LIMITS.maxUnpackedBytes).toBeGreaterThan(DEFAULT_DATASET_LIMITS.maxDownloadBytes);
  });
});

describe('names', () => {
  it('that differ only by case or Unicode form are all read', async () => {
    const tree = {
      ...TREE,
      'pets/cat/A.png': greyPng(50),
      'pets/cat/a.PNG': greyPng(51),
      'pets/dog/é.png': greyPng(52),
      'pets/dog/e\u0301.png': greyPng(53),
    };
    for (const bytes of [await tgzOf(tree), zipOf(tree)]) {
      const prepared = await prepareBytes(bytes);
      expect(prepared.manifest.splits.train.count + prepared.manifest.splits.validation.count).toBe(14);
      expect(finding(prepared, 'similar_names')?.count).toBe(2);
    }
  });

  it('that appear twice in a tar are both read', async () => {
    const entries = [...Object.entries(TREE), ['pets/cat/0.png', greyPng(60)] as const].map(([name, content]) => ({
      name,
      content,
    }));
    const prepared = await prepareBytes(await tarOf(entries));
    expect(prepared.manifest.splits.train.count + prepared.manifest.splits.validation.count).toBe(11);
  });

  it('of classes that differ only by case are refused', async () => {
    const error = await failure(prepareBytes(await tgzOf({ ...TREE, 'pets/Cat/1.png': greyPng(70) })));
    expect(error).toMatchObject({ code: 'class_names_collide', details: { classes: ['Cat', 'cat'] } });
  });

  it('of one class in two Unicode forms are one class', async () => {
    const prepared = await prepareBytes(
      zipOf({ ...TREE, 'pets/é/1.png': greyPng(80), 'pets/e\u0301/2.png': greyPng(81) }),
    );
    expect(prepared.manifest.classes).toEqual(['cat', 'dog', 'é']);
    expect(finding(prepared, 'similar_names')?.files).toEqual(['é']);
  });

  it('of classes stay as they are: tags, quotes, emoji, 300 characters', async () => {
    const classes = ['<script>alert(1)<', '"quoted" \'name\'', '🌷 tulip', 'x'.repeat(300), '.. hidden? no'.slice(3)];
    const prepared = await prepareBytes(await tgzOf(classTree(classes, 3)));
    expect([...prepared.manifest.classes].sort()).toEqual([...classes].sort());
  });

  it('of classes lose control characters', async () => {
    const prepared = await prepareBytes(await tarOf(classTree(['a\nb', 'c\u202ed'], 3)));
    expect(prepared.manifest.classes).toEqual(['a\ufffdb', 'c\ufffdd']);
    expect(finding(prepared, 'class_name_cleaned')?.count).toBe(2);
  });
});

/** Offset of an entry's record in the central directory of a zip. */
function centralEntry(zip: Buffer, name: string): number {
  for (let at = zip.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 1, 'latin1')) {
    const length = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + length) === name) return at;
  }
  throw new Error(`no entry ${name}`);
}

/** The header of a tar entry with another length. */
function tarHeaderOfSize(header: Buffer, size: number): Buffer {
  const out = Buffer.from(header);
  out.write(`${size.toString(8).padStart(11, '0')} `, 124, 'latin1');
  out.fill(0x20, 148, 156);
  const sum = out.reduce((total, byte) => total + byte, 0);
  out.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return out;
}
