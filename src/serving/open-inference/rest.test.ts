/** @file Open Inference v2 over HTTP, without a server: routes, JSON, raw tensors, classification, errors. */
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import { halfPlusTwo, mirror } from '../testing/graph-models.ts';
import { greyPng, type ServingFixture, serveFolder, until } from '../testing/serving-fixture.ts';
import { DATATYPES } from './datatypes.ts';
import type { OpenInferenceRequest } from './http.ts';
import { answerOpenInference } from './rest.ts';

let fixture: ServingFixture;
let ready = true;
const pixels = [0, 50, 100, 255];
const expected = tinyProbabilities(pixels, [0, 1, 2]);

beforeAll(async () => {
  fixture = await serveFolder();
  await fixture.registry.publishImported(halfPlusTwo(), { name: 'half', file: 'half' });
  await fixture.registry.publishImported(mirror(), { name: 'mirror', file: 'mirror' });
  await fixture.registry.publish(tinyModel(), { name: 'digits' });
  await fixture.registry.publish(tinyModel(), { name: 'gone' });
  await until(async () => {
    const names = ['half', 'mirror', 'digits', 'gone'];
    const states = await Promise.all(names.map((name) => fixture.predictor.status(name)));
    return states.every((versions) => versions[0]?.state === 'AVAILABLE');
  });
});
afterAll(() => fixture.close());

async function send(method: string, path: string, body: unknown = '', more: Partial<OpenInferenceRequest> = {}) {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const server = { predictor: fixture.predictor, isReady: () => ready, version: '1.2.3' };
  const answer = await answerOpenInference(server, { method, path, body: bytes, ...more });
  expect(answer.cause).toBeUndefined();
  const text = Buffer.from(answer.body);
  const length = Number(answer.headers['inference-header-content-length'] ?? text.length);
  const json = JSON.parse(text.subarray(0, length).toString());
  return { status: answer.status, headers: answer.headers, json, raw: text.subarray(length) };
}

const infer = (model: string, body: unknown, more: Partial<OpenInferenceRequest> = {}) =>
  send('POST', `/v2/models/${model}/infer`, body, more);
const fp32 = (name: string, shape: number[], data: unknown) => ({ name, datatype: 'FP32', shape, data });
const little = (...values: number[]) => Buffer.from(new Float32Array(values).buffer);

