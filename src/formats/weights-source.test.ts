/** @file What may be named as first weights, on the command line and over HTTP. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWeightsSource, parseWeightsSource, redactWeightsSource } from './weights-source.ts';

describe('parseWeightsSource', () => {
  it.each([
    ['imagenet', { kind: 'published' }],
    ['https://example.org/w.h5', { kind: 'url', url: 'https://example.org/w.h5' }],
    ['digits', { kind: 'model', name: 'digits' }],
    ['digits:3', { kind: 'model', name: 'digits', version: 3 }],
    ['resnet.v2', { kind: 'model', name: 'resnet.v2' }],
  ])('reads %s alike everywhere', (text, source) => {
    expect(parseWeightsSource(text, { local: true })).toEqual(source);
    expect(parseWeightsSource(` ${text} `, { local: false })).toEqual(source);
  });

  it.each(['w.h5', './folder/w.weights.h5', '/tmp/model.safetensors', 'C:\\w.h5'])('takes %s for a file', (text) => {
    expect(parseWeightsSource(text, { local: true })).toEqual({ kind: 'file', path: path.resolve(text) });
    expect(() => parseWeightsSource(text, { local: false })).toThrow(
      expect.objectContaining({ code: 'local_source_refused' }),
    );
  });

  it.each([
    ['', 'training_option_invalid'],
    ['a:b', 'training_option_invalid'],
    ['ftp://example.org/w.h5', 'url_invalid'],
    ['file:///etc/passwd', 'url_invalid'],
    ['https://', 'url_invalid'],
  ])('refuses %j', (text, code) => {
    expect(() => parseWeightsSource(text, { local: false })).toThrow(expect.objectContaining({ code }));
  });

  it('shows and stores no password', () => {
    const source = parseWeightsSource('https://me:secret@example.org/w.h5', { local: false });
    expect(describeWeightsSource(source)).toBe('https://example.org/w.h5');
    expect(redactWeightsSource(source)).toEqual({ kind: 'url', url: 'https://example.org/w.h5' });
  });
});
