/** @file Features in JSON as `tf.Example`s, and the texts for what is none. */
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { tf } from '../../proto/index.ts';
import { echoModel } from '../testing/echo-model.ts';
import { readExamples } from './examples.ts';
import { RequestDocument } from './request.ts';
import { answerTfServing } from './rest.ts';

const read = (body: string) =>
  readExamples(new RequestDocument(Buffer.from(body)).exactRoot).map(
    (bytes) => fromBinary(tf.ExampleSchema, bytes).features?.feature ?? {},
  );

describe('features', () => {
  it.each<[string, unknown]>([
    ['2.0', { case: 'floatList', value: { value: [2] } }],
    ['[0.5, NaN, 1e3]', { case: 'floatList', value: { value: [0.5, Number.NaN, 1000] } }],
    ['[1, -9223372036854775808]', { case: 'int64List', value: { value: [1n, -(2n ** 63n)] } }],
    ['[true, false]', { case: 'int64List', value: { value: [1n, 0n] } }],
    ['["é", {"b64": "AP8="}]', { case: 'bytesList', value: { value: [Buffer.from('é'), Buffer.of(0, 255)] } }],
    ['[]', { case: undefined }],
  ])('%s', (value, expected) => {
    const [{ x }] = read(`{"examples":[{"x":${value}}]}`);
    if (x.kind.case === 'bytesList') x.kind.value.value = x.kind.value.value.map((bytes) => Buffer.from(bytes));
    expect(x.kind).toMatchObject(expected as object);
  });

  it('of the context are in every example, behind its own', () => {
    const [first, second] = read('{"context":{"a":1,"b":2},"examples":[{"b":3},{"__proto__":4}]}');
    const integers = (features: Readonly<Record<string, tf.Feature>>) =>
      Object.fromEntries(
        Object.entries(features).map(([name, { kind }]) => [name, kind.case === 'int64List' ? kind.value.value : null]),
      );
    expect(integers(first)).toEqual({ a: [1n], b: [3n] });
    expect(integers(second)).toMatchObject({ a: [1n], b: [2n] });
  });

  it('serialise as TensorFlow serialises them', () => {
    // tf.train.Example with the feature x, a float_list of 2.0: the golden ClassificationRequest's example.
    const [bytes] = readExamples(new RequestDocument(Buffer.from('{"examples":[{"x":2.0}]}')).exactRoot);
    expect(Buffer.from(bytes).toString('hex')).toBe('0a0f0a0d0a0178120812060a0400000040');
  });
});

describe('errors', () => {
  const shown = (body: string) => body.replace('{', '{\n    ').replace(':', ': ').replace('}', '\n}');
  it.each<[string, string]>([
    ['{}', "JSON Value: {} When method is classify, key 'examples' is expected and was not found"],
    ['{"examples":1}', `JSON Value: ${shown('{"examples":1}')} Expecting 'examples' value to be an list/array`],
    ['{"examples":[]}', `JSON Value: ${shown('{"examples":[]}')} 'examples' value is an empty array`],
    ['{"examples":[1]}', 'Example must be JSON object but got JSON Number'],
    ['{"examples":[[]]}', 'Example must be JSON object but got JSON Array'],
    ['{"context":null,"examples":[{}]}', 'Example must be JSON object but got JSON Null'],
    ['{"examples":[{"x":null}]}', 'Feature: x has element with unexpected JSON type: Null'],
    ['{"examples":[{"x":[[1]]}]}', 'Feature: x has element with unexpected JSON type: Array'],
    ['{"examples":[{"x":{"b":1}}]}', 'Feature: x has element with unexpected JSON type: Object'],
    ['{"examples":[{"x":[1,1.0]}]}', 'Unexpected element type in feature: x expecting type: int64'],
    ['{"examples":[{"x":[1.0,1]}]}', 'Unexpected element type in feature: x expecting type: float'],
    ['{"examples":[{"x":["a",1]}]}', 'Unexpected element type in feature: x expecting type: bytes'],
    ['{"examples":[{"x":18446744073709551615}]}', 'Feature: x has uint64_t element. Only int64_t is supported.'],
    ['{"examples":[{"x":{"b64":"?"}}]}', 'Unable to base64 decode'],
    ['{"signature_name":"none","examples":[{}]}', 'No signature was found with the name: none'],
  ])('%s', async (body, text) => {
    for (const call of ['classify', 'regress']) {
      const request = { method: 'POST', path: `/v1/models/echo:${call}`, body: Buffer.from(body) };
      const answer = await answerTfServing(echoModel({ x: ['y', 'DT_FLOAT'] }), request);
      expect([answer.status, JSON.parse(answer.body).error]).toEqual([400, text]);
    }
  });
});
