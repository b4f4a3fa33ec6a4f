import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_TABLE } from '../../contracts/index.ts';
import { prepareDataset } from '../../dataset/index.ts';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import { greyPng } from '../../serving/testing/serving-fixture.ts';
import { form } from '../testing/form.ts';
import { openServer, type ServerFixture } from '../testing/server-fixture.ts';

let fixture: ServerFixture;
let png: Buffer;
const pixels = [0, 50, 100, 255];

beforeAll(async () => {
  fixture = await openServer({ maxUploadBytes: 100_000, maxRequestBytes: 200_000 });
  png = await greyPng(pixels, 2);
  await fixture.services.registry.publish(tinyModel({ labels: ['cat', '<b>', '🌻'] }), { name: 'pets' });
  await fixture.services.registry.publish(tinyModel(), { name: 'digits' });
});
afterAll(() => fixture.close());

const send = (method: 'GET' | 'POST' | 'DELETE', url: string, more: Omit<InjectOptions, 'method' | 'url'> = {}) =>
  fixture.app.inject({ method, url, ...more });
const post = (url: string, payload: object, headers = {}) => send('POST', url, { payload, headers });

/** Every error has a registered code, its status, a message and a fix. */
function expectError(response: Awaited<ReturnType<typeof send>>, code: keyof typeof ERROR_TABLE, message?: RegExp) {
  const { error } = response.json();
  expect(error).toMatchObject({ code, message: expect.any(String), fix: expect.any(String) });
  expect(response.statusCode).toBe(ERROR_TABLE[code].status);
  if (message) expect(error.message).toMatch(message);
}

describe('models', () => {
  it('are listed, shown and deleted', async () => {
    await fixture.services.registry.publish(tinyModel(), { name: 'gone' });
    const { models } = (await send('GET', '/api/v1/models')).json();
    expect(models.map((model: { name: string }) => model.name)).toEqual(['digits', 'gone', 'pets']);
    expect((await send('GET', '/api/v1/models/pets')).json().versions[0].labels).toEqual(['cat', '<b>', '🌻']);
    expect((await send('GET', '/api/v1/models/pets/versions/1')).json()).toMatchObject({
      format: 'pictor-model',
      version: 1,
    });
    expect((await send('DELETE', '/api/v1/models/gone/versions/1')).statusCode).toBe(204);
    expectError(await send('DELETE', '/api/v1/models/gone/versions/1'), 'model_version_not_found');
    expect((await send('DELETE', '/api/v1/models/gone')).statusCode).toBe(204);
    expectError(await send('GET', '/api/v1/models/gone'), 'model_not_found');
    expectError(await send('GET', '/api/v1/models/..%2f..%2fetc'), 'model_not_found');
    for (const version of ['one', '1.5', 'true', '0x1', '1e0', '%201', '99999999999999999999']) {
      expectError(await send('GET', `/api/v1/models/pets/versions/${version}`), 'invalid_request', /version/);
      expectError(await send('DELETE', `/api/v1/models/pets/versions/${version}`), 'invalid_request', /version/);
    }
  });
});

