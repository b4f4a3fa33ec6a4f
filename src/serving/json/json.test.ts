import { describe, expect, it } from 'vitest';
import { RandomGenerator } from '../../contracts/index.ts';
import { type JsonParseError, type JsonValue, parseJson } from './parse.ts';
import { dumpJson, formatFloat32, type OutputTensor, writeError, writeOutputs, writePredictions } from './write.ts';

const parse = (text: string): JsonValue => parseJson(Buffer.from(text));

/** As `JSON.parse` would have it. */
function plain(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return value;
}

describe('reading', () => {
  it.each([
    'null',
    'true',
    ' [ ] ',
    '{}',
    '[1,2.5,-3,0.1,1e3,1E-7,-0,123456789012345678,0.30000000000000004,2.2250738585072014e-308]',
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

describe('writing', () => {
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

  it('lays predictions out as the reference does', () => {
    const one = (tensor: OutputTensor) => new Map([['output_0', tensor]]);
    expect(writePredictions(one({ shape: [3], data: new Float32Array([2.5, 3, 4.5]) }))).toBe(
      '{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}',
    );
    expect(writePredictions(one({ shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) }))).toBe(
      '{\n    "predictions": [[1.0, 2.0], [3.0, 4.0]\n    ]\n}',
    );
    expect(writeOutputs(one({ shape: [2, 1], data: new Float32Array([1, 2]) }))).toBe(
      '{\n    "outputs": [\n        [\n            1.0\n        ],\n        [\n            2.0\n        ]\n    ]\n}',
    );
    expect(writeOutputs(one({ shape: [], data: new Float32Array([1]) }))).toBe('{\n    "outputs": 1.0\n}');
  });

  it('makes objects of several outputs', () => {
    const tensors = new Map<string, OutputTensor>([
      ['a', { shape: [2, 1], data: new Float32Array([1, 2]) }],
      ['b', { shape: [2], data: ['x"', 'y'] }],
    ]);
    expect(writePredictions(tensors)).toBe(
      '{\n    "predictions": [{\n            "a": [1.0],\n            "b": "x\\""\n        }, {\n            "a": [2.0],\n            "b": "y"\n        }\n    ]\n}',
    );
    expect(JSON.parse(writeOutputs(tensors))).toEqual({ outputs: { a: [[1], [2]], b: ['x"', 'y'] } });
    expect(writeOutputs(tensors)).toContain('    "outputs": {\n        "a": [\n            [\n                1.0\n');
  });

  it('quotes any text in an error', () => {
    const message = 'a "b" \\u00e9 \u0001\n<script>é😀';
    expect(writeError(message)).toBe('{\n    "error": "a \\"b\\" \\\\u00e9 \\u0001\\n<script>é😀"\n}');
    expect(JSON.parse(writeError(message))).toEqual({ error: message });
  });

  it('cuts a large value short inside an error', () => {
    expect(dumpJson(parse('{"a":[1,"x"],"b":{}}'))).toBe(
      '{\n    "a": [\n        1,\n        "x"\n    ],\n    "b": {}\n}',
    );
    const long = dumpJson(parse(`[${'7,'.repeat(10_000)}7]`));
    expect(long.length).toBeLessThan(300);
  });
});
