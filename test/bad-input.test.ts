/** @file What people and attackers send to a running server: each a clear error, nothing left behind, and the server goes on. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatasetRecord, RunRecord } from '../src/contracts/index.ts';
import { classTree, greyPng, idxImages, idxLabels, png, tarOf, tgzOf, zipOf } from '../src/dataset/testing/files.ts';
import { type RunningServer, startServer } from '../src/server/index.ts';
import { type Watch, watchServer } from './support/watch.ts';

const MAX_DOWNLOAD = 16 * 2 ** 20;
const TREE = classTree(['cat', 'dog'], 6);
const NAMES = ['<script>alert(1)</script>', `"quotes" & 'ticks'`, '🐈 😀', 'x'.repeat(300), '__proto__'];

type Handler = (response: ServerResponse, request: IncomingMessage) => void;
const files = new Map<string, Handler>();
const archives = createServer((incoming, response) => {
  const handler = files.get(incoming.url ?? '');
  if (handler) handler(response, incoming);
  else response.writeHead(404).end('No such file.');
});

let directory: string;
let server: RunningServer;
let watch: Watch;
let archiveUrl: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-bad-input-'));
  archives.listen(0, '127.0.0.1');
  await once(archives, 'listening');
  archiveUrl = `http://127.0.0.1:${(archives.address() as AddressInfo).port}`;
  server = await startServer({
    dataDirectory: directory,
    port: 0,
    restPort: 0,
    grpcPort: 0,
    inferenceThreads: 1,
    maxDownloadBytes: MAX_DOWNLOAD,
    logLevel: 'silent',
  });
  watch = await watchServer(server.url);
});

afterAll(async () => {
  watch.close();
  await server.close();
  archives.close();
  archives.closeAllConnections();
  await rm(directory, { recursive: true, force: true });
});

function serve(name: string, content: Uint8Array | Handler): string {
  const handler: Handler = typeof content === 'function' ? content : (response) => response.end(content);
  files.set(`/${name}`, handler);
  return `${archiveUrl}/${name}`;
}

const post = (route: string, body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(server.url + route, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

async function check(url: string): Promise<DatasetRecord> {
  const { id } = (await (await post('/api/v1/datasets', { url })).json()) as DatasetRecord;
  return watch.until<DatasetRecord & Record<string, unknown>>('datasets', id, ({ state }) =>
    /ready|failed/.test(state),
  );
}

/** What no failed preparation may leave. */
async function leftovers(): Promise<string[]> {
  const cache = path.join(directory, 'cache', 'datasets');
  return existsSync(cache) ? (await readdir(cache)).filter((name) => name.startsWith('work-')) : [];
}