describe('predict', () => {
  const expected = tinyProbabilities(pixels, [0, 1, 2]);
  const check = (response: Awaited<ReturnType<typeof send>>, image: string) => {
    expect(response.statusCode).toBe(200);
    const answer = response.json();
    expect(answer).toMatchObject({ model: 'pets', version: 1, results: [{ image }] });
    expect(answer.predictions.map(({ label }: { label: string }) => label)).toEqual(['🌻', '<b>', 'cat']);
    expect(answer.predictions[0].probability).toBeCloseTo(expected[2], 5);
    expect(answer.predictions).toEqual(answer.results[0].predictions);
  };
  const url = '/api/v1/models/pets/predict';

  it.each(['image/png', 'application/octet-stream', 'application/x-www-form-urlencoded', undefined])(
    'takes a picture as a body of type %s',
    async (type) => {
      check(await send('POST', url, { payload: png, headers: type ? { 'content-type': type } : {} }), 'body');
    },
  );

  it('takes base64, data URLs and pixels as JSON', async () => {
    const b64 = png.toString('base64');
    check(await post(url, { image: { b64 } }), 'picture 1');
    check(await post(url, { image: { b64: `data:image/png;base64,${b64}` } }), 'picture 1');
    check(await post(url, { pixels }), 'pixels');
    check(
      await post('/api/v1/models/pets/versions/1/predict', {
        pixels: [
          [
            [[0], [50]],
            [[100], [255]],
          ],
        ],
      }),
      'pixels',
    );
    const { results, predictions } = (await post(url, { images: [{ b64 }, { b64 }] })).json();
    expect([results.length, predictions]).toEqual([2, undefined]);
  });

  it('takes several files of a form, and says which is which', async () => {
    const two = form([
      { name: 'file', fileName: 'a.png', content: png },
      { name: 'note', content: 'ignored' },
      { name: 'file', fileName: 'b.png', content: await greyPng([0], 1) },
    ]);
    const { results } = (await send('POST', `${url}?top=1`, two)).json();
    expect(results.map(({ image }: { image: string }) => image)).toEqual(['a.png', 'b.png']);
    expect(results.map(({ predictions }: { predictions: unknown[] }) => predictions.length)).toEqual([1, 1]);
    check(await send('POST', url, form([{ name: 'x', fileName: 'one.png', content: png }])), 'one.png');
  });

  it('shows what the model sees', async () => {
    const { default: sharp } = await import('sharp');
    const large = await greyPng(new Array(64).fill(9), 8);
    for (const [payload, headers, wanted] of [
      [large, { 'content-type': 'image/png' }, [9, 9, 9, 9]],
      [{ pixels }, {}, pixels],
    ] as const) {
      const { seen, results } = (await send('POST', `${url}?seen=1`, { payload, headers })).json();
      expect(seen).toMatch(/^data:image\/png;base64,/);
      expect(results[0].seen).toBe(seen);
      const { data, info } = await sharp(Buffer.from(seen.split(',')[1], 'base64'))
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, [...data]]).toEqual([2, 2, wanted]);
    }
  });

  it('refuses what it cannot label', async () => {
    expectError(await post(url, { pixels: [1, 2, 3] }), 'pixels_invalid', /3 numbers came, but the model has 4/);
    expectError(await post(url, { pixels: [1, 2, 3, 4, 5] }), 'pixels_invalid', /5 numbers came, but the model has 4/);
    for (const [bad, shown] of [
      ['"x"', '"x"'],
      ['null', 'null'],
      ['256', '256'],
      ['-1', '-1'],
      ['1e999', 'Infinity'],
    ]) {
      const response = await send('POST', url, {
        payload: `{"pixels":[1,2,3,${bad}]}`,
        headers: { 'content-type': 'application/json' },
      });
      expectError(response, 'pixels_invalid', new RegExp(`Pixel 3 is ${shown}`));
    }
    expectError(await post(url, { pixels: 'x' }), 'pixels_invalid');
    expectError(await post(url, { pixels, image: { b64: '' } }), 'invalid_request', /exactly one/);
    expectError(await post(url, {}), 'invalid_request', /exactly one/);
    expectError(await post(url, { picture: 1 }), 'invalid_request', /no field "picture"/);
    expectError(await post(url, { image: { b64: '!' } }), 'invalid_request', /base64/);
    expectError(await post(url, { images: new Array(65).fill('') }), 'invalid_request', /65 pictures/);
    expectError(await post(`${url}?top=0`, { pixels }), 'invalid_request', /top/);
    expectError(await post(`${url}?bottom=1`, { pixels }), 'invalid_request', /no field "bottom"/);
    expectError(
      await send('POST', url, { payload: 'text', headers: { 'content-type': 'text/plain' } }),
      'unsupported_media_type',
    );
    expectError(
      await send('POST', url, { payload: 'text', headers: { 'content-type': 'image/jpeg' } }),
      'image_invalid',
    );
    expectError(
      await send('POST', url, { headers: { 'content-type': 'image/jpeg' } }),
      'invalid_request',
      /no picture/,
    );
    expectError(await send('POST', url, form([{ name: 'x', content: 'y' }])), 'invalid_request', /no picture/);
    expectError(
      await send('POST', url, { payload: Buffer.alloc(200_001), headers: { 'content-type': 'image/jpeg' } }),
      'body_too_large',
    );
    const fields = form(Array.from({ length: 17 }, (_, i) => ({ name: `f${i}`, content: 'y' })));
    expectError(await send('POST', url, fields), 'body_too_large');
    expectError(await send('POST', '/api/v1/datasets', fields), 'body_too_large');
    const large = form([{ name: 'x', fileName: 'x', content: Buffer.alloc(200_001) }]);
    expectError(await send('POST', url, large), 'body_too_large');
    expectError(await post('/api/v1/models/nothing/predict', { pixels }), 'model_not_found');
    expectError(await post('/api/v1/models/pets/versions/9/predict', { pixels }), 'model_version_not_found');
  });
});

