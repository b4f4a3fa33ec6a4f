import { readFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf, tfaas } from '../../proto/index.ts';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import { greyPng } from '../../serving/testing/serving-fixture.ts';
import { form } from '../testing/form.ts';
import { openServer, type ServerFixture } from '../testing/server-fixture.ts';

const PIXELS = [0, 50, 100, 255];
const EXPECTED = tinyProbabilities(PIXELS, [0, 1, 2]).map((value) => expect.closeTo(value, 5));
/** `protoc --encode=tfaaspb.Row` of keys a and b, the four pixels, model tiny. */
const GOLDEN_ROW = '0a01610a0162121000000000000048420000c84200007f431a0474696e79';
/** `protoc --encode=tfaaspb.Predictions` of cat 0.25, and 0.75 without a label. */
const GOLDEN_PREDICTIONS = '0a0a0a03636174150000803e0a05150000403f';

let fixture: ServerFixture;
let png: Buffer;
beforeAll(async () => {
  fixture = await openServer({
    maxRequestBytes: 100_000,
    maxUploadBytes: 50_000,
    defaultModel: 'tiny',
    tfaasRate: 'none',
  });
  png = await greyPng(PIXELS, 2);
  await fixture.services.registry.publish(tinyModel(), { name: 'tiny' });
});
afterAll(() => fixture.close());

const send = async (method: InjectOptions['method'], url: string, options: object = {}) => {
  const response = await fixture.app.inject({ method, url, ...options } as InjectOptions);
  const isJson = response.headers['content-type']?.toString().startsWith('application/json');
  return { status: response.statusCode, body: isJson ? response.json() : response.body, raw: response.rawPayload };
};
const post = (url: string, options: object) => send('POST', url, options);
const imageForm = (model?: string, content: Buffer | string = png) =>
  form([
    { name: 'image', fileName: 'x.png', content },
    ...(model === undefined ? [] : [{ name: 'model', content: model }]),
  ]);

describe('predictions', () => {
  it.each(['/predict/image', '/image'])('of a picture at %s', async (url) => {
    expect(await post(url, imageForm('tiny'))).toMatchObject({ status: 200, body: EXPECTED });
    // Without a model, the server's own default: never what somebody else used before.
    expect(await post(url, imageForm())).toMatchObject({ status: 200, body: EXPECTED });
  });

  it.each(['/predict/json', '/json'])('of a row at %s', async (url) => {
    const row = { keys: ['a', 'b', 'c', 'd'], values: PIXELS };
    for (const body of [{ ...row, model: 'tiny' }, { ...row, name: 'tiny' }, row]) {
      expect(await post(url, { payload: body })).toMatchObject({ status: 200, body: EXPECTED });
    }
    const untyped = { payload: JSON.stringify({ ...row, model: 'tiny' }), headers: { 'content-type': 'text/plain' } };
    expect(await post(url, untyped)).toMatchObject({ status: 200, body: EXPECTED });
  });

  it.each(['/predict/proto', '/proto'])('of a message at %s', async (url) => {
    const headers = { 'content-type': 'application/octet-stream' };
    const { status, raw } = await post(url, { payload: Buffer.from(GOLDEN_ROW, 'hex'), headers });
    expect(status).toBe(200);
    const { prediction } = fromBinary(tfaas.PredictionsSchema, raw);
    expect(prediction.map(({ label }) => label)).toEqual(['0', '1', '2']);
    expect(prediction.map(({ probability }) => probability)).toEqual(EXPECTED);
  });

  it('whose messages are those of other encoders', () => {
    const row = create(tfaas.RowSchema, { key: ['a', 'b'], value: PIXELS, model: 'tiny' });
    expect(Buffer.from(toBinary(tfaas.RowSchema, row)).toString('hex')).toBe(GOLDEN_ROW);
    const prediction = [{ label: 'cat', probability: 0.25 }, { probability: 0.75 }];
    const answer = create(tfaas.PredictionsSchema, { prediction });
    expect(Buffer.from(toBinary(tfaas.PredictionsSchema, answer)).toString('hex')).toBe(GOLDEN_PREDICTIONS);
  });

  it.each<[string, () => object, number, RegExp]>([
    ['/predict/image', () => form([{ name: 'model', content: 'tiny' }]), 400, /does not provide image/],
    ['/predict/image', () => ({ payload: {} }), 400, /no form/],
    ['/predict/image', () => imageForm('nothing'), 404, /no model "nothing"/],
    ['/predict/image', () => imageForm('../../etc'), 404, /no model/],
    ['/predict/image', () => imageForm('tiny', 'no picture'), 400, /no picture/],
    ['/predict/image', () => imageForm('tiny', Buffer.alloc(100_001)), 413, /too large|more than/],
    ['/predict/json', () => ({ payload: '{' }), 400, /unable to unmarshal Row/],
    ['/predict/json', () => ({ payload: '[]' }), 400, /unable to unmarshal Row/],
    ['/predict/json', () => ({}), 400, /unable to unmarshal Row/],
    ['/predict/json', () => ({ payload: { values: 'x' } }), 400, /no list "values"/],
    ['/predict/json', () => ({ payload: { values: [1, '2'] } }), 400, /value 1 is no number/],
    ['/predict/json', () => ({ payload: { values: [1], model: 7 } }), 400, /"model" is no text/],
    ['/predict/json', () => ({ payload: { values: [1, 2, 3] } }), 400, /3 values came, but the input of "tiny" has 4/],
    ['/predict/json', () => ({ payload: { values: PIXELS, model: 'nothing' } }), 404, /no model "nothing"/],
    ['/predict/json', () => ({ payload: 'x'.repeat(100_001) }), 413, /more than|too large/],
    ['/predict/proto', () => ({ payload: Buffer.from([0xff, 0xff]) }), 400, /unable to unmarshal Row/],
  ])('that cannot be made at %s', async (url, options, status, error) => {
    const asked = await post(url, options());
    expect(asked).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
    expect(Object.keys(asked.body)).toEqual(['error']);
  });
});

