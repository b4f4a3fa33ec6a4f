/** @file Tensors of every type through `:predict`, in and out, with the texts for what is none of the type. */
import { describe, expect, it } from 'vitest';
import { DATA_TYPES, type DataType, type TensorValue } from '../../contracts/index.ts';
import { echoModel } from '../testing/echo-model.ts';
import { answerTfServing } from './rest.ts';

const call = (models: ReturnType<typeof echoModel>, body: string) =>
  answerTfServing(models, { method: 'POST', path: '/v1/models/echo:predict', body: Buffer.from(body) });
const one = (dtype: DataType, output = 'y') => echoModel({ x: [output, dtype] });
const error = async (dtype: DataType, body: string): Promise<[number, string]> => {
  const { status, body: text } = await call(one(dtype), body);
  return [status, JSON.parse(text).error];
};
const inRow = "Failed to process element: 0 of 'instances' list. Error: ";

describe('every type', () => {
  it.each<[DataType, string, string]>([
    ['DT_FLOAT', '[1, 2.5, NaN, -Infinity]', '[1.0, 2.5, NaN, -Infinity]'],
    ['DT_DOUBLE', '[0.1, 1, 1e300]', '[0.1, 1.0, 1e+300]'],
    ['DT_INT8', '[-128, 127]', '[-128, 127]'],
    ['DT_UINT8', '[0, 255]', '[0, 255]'],
    ['DT_INT16', '[-32768]', '[-32768]'],
    ['DT_INT32', '[-2147483648, 2147483647]', '[-2147483648, 2147483647]'],
    ['DT_UINT32', '[4294967295]', '[4294967295]'],
    ['DT_INT64', '[-9223372036854775808, 9007199254740993]', '[-9223372036854775808, 9007199254740993]'],
    ['DT_UINT64', '[18446744073709551615, 1]', '[18446744073709551615, 1]'],
    ['DT_BOOL', '[true, false]', '[true, false]'],
    ['DT_STRING', '["é", {"b64": "AGE="}]', '["é", "\\u0000a"]'],
  ])('%s', async (dtype, given, expected) => {
    const { status, body } = await call(one(dtype), `{"instances":[${given}]}`);
    expect([status, body]).toEqual([200, `{\n    "predictions": [${expected}\n    ]\n}`]);
  });

  it('goes out as bytes under names that say so', async () => {
    const { body } = await call(one('DT_STRING', 'image_bytes'), '{"inputs":["a", {"b64": "AP8"}]}');
    expect(JSON.parse(body)).toEqual({ outputs: [{ b64: 'YQ==' }, { b64: 'AP8=' }] });
  });

  const refused = DATA_TYPES.filter((dtype) => ['DT_HALF', 'DT_BFLOAT16', 'DT_UINT16'].includes(dtype));
  it.each(refused)('but %s, which JSON cannot hold there', async (dtype) => {
    const name = dtype.slice(3).toLowerCase();
    const text = `Conversion of JSON Value: 1 to type: ${name}`;
    expect(await error(dtype, '{"inputs":[1]}')).toEqual([501, text]);
    expect(await error(dtype, '{"instances":[1]}')).toEqual([400, `${inRow}UNIMPLEMENTED: ${text}`]);
    const half: TensorValue = { dtype: 'DT_HALF', shape: [1], data: new Uint16Array(1) };
    const models = echoModel({ x: ['y', 'DT_FLOAT'] }, () => new Map([['y', half]]));
    expect(JSON.parse((await call(models, '{"inputs":1}')).body).error).toBe(
      'Failed to write JSON value for tensor type: half',
    );
  });
});

describe('what is none of the type', () => {
  const wrong = (value: string, kind: string, type: string) =>
    `JSON Value: ${value} Type: ${kind} is not of expected type: ${type}`;
  it.each<[DataType, string, string]>([
    ['DT_INT32', '1.0', wrong('1.0', 'Number', 'int32')],
    ['DT_INT32', '1e2', wrong('100.0', 'Number', 'int32')],
    ['DT_INT32', '2147483648', wrong('2147483648', 'Number', 'int32')],
    ['DT_UINT8', '0.5', wrong('0.5', 'Number', 'uint8')],
    ['DT_INT8', '2147483648', wrong('2147483648', 'Number', 'int8')],
    ['DT_UINT32', '-1', wrong('-1', 'Number', 'uint32')],
    ['DT_INT64', '9223372036854775808', wrong('9223372036854775808', 'Number', 'int64')],
    ['DT_INT64', '3.0', wrong('3.0', 'Number', 'int64')],
    ['DT_UINT64', '18446744073709551616', wrong('1.84467441e+19', 'Number', 'uint64')],
    ['DT_UINT64', '-1', wrong('-1', 'Number', 'uint64')],
    ['DT_BOOL', '1', wrong('1', 'Number', 'bool')],
    ['DT_FLOAT', 'true', wrong('true', 'True', 'float')],
    ['DT_FLOAT', 'false', wrong('false', 'False', 'float')],
    ['DT_FLOAT', 'null', wrong('null', 'Null', 'float')],
    ['DT_DOUBLE', '"1"', wrong('"1"', 'String', 'double')],
    ['DT_FLOAT', '{"b64": "AA=="}', wrong('{\n    "b64": "AA=="\n}', 'Object', 'float')],
    ['DT_STRING', '1.0', wrong('1.0', 'Number', 'string')],
    ['DT_STRING', '{"b64": "?"}', 'Unable to base64 decode'],
  ])('%s: %s', async (dtype, value, text) => {
    expect(await error(dtype, `{"instances":[${value}]}`)).toEqual([400, `${inRow}INVALID_ARGUMENT: ${text}`]);
    expect(await error(dtype, `{"inputs":${value}}`)).toEqual([400, text]);
  });
});

