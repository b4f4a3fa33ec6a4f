import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../contracts/index.ts';
import { ModelRegistry } from '../registry/index.ts';
import { tinyModel } from '../registry/testing/tiny-model.ts';
import { greyPng } from '../serving/testing/serving-fixture.ts';
import { parseEnsure } from './ensure.ts';
import { createLogger } from './logger.ts';
import type { ServerOptions } from './settings.ts';
import { type RunningServer, startServer } from './start.ts';

let directory: string;
let server: RunningServer | undefined;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-start-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(directory, { recursive: true, force: true });
});

const start = async (options: Partial<ServerOptions> = {}) => {
  const ports = { port: 0, restPort: 0, grpcPort: 0, trainer: false, inferenceThreads: 1 };
  server = await startServer({ dataDirectory: directory, ...ports, ...options }, { log: createLogger('silent') });
  return server;
};
// biome-ignore lint/suspicious/noExplicitAny: answers are checked by what the test expects of them
const json = async (response: Promise<Response>): Promise<any> => (await response).json();

describe('the server', () => {
  it('serves both ports while a version is replaced, without a failed request', async () => {
    const { url, restUrl } = await start();
    const registry = new ModelRegistry(path.join(directory, 'models'));
    await registry.publish(tinyModel({ bias: [9, 0, 0] }), { name: 'tiny' });
    const body = JSON.stringify({
      instances: [
        [
          [[0], [0]],
          [[0], [0]],
        ],
      ],
    });
    let stop = false;
    let newest = 0;
    let answers = 0;
    let firstNew = 0;
    const clients = Array.from({ length: 32 }, async (_, i) => {
      const base = i % 2 ? url : restUrl;
      while (!stop) {
        const response = await fetch(`${base}/v1/models/tiny:predict`, { method: 'POST', body });
        const { predictions } = (await response.json()) as { predictions: number[][] };
        expect(response.status).toBe(200);
        const version = predictions[0][0] > 0.9 ? 1 : 2;
        if (version === 2 && newest === 1) firstNew = performance.now();
        newest = Math.max(newest, version);
        answers++;
      }
    });
    const reach = async (count: number) => {
      while (answers < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await reach(100);
    await registry.publish(tinyModel({ bias: [0, 0, 9] }), { name: 'tiny' });
    const published = performance.now();
    while (newest < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await reach(answers + 100);
    stop = true;
    await Promise.all(clients);
    // Here the clients take their share of the server's thread; the core's own test asks for one second.
    expect(firstNew - published).toBeLessThan(3000);
    const old = await json(fetch(`${restUrl}/v1/models/tiny/versions/1:predict`, { method: 'POST', body }));
    expect(old.predictions[0][0]).toBeGreaterThan(0.9);
  });

  it('keeps samples of pictures in its data directory', async () => {
    const { url } = await start({ sampleRate: 1 });
    const registry = new ModelRegistry(path.join(directory, 'models'));
    await registry.publish(tinyModel(), { name: 'tiny' });
    const body = await greyPng([1, 2, 3, 4], 2);
    const headers = { 'content-type': 'image/png' };
    const { status } = await fetch(`${url}/api/v1/models/tiny/predict`, { method: 'POST', body, headers });
    expect(status).toBe(200);
    await server?.close();
    expect((await readdir(path.join(directory, 'samples', 'tiny'))).map((file) => path.extname(file)).sort()).toEqual([
      '.json',
      '.png',
    ]);
  });

  it('names the port that is in use, and its flag', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    for (const [option, flag] of [
      ['port', '--port'],
      ['restPort', '--rest-port'],
      ['grpcPort', '--grpc-port'],
    ]) {
      await expect(start({ [option]: port })).rejects.toMatchObject({
        code: 'port_in_use',
        message: expect.stringMatching(new RegExp(`${port}.*${flag}`)),
      });
    }
    other.close();
    // What was opened was closed again: the same data directory can be served.
    expect((await fetch(`${(await start()).url}/healthz`)).status).toBe(200);
  });

  it('refuses an address that this machine does not have', async () => {
    await expect(start({ host: '203.0.113.7' })).rejects.toMatchObject({ code: 'invalid_setting' });
  });

  it('keeps nothing of an upload that was broken off, and goes on', async () => {
    const { url } = await start();
    const { hostname, port } = new URL(url);
    const path = '/api/v1/datasets?fileName=photos.zip';
    const headers = { 'content-type': 'application/octet-stream', 'content-length': 1_000_000 };
    const call = request({ hostname, port, path, method: 'POST', headers });
    call.on('error', () => {});
    await new Promise<void>((resolve) => call.write(Buffer.alloc(300_000), () => resolve()));
    call.destroy();
    expect(await json(fetch(`${url}/api/v1/datasets`))).toEqual({ datasets: [] });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('refuses a data directory that is a file', async () => {
    const file = path.join(directory, 'file');
    await writeFile(file, '');
    await expect(start({ dataDirectory: file })).rejects.toMatchObject({ code: 'invalid_setting' });
  });

  it('streams changes, and ends the streams when it closes', async () => {
    const { url, close } = await start();
    const events = await fetch(`${url}/api/v1/events`);
    const body = { dataset: 'sample:digits', name: 'mine' };
    const headers = { 'content-type': 'application/json' };
    const run: RunRecord = await json(
      fetch(`${url}/api/v1/runs`, { method: 'POST', body: JSON.stringify(body), headers }),
    );
    await fetch(`${url}/api/v1/runs/${run.id}/cancel`, { method: 'POST' });
    await fetch(`${url}/api/v1/runs/${run.id}`, { method: 'DELETE' });
    let text = '';
    const reader = (events.body as ReadableStream<Uint8Array>).getReader();
    while (!text.includes('deleted')) text += new TextDecoder().decode((await reader.read()).value);
    expect(text).toMatch(/event: run\ndata: \{"id":/);
    const closed = close();
    while (!(await reader.read()).done);
    await closed;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('answers what is running before it closes', async () => {
    const { url, close } = await start();
    await new ModelRegistry(path.join(directory, 'models')).publish(tinyModel(), { name: 'tiny' });
    const body = JSON.stringify({
      instances: Array.from({ length: 100 }, () => [
        [[0], [0]],
        [[0], [0]],
      ]),
    });
    const ask = () => fetch(`${url}/v1/models/tiny:predict`, { method: 'POST', body });
    await ask();
    const running = [ask(), ask(), ask()];
    await new Promise((resolve) => setTimeout(resolve, 3));
    const began = performance.now();
    const closed = close();
    for (const answer of await Promise.allSettled(running)) {
      // Either it was taken and is answered whole, or it came too late and was not taken.
      if (answer.status === 'fulfilled') expect([200, 503]).toContain(answer.value.status);
    }
    await closed;
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('ensure', () => {
  it('reads a name, with or without a dataset', () => {
    expect(parseEnsure('digits')).toEqual({ name: 'digits', dataset: { kind: 'sample', name: 'digits' } });
    expect(parseEnsure('pets=https://x.org/a.zip?b=c')).toEqual({
      name: 'pets',
      dataset: { kind: 'url', url: 'https://x.org/a.zip?b=c' },
    });
    for (const text of ['=x', 'x=', ' ']) expect(() => parseEnsure(text)).toThrow(/ensure/);
  });

  it('starts one training when there is no model, and none when there is', async () => {
    const runs = async () => (await json(fetch(`${(server as RunningServer).url}/api/v1/runs`))).runs as RunRecord[];
    await start({ ensure: 'digits' });
    const first = await runs();
    expect(first).toMatchObject([{ name: 'digits', state: 'queued', request: { dataset: { kind: 'sample' } } }]);
    await server?.close();
    await start({ ensure: 'digits' });
    expect(await runs()).toEqual(first);
    await fetch(`${(server as RunningServer).url}/api/v1/runs/${first[0].id}/cancel`, { method: 'POST' });
    await server?.close();
    await new ModelRegistry(path.join(directory, 'models')).publish(tinyModel(), { name: 'digits' });
    await start({ ensure: 'digits' });
    expect(await runs()).toHaveLength(1);
    await expect(start({ ensure: '../x' })).rejects.toMatchObject({ code: 'model_name_invalid' });
  });
});
