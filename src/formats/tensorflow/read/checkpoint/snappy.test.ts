import { expect, it } from 'vitest';
import { unpackSnappy } from './snappy.ts';

const unpack = (hex: string): string => Buffer.from(unpackSnappy(Buffer.from(hex, 'hex'), 100)).toString();

it('unpacks literals and copies', () => {
  // By hand, after format_description.txt: "abc" as it is, then 9 bytes from 3 before (overlapping), in each form of a copy.
  expect(unpack('0c08616263' + '1503')).toBe('abcabcabcabc');
  expect(unpack('0c08616263' + '220300')).toBe('abcabcabcabc');
  expect(unpack('0c08616263' + '2303000000')).toBe('abcabcabcabc');
  expect(unpack('03f002616263')).toBe('abc');
  expect(unpack('00')).toBe('');
});

it.each([
  ['that claim too much', 'ffffffff07'],
  ['that are cut off', '0c086162'],
  ['that copy from before their beginning', '0c08616263220400'],
  ['that are shorter than they say', '0c08616263'],
  ['that are longer than they say', '0208616263'],
])('refuses bytes %s', (_, hex) => {
  expect(() => unpack(hex)).toThrow(RangeError);
});