describe('runs', () => {
  it('are started, listed, cancelled and deleted', async () => {
    const body = {
      dataset: 'sample:digits',
      name: 'mine',
      epochs: 2,
      optimizer: 'sgd',
      momentum: 0.9,
      nesterov: true,
      weightDecay: 0.001,
      globalClipNorm: 1,
      schedule: 'cosine',
      warmupEpochs: 0.5,
      loss: 'crossEntropy',
      labelSmoothing: 0.1,
      classWeights: 'balanced',
      replicas: 2,
      testDataset: 'sample:digits',
      imageSize: [28, 28],
      channels: 1,
    };
    const started = await post('/api/v1/runs', body);
    expect(started.statusCode).toBe(202);
    const run = started.json();
    expect(run).toMatchObject({
      state: 'queued',
      name: 'mine',
      request: {
        ...body,
        dataset: { kind: 'sample', name: 'digits' },
        testDataset: { kind: 'sample', name: 'digits' },
      },
    });
    expect(started.headers.location).toBe(`/api/v1/runs/${run.id}`);
    expect((await send('GET', `/api/v1/runs/${run.id}`)).json()).toEqual(run);
    expect((await send('GET', '/api/v1/runs')).json().runs[0]).toEqual(run);
    expectError(await send('DELETE', `/api/v1/runs/${run.id}`), 'run_active');
    const cancelled = await send('POST', `/api/v1/runs/${run.id}/cancel`);
    expect(cancelled.json()).toMatchObject({ state: 'cancelled' });
    expect((await send('DELETE', `/api/v1/runs/${run.id}`)).statusCode).toBe(204);
    expectError(await send('GET', `/api/v1/runs/${run.id}`), 'run_not_found');
  });

  it("take a network of one's own as JSON", async () => {
    const { network } = tinyModel().recipe;
    const started = await post('/api/v1/runs', { dataset: 'sample:digits', name: 'own', network });
    expect([started.statusCode, started.json().request.network]).toEqual([202, network]);
    await send('POST', `/api/v1/runs/${started.json().id}/cancel`);
  });

  it('take the id of a dataset that was sent', async () => {
    const dataset = (await post('/api/v1/datasets', { source: 'sample:digits' })).json();
    const run = (await post('/api/v1/runs', { dataset: dataset.id, name: 'mine' })).json();
    expect(run.request.dataset).toEqual({ kind: 'sample', name: 'digits' });
  });

  it.each([
    [{ name: 'x' }, 'invalid_request', /dataset/],
    [{ dataset: 'sample:digits' }, 'invalid_request', /name/],
    [{ dataset: 'sample:digits', name: '../x' }, 'model_name_invalid', /x/],
    [{ dataset: 'sample:digits', name: 'DIGITS' }, 'model_name_invalid', /case/],
    [{ dataset: 'sample:digits', name: 'x', epochs: 0 }, 'invalid_request', /epochs/],
    [{ dataset: 'sample:digits', name: 'x', epochs: '5' }, 'invalid_request', /epochs/],
    [{ dataset: 'sample:digits', name: 'x', epochs: 1e9 }, 'training_option_invalid', /epochs/],
    [{ dataset: 'sample:digits', name: 'x', learningRate: 0 }, 'invalid_request', /learningRate/],
    [{ dataset: 'sample:digits', name: 'x', learningRate: 1e9 }, 'training_option_invalid', /learningRate/],
    [{ dataset: 'sample:digits', name: 'x', optimizer: 'newton' }, 'invalid_request', /one of "adam", "adamw"/],
    [{ dataset: 'sample:digits', name: 'x', schedule: 'linear' }, 'invalid_request', /one of "constant"/],
    [{ dataset: 'sample:digits', name: 'x', clipNorm: 1, clipValue: 1 }, 'training_option_invalid', /clipNorm/],
    [{ dataset: 'sample:digits', name: 'x', testDataset: './photos' }, 'local_source_refused', /photos/],
    [{ dataset: 'sample:digits', name: 'x', channels: 2 }, 'invalid_request', /"channels" must be one of 1, 3/],
    [{ dataset: 'sample:digits', name: 'x', rate: 1 }, 'invalid_request', /no field "rate"/],
    [{ dataset: 'sample:digits', name: 'x', augment: 'flip,shear=1' }, 'training_option_invalid', /shear=1/],
    [{ dataset: 'sample:digits', name: 'x', model: 'vgg' }, 'preset_unknown', /vgg/],
    [{ dataset: 'sample:digits', name: 'x', model: './net.ts' }, 'network_file_refused', /net/],
    [{ dataset: 'sample:digits', name: 'x', network: './net.ts' }, 'network_invalid', /an object was expected/],
    [{ dataset: 'sample:digits', name: 'x', network: { nodes: [] } }, 'network_invalid', /name = undefined/],
    [
      { dataset: 'sample:digits', name: 'x', model: 'lenet', network: tinyModel().recipe.network },
      'training_option_invalid',
      /no preset beside/,
    ],
    [{ dataset: 'sample:cats', name: 'x' }, 'dataset_not_found', /cats/],
    [{ dataset: 'nothing', name: 'x' }, 'dataset_not_found', /nothing/],
    [{ dataset: '/etc/passwd', name: 'x' }, 'local_source_refused', /passwd/],
    [{ dataset: './photos', name: 'x' }, 'local_source_refused', /photos/],
    [{ dataset: 'C:\\photos', name: 'x' }, 'local_source_refused', /photos/],
    [{ dataset: 'file:///etc/passwd', name: 'x' }, 'url_invalid', /file/],
    [{ dataset: 'ftp://x.org/a.zip', name: 'x' }, 'url_invalid', /ftp/],
  ] as const)('refuse %j', async (body, code, message) => {
    expectError(await post('/api/v1/runs', body), code, message);
  });

  it('tell of themselves as events until they end', async () => {
    const run = (await post('/api/v1/runs', { dataset: 'sample:digits', name: 'followed' })).json();
    const following = send('GET', `/api/v1/runs/${run.id}/events`);
    await new Promise((resolve) => setImmediate(resolve));
    await send('POST', `/api/v1/runs/${run.id}/cancel`);
    const response = await following;
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const events = response.body.split('\n\n').filter((text) => text.startsWith('event: run\ndata: '));
    const states = events.map((text) => JSON.parse(text.slice('event: run\ndata: '.length)).state);
    expect([states[0], states.at(-1)]).toEqual(['queued', 'cancelled']);
    const ended = await send('GET', `/api/v1/runs/${run.id}/events`);
    expect(ended.body.match(/event: run/g)).toHaveLength(1);
    expectError(await send('GET', '/api/v1/runs/nothing/events'), 'run_not_found');
  });
});

