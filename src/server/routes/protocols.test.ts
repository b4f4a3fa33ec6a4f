import { type AddressInfo, connect } from 'node:net';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../contracts/index.ts';
import { tinyModel } from '../../registry/testing/tiny-model.ts';
import { openServer, type ServerFixture } from '../testing/server-fixture.ts';
import { modelNameFor } from './nitric.ts';

let fixture: ServerFixture;
beforeAll(async () => {
  fixture = await openServer({ maxRequestBytes: 100_000, trustedOrigins: ['https://pictor.example.org'] });
});
afterAll(() => fixture.close());

const send = (options: InjectOptions) => fixture.app.inject(options);
const post = (url: string, payload: InjectOptions['payload'], headers = {}) =>
  send({ method: 'POST', url, payload, headers });

describe("Nitric's site", () => {
  const dataset_url = 'http://example.org/files/flower_photos.tgz';

  it.each([
    ['/train/', 'application/json'],
    ['/train', 'text/plain;charset=UTF-8'],
    ['/train/', undefined],
    ['/train', 'application/x-www-form-urlencoded'],
  ])('starts a training at %s with content type %s', async (url, type) => {
    const response = await post(url, JSON.stringify({ dataset_url }), type ? { 'content-type': type } : {});
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    const run = await fixture.services.runs.get(response.body);
    expect(run).toMatchObject({ name: 'flower_photos', state: 'queued' });
    expect(run.request).toEqual({
      dataset: { kind: 'url', url: dataset_url },
      name: 'flower_photos',
      model: 'nitric-cnn',
      epochs: 10,
    });
  });

  it('takes a name, a preset and epochs', async () => {
    const body = { dataset_url: 'sample:digits', name: 'mine', model: 'tfaas-mnist', epochs: 2 };
    const { body: id } = await post('/train/', body);
    expect((await fixture.services.runs.get(id)).request).toMatchObject({
      name: 'mine',
      model: 'tfaas-mnist',
      epochs: 2,
    });
  });

  it('names models after archives', () => {
    expect(modelNameFor('http://x.org/a/flower_photos.tar.gz?x=1#y')).toBe('flower_photos');
    expect(modelNameFor('http://x.org/a%20b/my%20caf%C3%A9%20photos!.zip')).toBe('my-caf-photos');
    expect(modelNameFor('http://x.org/')).toBe('model');
    expect(modelNameFor('http://x.org/..tgz')).toBe('model');
    expect(modelNameFor('sample:digits')).toBe('digits');
  });

  it.each([
    ['', 'invalid_json'],
    ['{', 'invalid_json'],
    ['[]', 'invalid_json'],
    ['{}', 'invalid_request'],
    ['{"dataset_url":""}', 'invalid_request'],
    ['{"dataset_url":7}', 'invalid_request'],
    ['{"dataset_url":"/etc"}', 'local_source_refused'],
    ['{"dataset_url":"nonsense"}', 'dataset_not_found'],
    ['{"dataset_url":"ftp://x/y.zip"}', 'url_invalid'],
    ['{"dataset_url":"http://x/y.zip","epochs":"many"}', 'invalid_request'],
    ['{"dataset_url":"http://x/y.zip","name":"../x"}', 'model_name_invalid'],
  ])('refuses %j', async (payload, code) => {
    const response = await post('/train/', payload);
    expect(response.json().error.code).toBe(code);
    expect(response.statusCode).toBeGreaterThanOrEqual(400);
    expect(response.statusCode).toBeLessThan(500);
  });

  it('tells how far a run is', async () => {
    const { body: id } = await post('/train/', { dataset_url: 'sample:digits' });
    const status = async () => {
      const response = await post('/status/', JSON.stringify({ id }));
      expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
      return JSON.parse(response.body);
    };
    expect(await status()).toEqual({
      update: 'Training Pending...',
      state: 'queued',
      done: false,
      updates: ['Training Pending...'],
    });
    const store = fixture.platform.keyValue<RunRecord>('runs');
    const run = await fixture.services.runs.get(id);
    const past = new Date(Date.now() - 60_000).toISOString();
    const error = { code: 'archive_corrupt', message: 'The archive ends early.', fix: 'Download it again.' };
    await store.put(id, {
      ...run,
      state: 'failed',
      createdAt: past,
      finishedAt: past,
      milestones: [{ name: 'submitted', at: past }],
      error,
    });
    expect(await status()).toMatchObject({
      update: 'Training Failed! The archive ends early. Download it again.',
      state: 'failed',
      done: true,
    });
    const unknown = await post('/status', { id: 'nothing' });
    expect([unknown.statusCode, unknown.json().error.code]).toEqual([404, 'run_not_found']);
    expect((await post('/status/', {})).json().error.code).toBe('invalid_request');
  });
});

