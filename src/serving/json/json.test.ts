import { describe, expect, it } from 'vitest';
import { RandomGenerator } from '../../contracts/index.ts';
import { formatFloat32 } from './decimals.ts';
import { type JsonParseError, parseJson } from './parse.ts';
import { JsonDecimal, type JsonValue } from './values.ts';

const parse = (text: string): JsonValue => parseJson(Buffer.from(text)).value;

/** As `JSON.parse` would have it. */
function plain(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return value;
}

describe('reading', () => {
  it.each([
    'null',
    'true',
    ' [ ] ',
    '{}',
    '[1,2.5,-3,0.1,1e3,1E-7,-0.0,123456789012345678,0.30000000000000004,2.2250738585072014e-308]',
    '{"a":{"b":[[],[{}],[[1],[2,[3]]]]},"c":"x\\n\\u00e9\\ud83d\\ude00 é😀\\"\\\\\\/"}',
    '[[1,2],[3,4]]',
    '"top"',
    '[9007199254740993, 0.1234567890123456789, 1.7976931348623157e308, 5e-324]',
  ])('agrees with JSON.parse on %s', (text) => {
    expect(plain(parse(text))).toEqual(JSON.parse(text));
  });

  it('reads random decimals as JSON.parse does', () => {
    const random = new RandomGenerator(1, 'decimals');
    const texts = Array.from({ length: 200_000 }, () => {
      const digits = random.nextInteger(10 ** random.nextInteger(10));
      return `${random.nextInteger(2) ? '-' : ''}${digits}.${random.nextInteger(10 ** (1 + random.nextInteger(9)))}`;
    });
    const text = `[${texts.join(',')}]`;
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('reads what is no JSON but RapidJSON takes', () => {
    expect(parse('[NaN, Infinity, -Infinity, Inf, -Inf, -NaN]')).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
    ]);
    expect(plain(parse('{"a":1} trailing {{{'))).toEqual({ a: 1 });
    expect(plain(parse('\ufeff{"a":1}'))).toEqual({ a: 1 });
  });

  it('keeps the first of duplicate keys, and any key', () => {
    const value = parse('{"a":1,"a":2,"__proto__":3,"constructor":4,"":5}') as Map<string, JsonValue>;
    expect([...value]).toEqual([
      ['a', 1],
      ['__proto__', 3],
      ['constructor', 4],
      ['', 5],
    ]);
  });

  it.each([
    ['', 'The document is empty.', 0],
    ['  ', 'The document is empty.', 2],
    ['{"a":tru}', 'Invalid value.', 8],
    ['[1,]', 'Invalid value.', 3],
    ['nope', 'Invalid value.', 1],
    ['[-]', 'Invalid value.', 2],
    ['[Nil]', 'Invalid value.', 1],
    ['{1:2}', 'Missing a name for object member.', 1],
    ['{"a" 1}', 'Missing a colon after a name of object member.', 5],
    ['{"a":1 "b":2}', 'Missing a comma or } after an object member.', 7],
    ['[1 2]', 'Missing a comma or ] after an array element.', 3],
    ['[01]', 'Missing a comma or ] after an array element.', 2],
    ['[1', 'Missing a comma or ] after an array element.', 2],
    ['["abc', 'Missing a closing quotation mark in string.', 1],
    ['["\\x"]', 'Invalid escape character in string.', 2],
    ['["\\u12g4"]', 'Incorrect hex digit after \\u escape in string.', 2],
    ['["a\nb"]', 'Invalid encoding in string.', 3],
    ['[1.]', 'Miss fraction part in number.', 3],
    ['[1e]', 'Miss exponent in number.', 3],
    ['[1e999]', 'Number too big to be stored in double.', 1],
  ])('refuses %j', (text, message, offset) => {
    expect(() => parse(text)).toThrow(message);
    try {
      parse(text);
    } catch (error) {
      expect((error as JsonParseError).offset).toBe(offset);
    }
  });
});

it('gives up on a body that only nests', () => {
  expect(() => parse('['.repeat(100_000))).toThrow('Terminate parsing due to Handler error.');
});

it('tells integers from decimals, and keeps those of 64 bits', () => {
  const text = '[1, 1.0, 1e3, 0.5, 18446744073709551615, -9223372036854775808, 18446744073709551616, -0]';
  const exact = parseJson(Buffer.from(text), 'exact');
  expect(exact.value).toEqual([
    1,
    new JsonDecimal(1),
    new JsonDecimal(1000),
    0.5,
    2n ** 64n - 1n,
    -(2n ** 63n),
    new JsonDecimal(2 ** 64),
    0,
  ]);
  expect(parseJson(Buffer.from(text)).isAmbiguous).toBe(true);
  expect(parseJson(Buffer.from('[1, 0.5, 18446744073709551615]')).isAmbiguous).toBe(false);
});

describe('writing decimals', () => {
  // Expected texts: C's printf with %.6g and %.9g, as the reference combines them.
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [3, '3.0'],
    [2.5, '2.5'],
    [1e6, '1e+06'],
    [123456, '123456.0'],
    [1234567, '1234567.0'],
    [9000000, '9e+06'],
    [16777217, '16777216.0'],
    [0.1, '0.1'],
    [0.0001, '0.0001'],
    [0.00003, '3e-05'],
    [1 / 3, '0.333333343'],
    [0.99999994, '0.99999994'],
    [1.5e-10, '1.5e-10'],
    [1.1754944e-38, '1.17549435e-38'],
    [3.4028235e38, '3.40282347e+38'],
    [1e-45, '1.4013e-45'],
    [0.7, '0.7'],
    [8589973504, '8.5899735e+09'],
    [-1234.5, '-1234.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('prints %d as %s', (value, text) => {
    expect(formatFloat32(Math.fround(value))).toBe(text);
  });

  it('prints every float so that it reads back', () => {
    const random = new RandomGenerator(2, 'floats');
    const bits = new Uint32Array(1);
    const [float] = [new Float32Array(bits.buffer)];
    for (let i = 0; i < 50_000; i++) {
      bits[0] = random.nextUint32();
      if (!Number.isFinite(float[0])) continue;
      expect(Math.fround(Number(formatFloat32(float[0])))).toBe(float[0]);
    }
  });
});
