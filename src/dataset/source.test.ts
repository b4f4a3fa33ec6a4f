import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeSource, parseDatasetSource, redactSource } from './source.ts';
import { temporaryFolder } from './testing/files.ts';

describe('parseDatasetSource', () => {
  it('tells samples, URLs, folders and files apart', () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'http:'));
    expect(parseDatasetSource('sample:digits')).toEqual({ kind: 'sample', name: 'digits' });
    expect(parseDatasetSource(' https://example.com/a b.tgz ')).toEqual({
      kind: 'url',
      url: 'https://example.com/a%20b.tgz',
    });
    expect(parseDatasetSource(folder)).toEqual({ kind: 'folder', path: folder });
    expect(parseDatasetSource(path.join(folder, 'x.tgz'))).toEqual({ kind: 'file', path: path.join(folder, 'x.tgz') });
    expect(parseDatasetSource('x.tgz')).toEqual({ kind: 'file', path: path.resolve('x.tgz') });
  });

  it.each(['ftp://example.com/x', 'file:///etc/passwd', 'http://', 'https://exa mple/x', 'data+x://y'])(
    'refuses %s',
    (text) => {
      expect(() => parseDatasetSource(text)).toThrow(expect.objectContaining({ code: 'url_invalid', status: 400 }));
    },
  );
});

describe('describeSource', () => {
  it('shows no password', () => {
    const source = parseDatasetSource('https://me:secret@example.com/x.tgz?version=2');
    expect(describeSource(source)).toBe('https://example.com/x.tgz?version=2');
    expect(redactSource(source)).toEqual({ kind: 'url', url: 'https://example.com/x.tgz?version=2' });
  });

  it('shows what people know a source by', () => {
    expect(describeSource({ kind: 'upload', key: 'abc', fileName: 'pets.zip' })).toBe('pets.zip');
    expect(describeSource({ kind: 'sample', name: 'digits' })).toBe('sample:digits');
    expect(describeSource({ kind: 'folder', path: '/data/pets' })).toBe('/data/pets');
  });
});