describe('a dataset URL', () => {
  const tar = (name: string) =>
    tarOf([...Object.entries(TREE).map(([n, content]) => ({ name: n, content })), { name }]);
  const cases: readonly (readonly [what: string, code: string, url: () => Promise<string> | string])[] = [
    ['not found', 'url_status', () => `${archiveUrl}/nothing.zip`],
    ['redirect loop', 'url_redirects', () => serve('loop', (r) => r.writeHead(302, { location: '/loop' }).end())],
    [
      'redirect into a private network',
      'url_private',
      () => serve('inside', (r) => r.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()),
    ],
    ['private network', 'url_private', () => 'http://10.0.0.1/photos.zip'],
    ['private network, decimal', 'url_private', () => 'http://167772161/photos.zip'],
    ['private network, inside IPv6', 'url_private', () => 'http://[::ffff:10.0.0.1]/photos.zip'],
    ['web page', 'archive_is_web_page', () => serve('page', Buffer.from('<!doctype html><title>Photos</title>'))],
    [
      'declared too long',
      'download_too_large',
      () => serve('long', (r) => void r.writeHead(200, { 'content-length': MAX_DOWNLOAD + 1 }).write('x')),
    ],
    [
      'endless',
      'download_too_large',
      () =>
        serve('endless', (r) => {
          const more = () => {
            while (!r.destroyed && r.write(Buffer.alloc(2 ** 20)));
          };
          r.on('drain', more);
          more();
        }),
    ],
    [
      'broken off',
      'url_unreachable',
      () =>
        serve('cut', (r) => {
          r.writeHead(200, { 'content-length': 1000 }).write('PK');
          setImmediate(() => r.destroy());
        }),
    ],
    ['cut archive', 'archive_corrupt', async () => serve('cut.tgz', (await tgzOf(TREE)).subarray(0, -60))],
    ['way out', 'archive_unsafe', async () => serve('out.tar', await tar('../../evil.png'))],
    ['absolute path', 'archive_unsafe', () => serve('absolute.zip', zipOf({ ...TREE, '/etc/evil.png': greyPng(1) }))],
    ['ten gigabytes of zeros', 'archive_bomb', async () => serve('bomb.tgz', await tenGigabytes())],
    ['pickle bomb', 'pickle_invalid', () => serve('bomb.pkl.gz', pickleOf(']'.repeat(5_000_000)))],
    ['hostile pickle', 'pickle_unsafe', () => serve('hostile.pkl.gz', pickleOf('cposix\nsystem\nU\x02id\x85R'))],
    ['one class', 'dataset_one_class', () => serve('one.zip', zipOf(classTree(['cat'], 3)))],
    ['no pictures', 'dataset_empty', () => serve('none.zip', zipOf({ 'cat/a.txt': 'x', 'dog/a.csv': '1' }))],
    ['text as pictures', 'dataset_empty', () => serve('text.zip', zipOf({ 'cat/a.jpg': 'x', 'dog/a.png': 'y' }))],
    ['classes alike', 'class_names_collide', () => serve('alike.zip', zipOf({ ...TREE, 'Cat/a.png': greyPng(1) }))],
    [
      'wrong counts',
      'idx_invalid',
      () =>
        serve(
          'idx.zip',
          zipOf({ 'train-images-idx3-ubyte': idxImages([[1], [2]], 1, 1), 'train-labels-idx1-ubyte': idxLabels([1]) }),
        ),
    ],
  ];

  it.each(cases)('%s: %s', async (_what, code, url) => {
    const { state, error } = await check(await url());
    expect([state, error?.code, error?.fix]).toEqual(['failed', code, expect.stringMatching(/\S/)]);
    expect(await leftovers()).toEqual([]);
  });

  it('never made the trainer large, nor ended it', () => {
    const pid = server.trainerPid();
    expect(pid).not.toBeNull();
    if (process.platform !== 'linux') return;
    const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    expect(peakKiB).toBeLessThan(700 * 1024);
  });
});