describe('server and models', () => {
  it.each(['/v2', '/v2/', '/v2?x=1'])('%s tells of the server', async (path) => {
    const { status, headers, json } = await send('GET', path);
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    expect(json).toMatchObject({ name: 'pictor', version: '1.2.3' });
    expect(json.extensions).toContain('binary_tensor_data');
  });

  it('health', async () => {
    expect(await send('GET', '/v2/health/live')).toMatchObject({ status: 200, json: { live: true } });
    expect(await send('GET', '/v2/health/ready')).toMatchObject({ status: 200, json: { ready: true } });
    ready = false;
    expect(await send('GET', '/v2/health/ready')).toMatchObject({ status: 503, json: { ready: false } });
    ready = true;
  });

  it('a model', async () => {
    const described = {
      name: 'half',
      versions: ['1'],
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
    };
    for (const path of ['/v2/models/half', '/v2/models/half/versions/1']) {
      expect(await send('GET', path)).toMatchObject({ status: 200, json: described });
      expect(await send('GET', `${path}/ready`)).toEqual({
        ...(await send('GET', `${path}/ready`)),
        status: 200,
        json: { name: 'half', ready: true },
      });
    }
    expect((await send('GET', '/v2/models')).json.models.sort()).toEqual(['digits', 'gone', 'half', 'mirror']);
    expect(await send('GET', '/v2/models/half/versions/9/ready')).toMatchObject({ status: 503 });
  });

  it.each(['', '/left'])('repository%s: index, unload, load', async (repository) => {
    const index = async (body: unknown) => (await send('POST', `/v2/repository${repository}/index`, body)).json;
    const state = async () => (await index('')).find(({ name }: { name: string }) => name === 'gone');
    expect(await state()).toEqual({ name: 'gone', version: '1', state: 'READY', reason: '' });
    const unloaded = await send('POST', `/v2/repository${repository}/models/gone/unload`);
    expect([unloaded.status, unloaded.json]).toEqual([200, { name: 'gone', unload: true }]);
    expect(await state()).toMatchObject({ state: 'UNAVAILABLE' });
    expect((await index({ ready: true })).map(({ name }: { name: string }) => name)).not.toContain('gone');
    expect((await send('GET', '/v2/models/gone/ready')).status).toBe(503);
    const loaded = await send('POST', `/v2/repository${repository}/models/gone/load`);
    expect([loaded.status, loaded.json]).toEqual([200, { name: 'gone', load: true }]);
    expect(await state()).toMatchObject({ state: 'READY' });
  });

  it.each([
    ['GET', '/v2/x', 404, 'Not Found'],
    ['GET', '/v2/models/half/versions', 404, 'Not Found'],
    ['GET', '/v2/models/half/infer', 405, 'GET is not possible on /v2/models/half/infer'],
    ['POST', '/v2', 405, 'POST is not possible on /v2'],
    ['constructor', '/v2', 405, 'constructor is not possible on /v2'],
    ['GET', '/v2/models/m', 404, "Request for unknown model: 'm' is not found"],
    ['GET', '/v2/models/a%2Fb', 404, "Request for unknown model: 'a/b' is not found"],
    ['GET', '/v2/models/%ff', 404, "Request for unknown model: '%ff' is not found"],
    ['GET', '/v2/models/m/ready', 404, "Request for unknown model: 'm' is not found"],
    ['GET', '/v2/models/half/versions/9', 404, "Request for unknown model: 'half' version 9 is not found"],
    ['GET', '/v2/models/half/versions/9999999999999999999', 404, /version 9999999999999999999 is not found/],
    ['GET', '/v2/models/half/versions/x', 400, /version string 'x'/],
    ['POST', '/v2/repository/models/m/load', 404, /m/],
    ['POST', '/v2/repository/models/m/unload', 404, /m/],
  ])('%s %s: %d', async (method, path, status, error) => {
    const answer = await send(method, path);
    expect([answer.status, answer.json]).toEqual([
      status,
      { error: typeof error === 'string' ? error : expect.stringMatching(error) },
    ]);
    if (status === 405) expect(answer.headers.allow).toMatch(/GET|POST/);
  });
});

