import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { channels, decimalNumber, imageSize, modelReference, port, positiveNumber, wholeNumber } from './options.ts';

describe('option values', () => {
  it('are read', () => {
    expect(wholeNumber('10')).toBe(10);
    expect(decimalNumber('1e-3')).toBe(0.001);
    expect(port('0')).toBe(0);
    expect(imageSize('28x32')).toEqual([28, 32]);
    expect(imageSize('28×32')).toEqual([28, 32]);
    expect(channels('3')).toBe(3);
    expect(modelReference('digits')).toEqual({ name: 'digits', version: undefined });
    expect(modelReference('digits:12')).toEqual({ name: 'digits', version: 12 });
  });

  const refused: [(text: string) => unknown, string[]][] = [
    [wholeNumber, ['', '1.5', '1e3', 'ten', ' 1', '99999999999999999999']],
    [decimalNumber, ['', ' ', 'x', 'Infinity', 'NaN']],
    [positiveNumber, ['0', '-1']],
    [port, ['65536', '-1', 'http']],
    [imageSize, ['28', '28x', 'x28', '28x28x3', '-1x5']],
    [channels, ['2', '', 'rgb']],
    [modelReference, ['', ':1', 'a:', 'a:b', 'a:1:2', 'a:-1']],
  ];
  it.each(refused.flatMap(([read, texts]) => texts.map((text) => [text, read] as const)))(
    'are refused: "%s"',
    (text, read) => {
      expect(() => read(text)).toThrow(InvalidArgumentError);
    },
  );
});