describe('the way of odd data to a prediction', () => {
  let run: RunRecord;
  beforeAll(async () => {
    const pictures = Object.fromEntries(
      NAMES.flatMap((name, k) =>
        Array.from({ length: 4 }, (_, i) => [`${name.replace('/', '∕')}/${i}.png`, greyPng(k * 7 + i)]),
      ),
    );
    const odd = {
      ...pictures,
      '__proto__/huge.png': png(20_000, 3_000, [], { colour: 0 }),
      '__proto__/dot.png': greyPng(3, 1),
      '__proto__/text.jpg': 'no picture',
      '__MACOSX/x.png': greyPng(1),
      'empty/': '',
    };
    const { id } = await check(
      serve('odd.tgz', await tgzOf(Object.entries(odd).map(([name, content]) => ({ name, content })))),
    );
    const started = await post('/api/v1/runs', {
      dataset: id,
      name: 'odd',
      epochs: 1,
      imageSize: [12, 12],
      channels: 1,
    });
    const { id: runId } = (await started.json()) as RunRecord;
    // Somebody who follows and never reads holds up nobody.
    const deaf = connect(Number(new URL(server.url).port), '127.0.0.1');
    deaf.pause().write('GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n');
    run = await watch.until<RunRecord & Record<string, unknown>>(
      'runs',
      runId,
      ({ finishedAt }) => finishedAt !== null,
    );
    deaf.destroy();
  });

  it('trains on what can be used, and names the rest', () => {
    expect(run).toMatchObject({ state: 'succeeded', model: { name: 'odd', version: 1 } });
    const found = Object.fromEntries((run.dataset?.findings ?? []).map(({ code, count }) => [code, count]));
    expect(found).toMatchObject({
      image_too_large: 1,
      tiny_image: 1,
      corrupt_image: 1,
      ignored_file: 1,
      empty_class: 1,
    });
  });

  it('keeps every class name as it is', async () => {
    const expected = NAMES.map((name) => name.replace('/', '∕')).sort();
    const answer = await post('/api/v1/models/odd/predict?top=100', { pixels: new Array(144).fill(0) });
    const { predictions } = (await answer.json()) as { predictions: { label: string }[] };
    expect(predictions.map(({ label }) => label).sort()).toEqual(expected);
    const { dataset } = run;
    expect([...(dataset?.classes ?? [])].sort()).toEqual(expected);
  });

  const pixels = new Array(144).fill(7);
  const list = (count: number, item: string) => `[${`${item},`.repeat(count - 1)}${item}]`;
  it.each<[what: string, route: string, body: string, status: number]>([
    ['too few pixels', '/api/v1/models/odd/predict', '{"pixels":[1]}', 400],
    ['pixels out of range', '/api/v1/models/odd/predict', `{"pixels":${list(144, '256')}}`, 400],
    ['no numbers', '/api/v1/models/odd/predict', `{"pixels":${list(144, 'null')}}`, 400],
    ['not JSON', '/api/v1/models/odd/predict', '{"pixels":[NaN]}', 400],
    ['millions of lists', '/api/v1/models/odd/predict', `{"pixels":${list(4_000_001, '[]')}}`, 413],
    ['millions of pictures', '/api/v1/models/odd/predict', `{"images":${list(4_000_000, '""')}}`, 400],
    ['a version that is none', '/api/v1/models/odd/versions/1.5/predict', JSON.stringify({ pixels }), 400],
    ['an unknown version', '/api/v1/models/odd/versions/9/predict', JSON.stringify({ pixels }), 404],
    ['a way out', '/api/v1/models/..%2f..%2fetc/predict', JSON.stringify({ pixels }), 404],
    ['a prototype', '/api/v1/models/__proto__/predict', JSON.stringify({ pixels }), 404],
    ['endless nesting', '/v1/models/odd:predict', `{"instances":${'['.repeat(1_000_000)}`, 400],
    ['a wrong shape', '/v1/models/odd:predict', '{"instances":[[[1]]]}', 400],
    [
      'millions of strings',
      '/v1/models/odd:predict',
      `{"signature_name":"serving_bytes","instances":${list(1_000_000, '""')}}`,
      400,
    ],
    ['Minishift, a wrong count', '/predict', '{"data":[1]}', 404],
    ['Minishift, millions of lists', '/predict', `{"data":${list(4_000_001, '[]')}}`, 413],
    ['Nitric, a file of the server', '/train/', '{"dataset_url":"/etc/passwd"}', 403],
    ['Nitric, an unknown run', '/status/', '{"id":"__proto__"}', 404],
  ])('refuses %s', async (_what, route, body, status) => {
    const response = await post(route, body);
    const { error } = (await response.json()) as { error: unknown };
    expect([response.status, error]).toEqual([
      status,
      route.startsWith('/v1/') ? expect.stringMatching(/\S/) : expect.objectContaining({ code: expect.any(String) }),
    ]);
  });

  it('answers all through the deletion of what it serves', async () => {
    const asked = Array.from({ length: 40 }, () => post('/api/v1/models/odd/predict', { pixels }));
    await asked[0];
    const deleted = await fetch(`${server.url}/api/v1/models/odd/versions/1`, { method: 'DELETE' });
    expect(deleted.status).toBe(204);
    const statuses = new Set((await Promise.all(asked)).map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 200 && status !== 404)).toEqual([]);
    await expect.poll(async () => (await post('/api/v1/models/odd/predict', { pixels })).status).toBe(404);
  });
});

describe('requests of other sites', () => {
  const remove = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      request({ hostname, port, path: '/api/v1/models/none', method: 'DELETE', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

  it('change nothing, under whichever name they come', async () => {
    expect(await remove({})).toBe(404);
    expect(await remove({ origin: 'https://evil.example' })).toBe(403);
    expect(await remove({ host: 'evil.example' })).toBe(403);
    expect(await remove({ host: 'evil.example', origin: 'http://evil.example' })).toBe(403);
  });
});

it('is ready and has left nothing half-written, after all of this', async () => {
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect(await leftovers()).toEqual([]);
  expect(await readdir(path.join(directory, 'models', 'odd'))).toEqual(['.highest-version']);
  expect(await readdir(path.join(directory, 'platform', 'objects'))).toEqual([]);
});

/** A tar whose one file holds ten gigabytes, of which each gzip member packs 32 MiB into 32 KiB. */
async function tenGigabytes(): Promise<Buffer> {
  const header = (await tarOf([{ name: 'a/1.png', content: 'x' }])).subarray(0, 512);
  header.write(`${(10 * 2 ** 30).toString(8).padStart(11, '0')} `, 124, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const member = gzipSync(Buffer.alloc(32 * 2 ** 20), { level: 9 });
  return Buffer.concat([gzipSync(header), ...Array.from({ length: 320 }, () => member)]);
}

function pickleOf(body: string): Buffer {
  return gzipSync(Buffer.from(`\x80\x02${body}.`, 'latin1'));
}