describe('datasets', () => {
  const uploaded = async (id: string) => {
    const { source } = await fixture.services.datasets.get(id);
    if (source.kind !== 'upload') throw new Error('no upload');
    const stored = await fixture.services.uploads.get(source.key);
    return { fileName: source.fileName, bytes: stored && Buffer.concat(await stored.toArray()) };
  };

  it('come as URL or sample', async () => {
    const response = await post('/api/v1/datasets', { url: 'https://me:secret@example.org/a.zip' });
    expect(response.statusCode).toBe(202);
    expect(response.json()).toMatchObject({ state: 'queued', title: 'https://example.org/a.zip' });
    expect(response.body).not.toContain('secret');
    expect((await post('/api/v1/datasets', { source: 'sample:digits' })).json().title).toBe('sample:digits');
    const { datasets } = (await send('GET', '/api/v1/datasets')).json();
    expect(datasets.length).toBeGreaterThanOrEqual(2);
  });

  it('come as a part of a form or as a whole body, and go with their file', async () => {
    const content = Buffer.from('pretend archive');
    const part = await send(
      'POST',
      '/api/v1/datasets',
      form([{ name: 'file', fileName: 'C:\\x\\photos.zip', content }]),
    );
    const whole = await send('POST', '/api/v1/datasets?fileName=..%2F..%2Fphotos.zip', {
      payload: Readable.from([content.subarray(0, 5), content.subarray(5)]),
      headers: { 'content-type': 'application/octet-stream' },
    });
    for (const response of [part, whole]) {
      expect(response.statusCode).toBe(202);
      const { id, title } = response.json();
      expect(title).toBe('photos.zip');
      expect(await uploaded(id)).toEqual({ fileName: 'photos.zip', bytes: content });
      expect((await send('DELETE', `/api/v1/datasets/${id}`)).statusCode).toBe(204);
      expectError(await send('GET', `/api/v1/datasets/${id}`), 'dataset_not_found');
    }
    expect(await fixture.services.uploads.list()).toEqual([]);
  });

  it('refuses what is too large, empty or unnamed, and keeps nothing of it', async () => {
    const before = (await fixture.services.datasets.list()).length;
    const large = Buffer.alloc(100_001);
    const octets = { 'content-type': 'application/octet-stream' };
    expectError(
      await send('POST', '/api/v1/datasets?fileName=x', { payload: large, headers: octets }),
      'body_too_large',
    );
    expectError(
      await send('POST', '/api/v1/datasets', form([{ name: 'f', fileName: 'x', content: large }])),
      'body_too_large',
    );
    expectError(
      await send('POST', '/api/v1/datasets', form([{ name: 'f', fileName: 'x', content: '' }])),
      'invalid_request',
      /empty/,
    );
    expectError(
      await send('POST', '/api/v1/datasets', form([{ name: 'f', content: 'x' }])),
      'invalid_request',
      /no file/,
    );
    expectError(
      await send('POST', '/api/v1/datasets', { payload: 'x', headers: octets }),
      'unsupported_media_type',
      /fileName/,
    );
    const broken = {
      payload: Buffer.from('--x\r\nbroken'),
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    };
    expect((await send('POST', '/api/v1/datasets', broken)).statusCode).toBe(400);
    for (const body of [{}, { url: 'x', source: 'y' }])
      expectError(await post('/api/v1/datasets', body), 'invalid_request');
    expectError(await post('/api/v1/datasets', { url: 'sample:digits' }), 'invalid_request');
    expectError(await post('/api/v1/datasets', { source: '/etc' }), 'local_source_refused');
    expectError(await post('/api/v1/datasets', { url: 'http://' }), 'url_invalid');
    expect(await fixture.services.uploads.list()).toEqual([]);
    expect((await fixture.services.datasets.list()).length).toBe(before);
    expect((await readdir(fixture.directory)).sort()).not.toContain('uploads');
  });

  it('show their prepared pictures', async () => {
    const { default: sharp } = await import('sharp');
    const record = (await post('/api/v1/datasets', { source: 'sample:digits' })).json();
    expectError(await send('GET', `/api/v1/datasets/${record.id}/images/train/0`), 'not_found', /not prepared/);
    const folder = path.join(fixture.directory, 'photos');
    for (const [i, label] of ['ca t', '<b>🌻'].entries()) {
      await mkdir(path.join(folder, label), { recursive: true });
      for (let n = 0; n < 5; n++) await writeFile(path.join(folder, label, `${n}.png`), await greyPng([100 * i, n], 2));
    }
    const source = { kind: 'folder', path: folder } as const;
    const image = { height: 4, width: 6, channels: 1 } as const;
    const cacheDirectory = path.join(fixture.directory, 'cache', 'datasets');
    const { manifest } = await prepareDataset(source, { cacheDirectory, image });
    const store = fixture.platform.keyValue('datasets');
    await store.put(record.id, { ...record, state: 'ready', manifest });
    const response = await send('GET', `/api/v1/datasets/${record.id}/images/train/0`);
    expect(response.headers['content-type']).toBe('image/png');
    const label = decodeURIComponent(String(response.headers['x-label']));
    expect(manifest.classes).toContain(label);
    const { data, info } = await sharp(response.rawPayload)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 6, height: 4, channels: 1 });
    expect(data[0]).toBe(label === 'ca t' ? 0 : 100);
    expectError(await send('GET', `/api/v1/datasets/${record.id}/images/train/999999`), 'not_found');
    expectError(await send('GET', `/api/v1/datasets/${record.id}/images/other/0`), 'invalid_request', /split/);
    expectError(await send('GET', `/api/v1/datasets/${record.id}/images/train/-1`), 'invalid_request', /index/);
  });
});

