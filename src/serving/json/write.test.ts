import { describe, expect, it } from 'vitest';
import type { TensorValue } from '../../contracts/index.ts';
import { formatFloat64 } from './decimals.ts';
import { dumpJson, writeError } from './dump.ts';
import { parseJson } from './parse.ts';
import type { JsonValue } from './values.ts';
import { NoJsonForm, writeClassifications, writeOutputs, writePredictions, writeRegressions } from './write.ts';

const parse = (text: string): JsonValue => parseJson(Buffer.from(text), 'exact').value;
const floats = (shape: readonly number[], ...data: number[]): TensorValue => ({
  dtype: 'DT_FLOAT',
  shape,
  data: new Float32Array(data),
});
const texts = (shape: readonly number[], ...data: string[]): TensorValue => ({
  dtype: 'DT_STRING',
  shape,
  data: data.map((text) => Buffer.from(text)),
});
const one = (tensor: TensorValue, name = 'output_0') => new Map([[name, tensor]]);

describe('writing', () => {
  // Expected texts: RapidJSON's pretty writer, whose lists are on one line inside the rows alone.
  it('lays predictions out as the reference does', () => {
    expect(writePredictions(one(floats([3], 2.5, 3, 4.5)))).toBe('{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}');
    expect(writePredictions(one(floats([2, 2], 1, 2, 3, 4)))).toBe(
      '{\n    "predictions": [[1.0, 2.0], [3.0, 4.0]\n    ]\n}',
    );
    expect(writePredictions(one(floats([0, 2])))).toBe('{\n    "predictions": []\n}');
    expect(writeOutputs(one(floats([2, 1], 1, 2)))).toBe(
      '{\n    "outputs": [\n        [\n            1.0\n        ],\n        [\n            2.0\n        ]\n    ]\n}',
    );
    expect(writeOutputs(one(floats([], 1)))).toBe('{\n    "outputs": 1.0\n}');
  });

  it('makes objects of several outputs', () => {
    const tensors = new Map([
      ['a', floats([2, 1], 1, 2)],
      ['b', texts([2], 'x"', 'y')],
    ]);
    expect(writePredictions(tensors)).toBe(
      '{\n    "predictions": [\n        {\n            "a": [1.0],\n            "b": "x\\""\n        },\n        {\n            "a": [2.0],\n            "b": "y"\n        }\n    ]\n}',
    );
    expect(JSON.parse(writeOutputs(tensors))).toEqual({ outputs: { a: [[1], [2]], b: ['x"', 'y'] } });
    expect(writeOutputs(tensors)).toContain('    "outputs": {\n        "a": [\n            [\n                1.0\n');
  });

  it.each<[string, TensorValue, string]>([
    [
      'DT_DOUBLE',
      { dtype: 'DT_DOUBLE', shape: [2], data: new Float64Array([0.1, 1 / 3]) },
      '[0.1, 0.33333333333333331',
    ],
    [
      'DT_INT64',
      { dtype: 'DT_INT64', shape: [2], data: new BigInt64Array([-(2n ** 63n), 7n]) },
      '[-9223372036854775808, 7',
    ],
    [
      'DT_UINT64',
      { dtype: 'DT_UINT64', shape: [1], data: new BigUint64Array([2n ** 64n - 1n]) },
      '[18446744073709551615',
    ],
    ['DT_INT8', { dtype: 'DT_INT8', shape: [1], data: new Int8Array([-128]) }, '[-128'],
    ['DT_UINT32', { dtype: 'DT_UINT32', shape: [1], data: new Uint32Array([4294967295]) }, '[4294967295'],
    ['DT_BOOL', { dtype: 'DT_BOOL', shape: [2], data: new Uint8Array([1, 0]) }, '[true, false'],
  ])('writes numbers of type %s', (_dtype, tensor, list) => {
    expect(writePredictions(one(tensor))).toBe(`{\n    "predictions": ${list}\n    ]\n}`);
  });

  it('writes texts as base64 when the name says bytes', () => {
    const tensor = texts([1, 1], '\u0001é');
    expect(writePredictions(one(tensor))).toBe('{\n    "predictions": [["\\u0001é"]\n    ]\n}');
    expect(writePredictions(one(tensor, 'image_bytes'))).toBe(
      '{\n    "predictions": [[{\n                "b64": "AcOp"\n            }]\n    ]\n}',
    );
    expect(JSON.parse(writeOutputs(one(tensor, 'image_bytes')))).toEqual({ outputs: [[{ b64: 'AcOp' }]] });
  });

  it('has no form for half floats, as the reference', () => {
    const tensor: TensorValue = { dtype: 'DT_HALF', shape: [1], data: new Uint16Array(1) };
    expect(() => writePredictions(one(tensor))).toThrow(NoJsonForm);
  });

  it('writes classes and values', () => {
    expect(writeClassifications([[{ label: '', score: 12 }], [{ label: 'a', score: 0.5 }]])).toBe(
      '{\n    "results": [[["", 12.0]], [["a", 0.5]]\n    ]\n}',
    );
    expect(writeRegressions([42, 1.5])).toBe('{\n    "results": [42.0, 1.5]\n}');
  });

  it.each([
    [0.1, '0.1'],
    [1e6, '1e+06'],
    [1 / 3, '0.33333333333333331'],
    [123456789, '123456789.0'],
    [1e300, '1e+300'],
    [2.2250738585072014e-308, '2.2250738585072014e-308'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('prints the double %d as %s', (value, text) => {
    expect(formatFloat64(value)).toBe(text);
  });

  it('quotes any text in an error', () => {
    const message = 'a "b" \\u00e9 \u0001\n<script>é😀';
    expect(writeError(message)).toBe('{\n    "error": "a \\"b\\" \\\\u00e9 \\u0001\\n<script>é😀"\n}');
    expect(JSON.parse(writeError(message))).toEqual({ error: message });
  });

  it('shows values in errors, and cuts large ones short', () => {
    expect(dumpJson(parse('{"a":[1,"x",1.0,18446744073709551615],"b":{}}'))).toBe(
      '{\n    "a": [\n        1,\n        "x",\n        1.0,\n        18446744073709551615\n    ],\n    "b": {}\n}',
    );
    expect([dumpJson(parse('1.0')), dumpJson(parse('0.3333333333')), dumpJson(7)]).toEqual(['1.0', '0.333333343', '7']);
    const long = dumpJson(parse(`[${'7,'.repeat(10_000)}7]`));
    expect(long.length).toBeLessThan(300);
  });
});