describe('models', () => {
  it('are told by their parameters', async () => {
    const { body } = await send('GET', '/models');
    expect(body).toEqual([
      {
        name: 'tiny',
        model: 'saved_model.pb',
        labels: 'labels.txt',
        options: [],
        input_name: 'serving_default_input_tensor',
        output_name: 'StatefulPartitionedCall',
        input_node: 'serving_default_input_tensor',
        output_node: 'StatefulPartitionedCall:0',
        img_channels: 1,
        description: 'Version 1 (tiny)',
        timestamp: expect.stringMatching(/^\d{4}-/),
      },
    ]);
    expect((await send('GET', '/params/tiny')).body).toEqual(body[0]);
    expect((await send('GET', '/params')).body).toEqual(body[0]);
    expect(await send('GET', '/params/nothing')).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching(/no model/) },
    });
  });

  it.each<[string, object]>([
    ['/delete/doomed', {}],
    ['/delete?model=doomed', {}],
    ['/delete', form([{ name: 'model', content: 'doomed' }])],
  ])('are deleted at %s', async (url, options) => {
    await fixture.services.registry.publish(tinyModel(), { name: 'doomed' });
    expect(await send('DELETE', url, options)).toMatchObject({ status: 200, body: '' });
    expect(await send('DELETE', url, options)).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching(/no model "doomed"/) },
    });
    // It is gone for predictions, too.
    await fixture.services.registry.refresh();
    expect((await post('/predict/image', imageForm('doomed'))).status).toBe(404);
  });

  it('are not deleted without a name, or by a path', async () => {
    expect(await send('DELETE', '/delete')).toMatchObject({
      status: 400,
      body: { error: 'no model name is provided' },
    });
    expect((await send('DELETE', '/delete/..%2ftiny')).status).toBe(404);
    expect((await send('GET', '/models')).body).toHaveLength(1);
  });
});

/** Made by TensorFlow: scripts/tensorflow-models.py. */
const FROZEN = new URL('../../formats/tensorflow/read/testing/fixtures/', import.meta.url);