describe('inference with JSON', () => {
  it('gives every output, and the id back', async () => {
    const { status, headers, json } = await infer('half', { id: 'a', inputs: [fp32('x', [3, 1], [1, 2, 5])] });
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    expect(json).toEqual({
      model_name: 'half',
      model_version: '1',
      id: 'a',
      outputs: [{ name: 'y', datatype: 'FP32', shape: [3, 1], data: [2.5, 3, 4.5] }],
    });
  });

  it('takes nested lists, a version, a signature and wanted outputs', async () => {
    const { json } = await send('POST', '/v2/models/half/versions/1/infer', {
      parameters: { signature_name: 'both' },
      inputs: [fp32('x', [2, 1], [[1], [2]])],
      outputs: [{ name: 'y3' }],
    });
    expect(json).toEqual({
      model_name: 'half',
      model_version: '1',
      outputs: [{ name: 'y3', datatype: 'FP32', shape: [2, 1], data: [3.5, 4] }],
    });
  });

  it('finds the signature by its inputs, and reads pictures in base64', async () => {
    const data = [(await greyPng(pixels, 2)).toString('base64')];
    const input = {
      name: 'image_bytes_string',
      datatype: 'BYTES',
      shape: [1],
      data,
      parameters: { content_type: 'base64' },
    };
    const { json } = await infer('digits', { inputs: [input] });
    for (const [i, value] of json.outputs[0].data.entries()) expect(value).toBeCloseTo(expected[i], 5);
  });

  it('floats keep what float32 can hold, in few digits', async () => {
    const data = [0.1, 1 / 3, 16777217, 1e-45, -3.4028234663852886e38, 0];
    const { json } = await infer('mirror', { inputs: [fp32('in', [3, 2], data)] });
    expect(json.outputs[0].data.map(Math.fround)).toEqual(data.map(Math.fround));
    expect(json.outputs[0].data[0]).toBe(0.1);
  });

  it.each([
    ['DT_BOOL', [true, false, true, true]],
    ['DT_INT8', [-128, 127, 0, 1]],
    ['DT_UINT8', [0, 255, 1, 2]],
    ['DT_INT16', [-32768, 32767, 0, 1]],
    ['DT_UINT16', [0, 65535, 1, 2]],
    ['DT_INT32', [-2147483648, 2147483647, 0, 1]],
    ['DT_UINT32', [0, 4294967295, 1, 2]],
    ['DT_DOUBLE', [0.1, 1e300, -5e-324, 0]],
    ['DT_STRING', ['', 'grün', 'c', '"']],
  ] as const)('%s goes in and comes out', async (dtype, data) => {
    const input = { name: 'in', datatype: DATATYPES[dtype], shape: [2, 2], data };
    const { json } = await infer('mirror', { parameters: { signature_name: dtype }, inputs: [input] });
    expect(json.outputs).toEqual([{ name: 'out', datatype: DATATYPES[dtype], shape: [2, 2], data }]);
  });

  it.each([
    ['DT_INT64', 'INT64', '[9223372036854775807,-9223372036854775808,9007199254740993,1]'],
    ['DT_UINT64', 'UINT64', '[18446744073709551615,0,9007199254740993,1]'],
  ])('%s keeps all its digits', async (signature, datatype, data) => {
    const text = `{"parameters":{"signature_name":"${signature}"},"inputs":[{"name":"in","datatype":"${datatype}","shape":[2,2],"data":${data}}]}`;
    const path = '/v2/models/mirror/infer';
    const server = { predictor: fixture.predictor, isReady: () => true, version: '' };
    const { body } = await answerOpenInference(server, { method: 'POST', path, body: Buffer.from(text) });
    expect(String(body)).toContain(`"data":${data}`);
  });

  it('compressed bodies', async () => {
    const body = JSON.stringify({ inputs: [fp32('x', [1, 1], [1])] });
    for (const [contentEncoding, bytes] of [
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['identity', Buffer.from(body)],
    ] as const) {
      expect((await infer('half', bytes, { contentEncoding })).json.outputs[0].data).toEqual([2.5]);
    }
  });

  it('keys that are no ordinary names', async () => {
    const text =
      '{"__proto__":{"id":5},"parameters":{"__proto__":"x","constructor":1},"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[1]}]}';
    expect((await infer('half', text)).json.outputs[0].data).toEqual([2.5]);
  });
});