describe("Minishift's predict", () => {
  it('says that the model is being trained, then answers', async () => {
    const pixels = [0, 50, 100, 255];
    expect((await post('/predict', { data: pixels })).json().error.code).toBe('model_not_found');
    const run = await fixture.services.runs.submit({ dataset: { kind: 'sample', name: 'digits' }, name: 'digits' });
    const early = await post('/predict', { data: pixels });
    expect([early.statusCode, early.json().error.code]).toEqual([503, 'model_not_ready']);
    expect(Number(early.headers['retry-after'])).toBeGreaterThan(0);
    await fixture.services.runs.cancel(run.id);
    await fixture.services.registry.publish(tinyModel(), { name: 'digits' });
    for (const data of [
      pixels,
      [
        [0, 50],
        [100, 255],
      ],
      [
        [
          [[0], [50]],
          [[100], [255]],
        ],
      ],
    ]) {
      expect((await post('/predict', JSON.stringify({ data }))).json()).toEqual({ prediction: 2 });
    }
    const short = await post('/predict', { data: [1, 2, 3] });
    expect([short.statusCode, short.json().error.code]).toEqual([400, 'pixels_invalid']);
    expect(short.json().error.message).toMatch(/3 numbers.*4/);
    for (const bad of ['{"data":[0,0,0,1e999]}', '{"data":[0,0,0,-1]}', '{"data":[0,0,0,"1"]}', '{"data":"x"}']) {
      expect((await post('/predict', bad)).json().error.code).toBe('pixels_invalid');
    }
    expect((await post('/predict', '{')).json().error.code).toBe('invalid_json');
    expect((await post('/predict', '[]')).json().error.code).toBe('invalid_request');
    expect((await post('/predict', 'x'.repeat(100_001))).json().error.code).toBe('body_too_large');
  });

  it('gives labels that are no numbers as text', async () => {
    await fixture.services.registry.publish(tinyModel({ labels: ['cat', 'dog', '<b>'] }), { name: 'digits' });
    const store = async () => (await post('/predict', { data: [0, 0, 0, 0] })).json();
    let answer = await store();
    while (answer.prediction === 2) answer = await store();
    expect(answer).toEqual({ prediction: '<b>' });
  });
});