describe('uploads of a form', () => {
  const saved = readFileSync(new URL('frozen/saved_model.pb', FROZEN));
  const graph = Buffer.from(
    toBinary(tf.GraphDefSchema, fromBinary(tf.SavedModelSchema, saved).metaGraphs[0].graphDef as tf.GraphDef),
  );
  const { pixels, frozen } = JSON.parse(readFileSync(new URL('answers.json', FROZEN), 'utf8'));
  const nodes = { input_node: 'pixels', output_node: 'probabilities:0' };
  const labels = { name: 'labels', fileName: 'labels.txt', content: 'cat\ndog\nbird\n' };
  const parts = (model: Buffer | string, params: object, name = 'frozen') => [
    { name: 'name', content: name },
    { name: 'params', fileName: 'params.json', content: JSON.stringify({ name, ...params }) },
    { name: 'model', fileName: '../../tf_model.pb', content: model },
    labels,
  ];

  it.each<[string, () => object]>([
    ['a frozen graph', () => form(parts(graph, { model: 'tf_model.pb', ...nodes }))],
    ['a SavedModel', () => form(parts(saved, { input_node: 'x', output_node: 'y' }))],
    [
      'a graph as base64',
      () => {
        const { headers, payload } = form(
          parts(graph.toString('base64'), { inputNode: 'pixels', outputNode: 'probabilities' }),
        );
        return { payload, headers: { ...headers, 'content-encoding': 'base64' } };
      },
    ],
  ])('with %s answer as TensorFlow', async (_what, upload) => {
    expect(await post('/upload', upload())).toEqual({ status: 200, body: '', raw: Buffer.alloc(0) });
    expect((await send('GET', '/params/frozen')).body).toMatchObject({ name: 'frozen', img_channels: 1 });
    const row = { values: pixels[0].flat(9), model: 'frozen' };
    const expected = frozen[0].map((value: number) => expect.closeTo(value, 5));
    expect(await post('/predict/json', { payload: row })).toMatchObject({ status: 200, body: expected });
    const message = Buffer.from(
      toBinary(tfaas.RowSchema, create(tfaas.RowSchema, { value: row.values, model: 'frozen' })),
    );
    const { raw } = await post('/predict/proto', { payload: message });
    const { prediction } = fromBinary(tfaas.PredictionsSchema, raw);
    expect(prediction.map(({ label }) => label)).toEqual(['cat', 'dog', 'bird']);
    expect((await send('DELETE', '/delete/frozen')).status).toBe(200);
  });

  it.each<[string, () => object, number, RegExp]>([
    ['no name', () => form(parts(graph, nodes).slice(1)), 400, /does not provide name/],
    ['no labels', () => form(parts(graph, nodes).slice(0, 3)), 400, /does not provide labels/],
    [
      'another name in its parameters',
      () => form(parts(graph, { ...nodes, name: 'x' })),
      400,
      /mismatch of mkey=frozen/,
    ],
    ['a name that leads out', () => form(parts(graph, nodes, '../x')), 400, /name/],
    ['no such operator', () => form(parts(graph, { ...nodes, output_node: 'x' })), 400, /no operator "x"/],
    ['a graph that is cut off', () => form(parts(graph.subarray(0, 200), nodes)), 400, /cut off|no graph/],
    ['an empty model', () => form(parts('', nodes)), 400, /empty/],
    ['no model at all', () => form(parts('nonsense', nodes)), 422, /saved_model|model/],
  ])('with %s leave nothing', async (_what, upload, status, error) => {
    expect(await post('/upload', upload())).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
    expect((await send('GET', '/models')).body).toHaveLength(1);
  });
});

describe('the machine', () => {
  it('is told with the names of the original', async () => {
    const { body } = await send('GET', '/status');
    expect(Object.keys(body)).toEqual(['NGo', 'Memory', 'Load', 'CPU', 'Uptime', 'getRequests', 'postRequests']);
    expect(Object.keys(body.Memory.Virtual)).toEqual(['total', 'free', 'used', 'usedPercent']);
    expect(body.Memory.Virtual.total).toBeGreaterThan(0);
    expect(body.CPU.length).toBeGreaterThan(0);
    expect(body.getRequests).toBeGreaterThan(0);
  });

  it('gives no files away', async () => {
    for (const url of ['/data?model=/etc/passwd', '/download/tiny/pictor.json', '/netron/index.html']) {
      expect([url, (await send('GET', url)).status]).toEqual([url, 404]);
    }
  });
});

it('a rate that one address may not go over', async () => {
  const limited = await openServer({ tfaasRate: '2-H' });
  try {
    const ask = (url: string) => limited.app.inject({ url });
    const first = await ask('/models');
    expect([first.statusCode, first.json()]).toEqual([200, []]);
    expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': '1' });
    expect(first.headers).toHaveProperty('x-ratelimit-reset');
    expect((await ask('/status')).statusCode).toBe(200);
    const over = await ask('/models');
    expect([over.statusCode, over.body]).toEqual([429, 'Limit exceeded\n']);
    expect(Number(over.headers['retry-after'])).toBeGreaterThan(0);
    // The other interfaces have their own ways.
    expect((await ask('/api/v1/models')).statusCode).toBe(200);
  } finally {
    await limited.close();
  }
});
