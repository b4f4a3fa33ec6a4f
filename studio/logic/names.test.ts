import { describe, expect, it } from 'vitest';
import { datasetName, datasetPlace, isDatasetUrl, isModelName, lastSegment, suggestName } from './names.ts';

describe('suggestName', () => {
  it.each([
    ['https://storage.example.com/example_images/flower_photos.tgz', 'flower-photos'],
    ['https://example.com/a/My%20Cats%20%26%20Dogs.tar.gz?sig=x', 'my-cats-dogs'],
    ['https://example.com/', 'example-com'],
    ['mnist.npz', 'mnist'],
    ['C:\\data\\Früchte.zip', 'fruchte'],
    ['sample:digits', 'digits'],
    ['日本.zip', 'my-model'],
    ['<script>alert(1)</script>.zip', 'script'],
    ['', 'my-model'],
    ['%E0%A4%A.zip', 'e0-a4-a'],
  ])('%s gives %s', (title, name) => {
    expect(suggestName(title)).toBe(name);
  });

  it('always gives a name that is accepted', () => {
    for (const title of ['-.-', '___', 'x'.repeat(300), `${'ab-'.repeat(30)}.zip`, '../../etc/passwd']) {
      expect(isModelName(suggestName(title))).toBe(true);
    }
  });
});

describe('names and addresses', () => {
  it('knows which model names are accepted', () => {
    expect(isModelName('digits-2.v1_a')).toBe(true);
    for (const name of ['', '.hidden', 'a b', 'a/b', 'ä', 'x'.repeat(101)]) expect(isModelName(name)).toBe(false);
  });

  it('knows what can be an address', () => {
    for (const text of ['http://localhost:9000/a.tgz', 'https://example.com/a.zip', 'sample:digits']) {
      expect(isDatasetUrl(text)).toBe(true);
    }
    for (const text of ['', 'a.zip', 'ftp://example.com/a.zip', 'javascript:alert(1)', 'http://']) {
      expect(isDatasetUrl(text)).toBe(false);
    }
  });

  it('names datasets by their file, and says where they are from', () => {
    expect(datasetName('https://example.com:8000/a/flower_photos.tgz')).toBe('flower_photos.tgz');
    expect(datasetName('sample:digits')).toBe('Sample digits');
    expect(datasetName('Dataset')).toBe('Dataset');
    expect(datasetPlace('https://example.com:8000/a/flower_photos.tgz')).toBe('example.com:8000');
    expect(datasetPlace('sample:digits')).toBeNull();
    expect(datasetPlace('flowers.zip')).toBeNull();
  });

  it('takes the last part of a path', () => {
    expect(lastSegment('https://example.com/a/b%20c/')).toBe('b c');
  });
});