describe("TensorFlow Serving's interface", () => {
  const instances = [
    [
      [[0], [50]],
      [[100], [255]],
    ],
  ];
  it.each(['app', 'restApp'] as const)('is on the %s', async (listener) => {
    await fixture.services.registry.publish(tinyModel(), { name: 'tiny' });
    const app = fixture[listener];
    const ask = (url: string, payload: object | string = { instances }, headers = {}) =>
      app.inject({ method: 'POST', url, payload, headers });
    const answer = await ask('/v1/models/tiny:predict');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json().predictions[0]).toHaveLength(3);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await ask('/v1/models/tiny:predict', JSON.stringify({ instances }), form)).statusCode).toBe(200);
    expect((await ask('/V1/Models/tiny:predict')).statusCode).toBe(200);
    expect((await ask('/v1/models/tiny:predict?x=y')).json()).toEqual({
      error: 'Malformed request: POST /v1/models/tiny:predict?x=y',
    });
    const { model_version_status: versions } = (await app.inject({ url: '/v1/models/tiny' })).json();
    // The newest may still be on its way.
    expect(versions.map(({ state }: { state: string }) => state)).toContain('AVAILABLE');
    expect((await app.inject({ url: '/v1/models/%zz%2e' })).json()).toEqual({
      error: 'Could not find any versions of model %zz.',
    });
    expect((await app.inject({ method: 'PUT', url: '/v1/models/tiny' })).json()).toEqual({
      error: 'Malformed request: PUT /v1/models/tiny',
    });
    const large = await ask('/v1/models/tiny:predict', 'x'.repeat(100_001));
    expect([large.statusCode, large.json()]).toEqual([413, { error: expect.any(String) }]);
  });

  it('is alone on its own port', async () => {
    const missing = await fixture.restApp.inject({ url: '/api/v1/models' });
    expect([missing.statusCode, missing.headers['content-type']]).toEqual([404, expect.stringMatching('text/html')]);
    expect((await fixture.restApp.inject({ url: '/healthz' })).statusCode).toBe(404);
  });
});

describe('pages of other sites', () => {
  const train = { dataset_url: 'sample:digits' };
  const own = { host: 'localhost:8080' };
  it.each<[string, Record<string, string>, boolean]>([
    ['a program', {}, true],
    ['our page', { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }, true],
    ['our page by number', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }, true],
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, false],
    ['a file or sandbox', { origin: 'null' }, false],
    ['another port', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }, false],
    ['an old browser elsewhere', { 'sec-fetch-site': 'cross-site' }, false],
    ['a foreign name for this machine', { host: 'evil.example:8080', origin: 'http://evil.example:8080' }, false],
    ['nonsense', { origin: 'http://', host: '' }, false],
  ])('%s', async (_who, headers, allowed) => {
    for (const url of ['/train/', '/api/v1/runs', '/api/v1/datasets', '/v1/models/x:predict']) {
      const response = await post(url, url === '/train/' ? train : {}, { ...own, ...headers });
      const refused = response.statusCode === 403 && /may not change/.test(response.body);
      expect([url, refused]).toEqual([url, !allowed]);
    }
    expect((await send({ url: '/api/v1/models', headers: { ...own, ...headers } })).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  });

  it.each<[string, boolean]>([
    ['localhost:8080', true],
    ['studio.localhost', true],
    ['127.0.0.1:8080', true],
    ['[::1]:8080', true],
    ['192.168.1.20:8080', true],
    ['pictor.example.org', true],
    ['evil.example:8080', false],
    ['localhost.evil.example', false],
    ['a b', false],
  ])('under a name that leads here: %s', async (host, allowed) => {
    for (const { app, url } of [
      { app: fixture.app, url: '/api/v1/models' },
      { app: fixture.app, url: '/' },
      { app: fixture.restApp, url: '/v1/models/x' },
    ]) {
      const response = await app.inject({ url, headers: { host } });
      expect([url, response.statusCode === 403]).toEqual([url, !allowed]);
    }
    const changing = await fixture.app.inject({ method: 'DELETE', url: '/api/v1/models/x', headers: { host } });
    expect(changing.json().error.code).toBe(allowed ? 'model_not_found' : 'host_refused');
  });
});

it('answers what is no request, and a head without end', async () => {
  const port = await listening();
  const broken = await exchange(port, 'EHLO\r\n\r\n');
  expect(broken).toMatch(/^HTTP\/1\.1 400 /);
  expect(JSON.parse(broken.split('\r\n\r\n')[1])).toMatchObject({ error: { code: 'invalid_request' } });
  const long = await exchange(port, `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`);
  expect(long).toMatch(/^HTTP\/1\.1 431 /);
  expect(long).toContain('16 KiB');
});

async function listening(): Promise<number> {
  await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  return (fixture.app.server.address() as AddressInfo).port;
}

/** All that comes back for these bytes. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}
