/** @file Signatures and labels that users write: what is refused, and with which words. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_SIGNATURES } from '../../contracts/index.ts';
import { dense, flatten, sequential } from '../network/sequential.ts';
import { checkLabels, checkSignatures, servedLayers } from './signatures.ts';

const network = sequential('tiny', { height: 2, width: 2, channels: 1 }, [flatten(), dense({ units: 2 })]);
const input = { name: 'x', kind: 'pixels' } as const;
const refused = (message: string) =>
  expect.objectContaining({ code: 'signature_invalid', message: expect.stringContaining(message) });

describe('checkSignatures', () => {
  it('takes those of every model', () => {
    expect(checkSignatures(DEFAULT_SIGNATURES, network)).toEqual(DEFAULT_SIGNATURES);
  });

  it.each([
    [null, 'The signatures are null; an object with at least one was expected.'],
    [{}, 'The signatures are {};'],
    [1n, 'The signatures are "1"; an object with at least one was expected.'],
    [{ 'a b': {} }, 'A signature is named "a b"; letters, digits'],
    [
      { s: { input: { name: 'x', kind: 'sound' }, outputs: {} } },
      'Signature "s" has input = {"name":"x","kind":"sound"};',
    ],
    [{ s: { input, outputs: {} } }, 'Signature "s" has outputs = {}; an object with at least one output was expected.'],
    [{ s: { input, outputs: { '1': { kind: 'logits' } } } }, 'Signature "s" has an output named "1";'],
    [{ s: { input, outputs: { o: { kind: 'toString' } } } }, 'Output "o" of signature "s" is {"kind":"toString"};'],
    [
      { s: { input, outputs: { o: { kind: 'topLabels', count: 0 } } } },
      'count = a whole number of 1 or more was expected',
    ],
    [{ s: { input, outputs: { o: { kind: 'layer', layer: 'x' } } } }, 'layer = one of flatten, dense was expected'],
  ])('refuses %#', (signatures, message) => {
    expect(() => checkSignatures(signatures, network)).toThrow(refused(message));
  });
});

it('servedLayers: each layer once, logits as the last one', () => {
  const outputs = {
    a: { kind: 'layer', layer: 'flatten' },
    b: { kind: 'logits' },
    c: { kind: 'layer', layer: 'dense' },
    d: { kind: 'probabilities' },
  } as const;
  expect(servedLayers({ s: { input, outputs }, t: { input, outputs } }, network)).toEqual(['flatten', 'dense']);
});

describe('checkLabels', () => {
  it.each([
    [['a'], 'The labels are ["a"]; a list of 2 names was expected.'],
    [['a', ' '], 'a list of 2 names was expected'],
    [['a', 'a'], 'The label "a" is there twice;'],
    ['ab', 'The labels are "ab";'],
  ])('refuses %j', (labels, message) => {
    expect(() => checkLabels(labels, ['0', '1'])).toThrow(refused(message));
  });
});