describe('inference with raw tensors', () => {
  const raw = (head: object, ...tensors: Buffer[]) => {
    const json = Buffer.from(JSON.stringify(head));
    return { body: Buffer.concat([json, ...tensors]), headerLength: String(json.length) };
  };
  const input = (size: number, shape: number[], more: object = {}) => ({
    ...{ name: 'x', datatype: 'FP32', shape, parameters: { binary_data_size: size }, ...more },
  });

  it('in, and JSON out', async () => {
    const { body, headerLength } = raw({ inputs: [input(8, [2, 1])] }, little(1, 2));
    expect((await infer('half', body, { headerLength })).json.outputs[0].data).toEqual([2.5, 3]);
  });

  it.each([
    ['one output', { outputs: [{ name: 'y', parameters: { binary_data: true } }] }],
    ['all outputs', { parameters: { binary_data_output: true } }],
  ])('in and out: %s', async (_, more) => {
    const { body, headerLength } = raw({ ...more, inputs: [input(8, [2, 1])] }, little(1, 2));
    const { headers, json, raw: bytes } = await infer('half', body, { headerLength });
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(json.outputs).toEqual([{ name: 'y', datatype: 'FP32', shape: [2, 1], parameters: { binary_data_size: 8 } }]);
    expect(bytes).toEqual(little(2.5, 3));
  });

  it('some outputs raw, others not', async () => {
    const { body, headerLength } = raw(
      {
        parameters: { signature_name: 'both', binary_data_output: true },
        inputs: [input(4, [1, 1])],
        outputs: [{ name: 'y', parameters: { binary_data: false } }, { name: 'y3' }],
      },
      little(1),
    );
    const { json, raw: bytes } = await infer('half', body, { headerLength });
    expect(json.outputs[0]).toEqual({ name: 'y', datatype: 'FP32', shape: [1, 1], data: [2.5] });
    expect(json.outputs[1].parameters).toEqual({ binary_data_size: 4 });
    expect(bytes).toEqual(little(3.5));
  });

  it('types that JSON cannot hold', async () => {
    for (const [dtype, bytes] of [
      ['DT_HALF', Buffer.from([0, 0x3c, 0, 0xbc])],
      ['DT_FLOAT', little(Number.NaN, Number.POSITIVE_INFINITY)],
    ] as const) {
      const tensor = input(bytes.length, [1, 2], { name: 'in', datatype: DATATYPES[dtype] });
      const parameters = { signature_name: dtype, binary_data_output: true };
      const { body, headerLength } = raw({ parameters, inputs: [tensor] }, bytes);
      expect((await infer('mirror', body, { headerLength })).raw).toEqual(bytes);
      const plain = raw({ parameters: { signature_name: dtype }, inputs: [tensor] }, bytes);
      const { status, json } = await infer('mirror', plain.body, { headerLength: plain.headerLength });
      expect([status, json.error]).toEqual([400, expect.stringContaining('binary_data')]);
    }
  });

  it('pictures, and texts out', async () => {
    const png = await greyPng(pixels, 2);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(png.length);
    const { body, headerLength } = raw(
      {
        inputs: [
          {
            name: 'image_bytes_string',
            datatype: 'BYTES',
            shape: [1],
            parameters: { binary_data_size: png.length + 4 },
          },
        ],
        outputs: [{ name: 'output_0', parameters: { classification: 2, binary_data: true } }],
      },
      length,
      png,
    );
    const { json, raw: bytes } = await infer('digits', body, { headerLength });
    expect(json.outputs[0]).toMatchObject({ datatype: 'BYTES', shape: [1, 2] });
    expect(bytes.subarray(4).toString('latin1')).toMatch(/^0\.\d{6}:2:2.{4}0\.\d{6}:1:1$/s);
  });

  it('a body that is nothing but a tensor', async () => {
    const { json, raw: bytes } = await infer('half', little(1, 2, 5), { headerLength: '0' });
    expect(json.outputs[0]).toMatchObject({ shape: [3, 1], parameters: { binary_data_size: 12 } });
    expect(bytes).toEqual(little(2.5, 3, 4.5));
    const path = '/v2/models/digits/infer?signature_name=serving_bytes';
    const picture = await send('POST', path, await greyPng(pixels, 2), { headerLength: '0' });
    expect(new Float32Array(new Uint8Array(picture.raw).buffer)[2]).toBeCloseTo(expected[2], 5);
    const { status, json: refused } = await infer('half', Buffer.alloc(5), { headerLength: '0' });
    expect([status, refused.error]).toEqual([400, expect.stringContaining('5 bytes')]);
  });

  it.each([
    ['too few bytes', { inputs: [input(8, [2, 1])] }, little(1), /binary_data_size is 8, but 4 bytes/],
    ['a size that is not the shape', { inputs: [input(4, [2, 1])] }, little(1), /4 bytes of raw data.*make 8/],
    ['bytes that belong to nothing', { inputs: [input(4, [1, 1])] }, little(1, 2), /4 bytes behind the JSON/],
    ['both forms', { inputs: [input(4, [1, 1], { data: [1] })] }, little(1), /both 'data' and/],
    ['a negative size', { inputs: [input(-4, [1, 1])] }, little(1), /binary_data_size is -4/],
    ['texts that are cut', { inputs: [input(4, [1], { datatype: 'BYTES' })] }, little(1), /element 0/],
    ['too many texts', { inputs: [input(4, [0], { datatype: 'BYTES' })] }, Buffer.alloc(4), /more than 0/],
  ])('%s', async (_, head, bytes, error) => {
    const { body, headerLength } = raw(head, bytes);
    const { status, json } = await infer('half', body, { headerLength });
    expect([status, json.error]).toEqual([400, expect.stringMatching(error)]);
  });

  it.each(['x', '-1', '999', '1.5', '1e3'])('a header length of %s', async (headerLength) => {
    expect(await infer('half', '{}', { headerLength })).toMatchObject({ status: 400 });
  });
});