describe('several inputs and outputs', () => {
  const models = () => echoModel({ b: ['score', 'DT_FLOAT'], a: ['name', 'DT_STRING'] });

  it('go in rows of objects', async () => {
    const echo = models();
    const { body } = await call(echo, '{"instances":[{"a":"x","b":[1]},{"b":[2],"a":"y"}]}');
    expect(JSON.parse(body)).toEqual({
      predictions: [
        { name: 'x', score: [1] },
        { name: 'y', score: [2] },
      ],
    });
    expect(echo.seen[0].get('b')).toEqual({ dtype: 'DT_FLOAT', shape: [2, 1], data: new Float32Array([1, 2]) });
  });

  it('go in columns, each of its own shape', async () => {
    const { body } = await call(models(), '{"inputs":{"a":[["x"]],"b":3,"more":null}}');
    expect(JSON.parse(body)).toEqual({ outputs: { score: 3, name: [['x']] } });
  });

  it.each([
    [
      '{"instances":[1]}',
      'instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map',
    ],
    [
      '{"inputs":[1]}',
      'inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map',
    ],
    ['{"inputs":{"b":1}}', "Missing named input: a in 'inputs' object."],
    [
      '{"instances":[{"b":1.0}]}',
      'Failed to process element: 0 of \'instances\' list. JSON object: {\n    "b": 1.0\n} keys must be equal to: a,b',
    ],
    [
      '{"instances":[{"a":"x","b":1},{"a":"y","b":"z"}]}',
      'Failed to process element: 1 key: b of \'instances\' list. Error: INVALID_ARGUMENT: JSON Value: "z" Type: String is not of expected type: float',
    ],
    [
      '{"instances":[{"a":"x","b":1,"__proto__":1}]}',
      "Failed to process element: 0 key: __proto__ of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named input: __proto__",
    ],
  ])('%s', async (body, text) => {
    const answer = await call(models(), body);
    expect([answer.status, JSON.parse(answer.body).error]).toEqual([400, text]);
  });

  it('come out in rows only when they have as many', async () => {
    const float = (shape: readonly number[]): TensorValue => ({ dtype: 'DT_FLOAT', shape, data: new Float32Array(8) });
    const outputs = async (a: readonly number[], b: readonly number[]) => {
      const change = () =>
        new Map([
          ['a', float(a)],
          ['b', float(b)],
        ]);
      const answer = await call(echoModel({ x: ['y', 'DT_FLOAT'] }, change), '{"instances":[1]}');
      return [answer.status, JSON.parse(answer.body).error];
    };
    expect(await outputs([2], [3])).toEqual([400, 'Tensor name: b has inconsistent batch size: 3 expecting: 2']);
    expect(await outputs([], [3])).toEqual([400, 'Tensor name: a has no shape information ']);
    expect((await outputs([2], [2, 2]))[0]).toBe(200);
  });
});

describe('deadlines', () => {
  it('are handed on', async () => {
    let deadline = 0;
    const echo = one('DT_FLOAT');
    const models: typeof echo = {
      ...echo,
      use: (target, work) =>
        echo.use(target, (model) =>
          work({
            ...model,
            run: (signature, inputs, options) => {
              deadline = options?.deadline ?? 0;
              return model.run(signature, inputs);
            },
          }),
        ),
    };
    const request = { method: 'POST', path: '/v1/models/echo:predict', body: Buffer.from('{"inputs":1}') };
    const before = performance.now();
    await answerTfServing(models, request);
    expect(deadline - before).toBeGreaterThanOrEqual(30_000);
    expect(deadline - before).toBeLessThan(31_000);
    await answerTfServing(models, request, { timeoutMs: 5 });
    expect(deadline - performance.now()).toBeLessThanOrEqual(5);
  });
});