describe('the rest', () => {
  it('lists presets with their parameter counts', async () => {
    const { presets } = (await send('GET', '/api/v1/presets')).json();
    const counts = Object.fromEntries(
      presets.map(({ name, parameters }: { name: string; parameters: number }) => [name, parameters]),
    );
    expect(counts).toMatchObject({ 'tfaas-mnist': 34_826, 'keras-mnist': 1_199_882, lenet: 110_390 });
  });

  it('is healthy and ready', async () => {
    expect((await send('GET', '/healthz')).json()).toEqual({ status: 'ok' });
    expect((await send('GET', '/readyz')).json()).toEqual({ status: 'ready' });
  });

  it('describes itself', async () => {
    const document = (await send('GET', '/api/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/runs',
        '/api/v1/runs/{id}/events',
        '/api/v1/models/{name}/predict',
        '/train/',
        '/predict',
      ]),
    );
    expect(document.paths['/api/v1/models/{name}/predict'].post.requestBody.content).toHaveProperty('image/*');
    const page = await send('GET', '/api/docs');
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect(page.headers['content-security-policy']).not.toMatch(/https?:|upgrade-insecure/);
    expect((await send('GET', '/api/docs/static/swagger-ui-bundle.js')).statusCode).toBe(200);
  });

  it('opens the studio, and its page for every address in it', async () => {
    for (const url of ['/', '/studio', '/studio/', '/studio/runs/x', '/studio/models/a.b/2', '/studio/models/v1.2']) {
      const response = await send('GET', url);
      expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(response.headers['content-security-policy']).toMatch(/script-src 'self'(;|$)/);
      expect(response.headers['cache-control']).toBe('no-cache');
    }
    for (const url of ['/assets/index-AbCd1234.js', '/studio/assets/index-AbCd1234.js']) {
      const response = await send('GET', url);
      expect([response.statusCode, response.headers['cache-control']]).toEqual([
        200,
        expect.stringContaining('immutable'),
      ]);
    }
    expect((await send('GET', '/icon.svg')).statusCode).toBe(200);
    for (const url of ['/assets/missing.js', '/favicon.ico', '/nothing', '/.env']) {
      expect((await send('GET', url)).statusCode).toBe(404);
    }
    for (const url of [
      '/assets/..%2f..%2fplatform/data.mdb',
      '/studio/assets/..%2f..%2f..%2fx.json',
      '/assets/%00.js',
    ]) {
      expect((await send('GET', url)).statusCode).toBeGreaterThanOrEqual(400);
    }
  });

  it('refuses what cannot be read', async () => {
    const json = { 'content-type': 'application/json' };
    expectError(await send('POST', '/api/v1/runs', { payload: '{"dataset":', headers: json }), 'invalid_json');
    expectError(await send('POST', '/api/v1/runs', { payload: '', headers: json }), 'invalid_json');
    expectError(
      await send('POST', '/api/v1/runs', { payload: '{"__proto__":{"name":"x"}}', headers: json }),
      'invalid_json',
    );
    expectError(
      await send('POST', '/api/v1/runs', { payload: 'x', headers: { 'content-type': 'text/plain' } }),
      'unsupported_media_type',
    );
    expectError(
      await send('POST', '/api/v1/runs', { payload: `"${'x'.repeat(2_000_000)}"`, headers: json }),
      'body_too_large',
    );
    expectError(await send('POST', '/api/v1/runs', { payload: '['.repeat(200_000), headers: json }), 'invalid_json');
    expectError(await send('GET', '/api/v1/nothing'), 'not_found', /GET \/api\/v1\/nothing/);
    expectError(await send('GET', '/api/v1/runs/%zz'), 'invalid_request');
  });
});