describe('classification', () => {
  it('gives the best classes of each row, with value, index and label', async () => {
    const inputs = [fp32('input_tensor', [2, 2, 2, 1], [...pixels, 0, 0, 0, 0])];
    const outputs = [{ name: 'output_0', parameters: { classification: 2 } }];
    const { json } = await infer('digits', { inputs, outputs });
    const [first, second] = [2, 1].map((index) => `${expected[index].toFixed(6)}:${index}:${index}`);
    expect(json.outputs[0]).toMatchObject({ datatype: 'BYTES', shape: [2, 2] });
    expect(json.outputs[0].data.slice(0, 2)).toEqual([first, second]);
  });

  it('of a model without labels; more than there are', async () => {
    const outputs = [{ name: 'y', parameters: { classification: 5 } }];
    const { json } = await infer('half', { inputs: [fp32('x', [2, 1], [1, 2])], outputs });
    expect(json.outputs[0]).toMatchObject({ shape: [2, 1], data: ['2.500000:0', '3.000000:0'] });
  });
});

describe('what is refused', () => {
  const x = fp32('x', [1, 1], [1]);
  it.each([
    ['no body', '', /failed to parse/],
    ['no JSON', '{"inputs":[', /failed to parse/],
    ['NaN', '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[NaN]}]}', /failed to parse/],
    ['more behind the JSON', '{"inputs":[]} x', /failed to parse/],
    ['no object', '[]', 'the request must be an object'],
    ['no inputs', {}, "'inputs' must be a list"],
    [
      'inputs of nothing',
      { inputs: [] },
      /expected 1 inputs but got 0 inputs for model 'half'. Missing required input\(s\): x/,
    ],
    ['an input without a name', { inputs: [{}] }, "input 0 has no 'name'"],
    ['an input that is none', { inputs: [null] }, 'input 0 must be an object'],
    ['no datatype', { inputs: [{ name: 'x' }] }, "input 'x' has no 'datatype'"],
    ['a datatype that is none', { inputs: [{ ...x, datatype: 'FP31' }] }, "input 'x' has the unknown datatype 'FP31'"],
    [
      'another datatype',
      { inputs: [{ ...x, datatype: 'INT32' }] },
      "inference input 'x' data-type is 'INT32', but model 'half' expects 'FP32'",
    ],
    ['no shape', { inputs: [{ ...x, shape: undefined }] }, /'shape' must be a list/],
    ['a shape of texts', { inputs: [{ ...x, shape: ['1'] }] }, /'shape' must be a list of whole numbers/],
    ['a negative shape', { inputs: [{ ...x, shape: [-1, 1] }] }, /negative size/],
    ['a shape without end', { inputs: [{ ...x, shape: [2 ** 40, 2 ** 40] }] }, /more than 1024 MiB/],
    ['too little data', { inputs: [fp32('x', [2, 1], [1])] }, "input 'x' has 1 elements, but its shape makes 2"],
    [
      'too much data',
      { inputs: [fp32('x', [1, 1], [1, 2, 3])] },
      "input 'x' has more than 1 elements, but its shape makes 1",
    ],
    ['no data', { inputs: [{ ...x, data: undefined }] }, "input 'x' has no 'data'"],
    ['data that is no list', { inputs: [{ ...x, data: 1 }] }, /'data' must be a list/],
    ['texts as numbers', { inputs: [fp32('x', [1, 1], ['1'])] }, `input 'x': "1" is no FP32`],
    ['null as a number', { inputs: [fp32('x', [1, 1], [null])] }, "input 'x': null is no FP32"],
    ['an object as a number', { inputs: [fp32('x', [1, 1], [{}])] }, "input 'x': an object is no FP32"],
    ['FP16 as numbers', { inputs: [{ ...x, datatype: 'FP16' }] }, /only binary data can hold/],
    ['an input twice', { inputs: [x, x] }, "input 'x' comes twice"],
    [
      'another input',
      { inputs: [fp32('z', [1, 1], [1])] },
      "unexpected inference input 'z' for model 'half', expected are: x",
    ],
    [
      'another output',
      { inputs: [x], outputs: [{ name: 'z' }] },
      "unexpected inference output 'z' for model 'half', there are: y",
    ],
    [
      'an output twice',
      { inputs: [x], outputs: [{ name: 'y' }, { name: 'y' }] },
      "inference output 'y' is asked for twice",
    ],
    ['an output without a name', { inputs: [x], outputs: [{}] }, "output 0 has no 'name'"],
    ['an id that is none', { inputs: [x], id: 5 }, "'id' must be a text"],
    ['parameters that are none', { inputs: [x], parameters: { a: [] } }, /parameter 'a' of the request must be/],
    [
      'classes that are none',
      { inputs: [x], outputs: [{ name: 'y', parameters: { classification: 1.5 } }] },
      /'classification' must be/,
    ],
    [
      'another signature',
      { inputs: [x], parameters: { signature_name: '__proto__' } },
      "model 'half' has no signature '__proto__'",
    ],
  ])('%s', async (_, body, error) => {
    const { status, json } = await infer('half', body);
    expect([status, json.error]).toEqual([400, typeof error === 'string' ? error : expect.stringMatching(error)]);
  });

  it.each([
    ['DT_INT8', '128'],
    ['DT_UINT8', '-1'],
    ['DT_INT32', '1.5'],
    ['DT_INT64', '9223372036854775808'],
    ['DT_UINT64', '-1'],
    ['DT_INT64', '1.5'],
    ['DT_BOOL', '2'],
    ['DT_STRING', '1'],
    ['DT_DOUBLE', '"1"'],
  ] as const)('%s of %s', async (dtype, number) => {
    const text = `{"parameters":{"signature_name":"${dtype}"},"inputs":[{"name":"in","datatype":"${DATATYPES[dtype]}","shape":[1,2],"data":[0,${number}]}]}`;
    const given =
      dtype === 'DT_BOOL' || dtype === 'DT_STRING'
        ? text.replace('[0,', dtype === 'DT_BOOL' ? '[true,' : '["",')
        : text;
    const { status, json } = await infer('mirror', given);
    expect([status, json.error]).toEqual([400, expect.stringContaining(`is no ${DATATYPES[dtype]}`)]);
  });

  it('another shape', async () => {
    const { status, json } = await infer('digits', { inputs: [fp32('input_tensor', [1, 3, 2, 1], Array(6).fill(0))] });
    expect([status, json.error]).toEqual([400, expect.stringContaining('[-1,2,2,1]')]);
  });

  it('compressed bodies that are none, or of another kind', async () => {
    expect(await infer('half', 'x', { contentEncoding: 'gzip' })).toMatchObject({ status: 400 });
    expect(await infer('half', 'x', { contentEncoding: 'br' })).toMatchObject({ status: 501 });
    const bomb = gzipSync(Buffer.alloc(101 * 1024 * 1024));
    expect(await infer('half', bomb, { contentEncoding: 'gzip' })).toMatchObject({ status: 400 });
  });

  it('lists in lists without end', async () => {
    const deep = `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`;
    expect(await infer('half', deep)).toMatchObject({ status: 400 });
    const wide = `{"inputs":${JSON.stringify(Array(4_000_001).fill([]))}}`;
    expect((await infer('half', wide)).json.error).toMatch(/more than 4000000 lists/);
  });
});
