import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PictorClient, type PictorClientError, type RunRecord } from '../src/client/index.ts';
import { tinyModel, tinyProbabilities } from '../src/registry/testing/tiny-model.ts';
import { openServer, type ServerFixture } from '../src/server/testing/server-fixture.ts';
import { greyPng } from '../src/serving/testing/serving-fixture.ts';

const PIXELS = [0, 50, 100, 255];
const BIAS = [0, 1, 2];

describe('the client of a real server', () => {
  let fixture: ServerFixture;
  let pictor: PictorClient;
  let png: Buffer;
  beforeAll(async () => {
    fixture = await openServer();
    await fixture.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = fixture.app.server.address() as AddressInfo;
    pictor = new PictorClient(`http://127.0.0.1:${port}/`, { timeoutMs: 20_000, backoffMs: 1 });
    await fixture.services.registry.publish(tinyModel(), { name: 'tiny' });
    png = await greyPng(PIXELS, 2);
  });
  afterAll(() => fixture.close());

  const expectAnswer = (predictions: readonly { label: string; probability: number }[]) => {
    const expected = tinyProbabilities(PIXELS, BIAS);
    expect(predictions.map(({ label }) => label)).toEqual(['2', '1', '0']);
    for (const { label, probability } of predictions) expect(probability).toBeCloseTo(expected[Number(label)], 5);
  };

  it('labels bytes, blobs, files, lists and pixels', async () => {
    for (const input of [png, new Uint8Array(png), new Blob([Uint8Array.from(png)]), { pixels: PIXELS }]) {
      const { model, version, results } = await pictor.predict('tiny', input);
      expect([model, version, results.length]).toEqual(['tiny', 1, 1]);
      expectAnswer(results[0].predictions);
      expect(results[0].label).toBe('2');
      expect(results[0].probability).toBe(results[0].predictions[0].probability);
    }
    const file = new File([Uint8Array.from(png)], 'a.png');
    const { results } = await pictor.predict('tiny', [file, png], { top: 1, version: 1 });
    expect(results.map(({ image, predictions }) => [image, predictions.length])).toEqual([
      ['a.png', 1],
      ['picture 2', 1],
    ]);
    expect((await pictor.predict('tiny', png, { seen: true })).results[0].seen).toMatch(/^data:image\/png;base64,/);
  });

  it('lists and shows models', async () => {
    expect((await pictor.models.list()).map(({ name }) => name)).toEqual(['tiny']);
    expect((await pictor.models.get('tiny')).versions[0].version).toBe(1);
    expect((await pictor.models.version('tiny', 1)).labels).toEqual(['0', '1', '2']);
    await fixture.services.registry.publish(tinyModel(), { name: 'doomed' });
    await pictor.models.delete('doomed', 1);
    await expect(pictor.models.get('doomed')).rejects.toMatchObject({ code: 'model_not_found' });
    expect(await pictor.isReady()).toBe(true);
  });

  it('chooses, loads and unloads versions', async () => {
    await fixture.services.registry.publish(tinyModel(), { name: 'two' });
    await fixture.services.registry.publish(tinyModel(), { name: 'two' });
    expect(await pictor.models.promote('two', { version: 1, labels: { canary: 2 } })).toEqual({
      labels: { canary: 2 },
      split: { '1': 1 },
    });
    expect((await pictor.predict('two', png)).version).toBe(1);
    expect((await pictor.predict('two', png, { label: 'canary' })).version).toBe(2);
    const state = await pictor.models.unload('two', 2);
    expect(state.versions[0]).toMatchObject({ version: 2, loaded: false });
    await expect(pictor.predict('two', png, { version: 2, retries: 0 })).rejects.toMatchObject({ status: 503 });
    await pictor.models.load('two', 2);
    expect((await pictor.predict('two', png, { version: 2 })).version).toBe(2);
    expect((await pictor.models.serving('two')).labels).toEqual({ canary: 2 });
    expect((await pictor.models.statistics('two')).map(({ rows }) => rows).sort()).toEqual([1, 2]);
    await pictor.models.delete('two');
  });

  it("speaks TensorFlow Serving's interface", async () => {
    const b64 = png.toString('base64');
    const rows = await pictor.tfServing.predict(
      'tiny',
      { instances: [{ b64 }] },
      { signature: 'serving_bytes', version: 1 },
    );
    expect(rows.predictions).toHaveLength(1);
    expect((await pictor.tfServing.status('tiny'))[0]).toMatchObject({ version: '1', state: 'AVAILABLE' });
    expect(await pictor.tfServing.metadata('tiny')).toHaveProperty('model_spec.name', 'tiny');
    await expect(pictor.tfServing.predict('nope', { instances: [1] })).rejects.toMatchObject({
      kind: 'api',
      status: 404,
      message: 'Servable not found for request: Latest(nope)',
    });
  });

  it('throws what the server says', async () => {
    const refused = await pictor.predict('tiny', new Uint8Array([1, 2, 3])).catch((error: PictorClientError) => error);
    expect(refused).toMatchObject({ kind: 'api', status: 400, code: 'image_invalid', attempts: 1 });
    expect((refused as PictorClientError).fix).not.toBe('');
    await expect(pictor.predict('tiny', { pixels: [1] })).rejects.toMatchObject({ details: { count: 1, expected: 4 } });
    await expect(pictor.predict('../x', png)).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it('sends datasets', async () => {
    const { id } = await pictor.datasets.upload(new Blob(['no archive']), 'photos.zip');
    expect((await pictor.datasets.list()).map((dataset) => dataset.id)).toEqual([id]);
    expect(await pictor.datasets.get(id)).toMatchObject({ title: 'photos.zip', state: 'queued' });
    const store = fixture.platform.keyValue('datasets');
    const error = { code: 'archive_corrupt', message: 'It ends early.', fix: 'Again.' };
    await store.put(id, { ...(await pictor.datasets.get(id)), state: 'failed', error });
    await expect(pictor.datasets.ready(id)).rejects.toMatchObject({ code: 'archive_corrupt', fix: 'Again.' });
    await pictor.datasets.delete(id);
    expect((await pictor.datasets.submit('sample:digits')).state).toBe('queued');
  });

  it('trains, and tells how far it is', async () => {
    const store = fixture.platform.keyValue<RunRecord>('runs');
    const later = () => new Date(Date.now() + 60_000).toISOString();
    const states: string[] = [];
    const run = await pictor.train(
      { dataset: 'sample:digits', name: 'mine', epochs: 1 },
      {
        onProgress: (now) => {
          states.push(now.state);
          if (now.state === 'queued') void store.put(now.id, { ...now, state: 'training', updatedAt: later() });
          const model = { name: 'mine', version: 1 };
          if (now.state === 'training') {
            void store.put(now.id, { ...now, state: 'succeeded', model, updatedAt: later(), finishedAt: later() });
          }
        },
      },
    );
    expect(states).toEqual(['queued', 'training', 'succeeded']);
    expect(run.model).toEqual({ name: 'mine', version: 1 });
    const failing = pictor.train(
      { dataset: 'sample:digits', name: 'mine' },
      {
        onProgress: (now) => {
          const error = { code: 'dataset_empty', message: 'Nothing there.', fix: 'Add pictures.' };
          if (now.state === 'queued') void store.put(now.id, { ...now, state: 'failed', error, updatedAt: later() });
        },
      },
    );
    await expect(failing).rejects.toMatchObject({ code: 'dataset_empty', message: 'Nothing there.' });
    const controller = new AbortController();
    const stopped = pictor.train(
      { dataset: 'sample:digits', name: 'mine' },
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(stopped).rejects.toMatchObject({ kind: 'aborted' });
  });
});

describe('a server that has trouble', () => {
  const close: (() => void)[] = [];
  afterEach(() => {
    for (const stop of close.splice(0)) stop();
  });

  /** Each request is given to the next of the handlers, the last one taking all that follow. */
  async function troubled(...handlers: ((request: IncomingMessage, response: ServerResponse) => void)[]) {
    const calls: string[] = [];
    const server = createServer((request, response) => {
      request.resume();
      calls.push(`${request.method} ${request.url}`);
      handlers[Math.min(calls.length, handlers.length) - 1](request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { calls, client: new PictorClient(url, { backoffMs: 1 }) };
  }
  const fine = (_: IncomingMessage, response: ServerResponse) => void response.end('{"models":[],"results":[]}');
  const refuse =
    (status: number, headers = {}) =>
    (_: IncomingMessage, response: ServerResponse) =>
      void response
        .writeHead(status, headers)
        .end(JSON.stringify({ error: { code: 'overloaded', message: 'Busy.', fix: '' } }));
  const reset = (request: IncomingMessage) => void request.socket.destroy();
  const silent = () => {};

  it('is asked again', async () => {
    const { calls, client } = await troubled(refuse(503, { 'retry-after': '0' }), reset, refuse(502), fine);
    expect(await client.models.list()).toEqual([]);
    expect(calls).toHaveLength(4);
    const again = await troubled(refuse(429), fine);
    await again.client.predict('m', new Uint8Array([1]));
    expect(again.calls).toHaveLength(2);
  });

  it('is not asked again where that could do something twice, or cannot help', async () => {
    const start = await troubled(reset, fine);
    await expect(start.client.runs.start({ dataset: 'sample:digits', name: 'x' })).rejects.toMatchObject({
      kind: 'network',
      attempts: 1,
    });
    const refused = await troubled(refuse(503), fine);
    await refused.client.runs.start({ dataset: 'sample:digits', name: 'x' });
    expect(refused.calls).toHaveLength(2);
    const wrong = await troubled(refuse(400), fine);
    await expect(wrong.client.models.list()).rejects.toMatchObject({ status: 400, attempts: 1 });
    const busy = await troubled(refuse(429));
    await expect(busy.client.models.list({ retries: 2 })).rejects.toMatchObject({ code: 'overloaded', attempts: 3 });
  });

  it('has until the deadline', async () => {
    const slow = await troubled(silent);
    await expect(slow.client.models.list({ timeoutMs: 30 })).rejects.toMatchObject({ kind: 'timeout', status: null });
    // Waiting longer than there is time would only be a slower no.
    const later = await troubled(refuse(503, { 'retry-after': '3600' }));
    await expect(later.client.models.list()).rejects.toMatchObject({ kind: 'api', retryAfterSeconds: 3600 });
    const controller = new AbortController();
    const stopped = (await troubled(() => controller.abort())).client.models.list({ signal: controller.signal });
    await expect(stopped).rejects.toMatchObject({ kind: 'aborted' });
  });

  it('may be another server altogether', async () => {
    const page = await troubled((_, response) => void response.end('<html>'));
    await expect(page.client.models.list()).rejects.toMatchObject({ kind: 'protocol', status: 200 });
    const missing = await troubled((_, response) => void response.writeHead(404).end('<html>'));
    await expect(missing.client.models.list()).rejects.toMatchObject({ kind: 'protocol', status: 404 });
    const gone = new PictorClient('http://127.0.0.1:1', { retries: 1, backoffMs: 1 });
    await expect(gone.models.list()).rejects.toMatchObject({ kind: 'network', attempts: 2 });
  });
});
