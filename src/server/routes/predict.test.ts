import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import { greyPng } from '../../serving/testing/serving-fixture.ts';
import { openServer, type ServerFixture } from '../testing/server-fixture.ts';

const PIXELS = [0, 50, 100, 255];
const [, , BEST] = tinyProbabilities(PIXELS, [0, 1, 2]);
const url = '/api/v1/models/tiny/predict';

let fixture: ServerFixture;
let pictures: string;
let png: Buffer;
let requests = 0;
const server = createServer((request, response) => {
  requests++;
  if (request.url === '/empty') response.end();
  else if (request.url === '/missing') response.writeHead(404).end();
  else if (request.url === '/away') response.writeHead(302, { location: 'http://10.0.0.1/x' }).end();
  else response.end(request.url === '/large' ? Buffer.alloc(60_000) : png);
});

beforeAll(async () => {
  fixture = await openServer({ maxRequestBytes: 100_000 });
  await fixture.services.registry.publish(tinyModel(), { name: 'tiny' });
  png = await greyPng(PIXELS, 2);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  pictures = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await fixture.close();
});

const post = async (path: string, payload: object) => {
  const response = await fixture.app.inject({ method: 'POST', url: path, payload });
  return { status: response.statusCode, body: response.json() };
};

describe('pictures by URL', () => {
  it('are fetched, in their order', async () => {
    const b64 = png.toString('base64');
    const one = await post(url, { image: { url: pictures.replace('//', '//user:secret@') } });
    expect(one).toMatchObject({ status: 200, body: { model: 'tiny', version: 1, label: '2' } });
    expect(one.body.probability).toBeCloseTo(BEST, 5);
    expect(one.body.results[0].image).not.toContain('secret');
    const { body } = await post(url, { images: [{ url: `${pictures}/a` }, { b64 }, { url: `${pictures}/b` }] });
    const names = body.results.map(({ image }: { image: string }) => image);
    expect(names).toEqual([`${pictures}/a`, 'picture 2', `${pictures}/b`]);
    for (const { probability } of body.results) expect(probability).toBeCloseTo(BEST, 5);
  });

  it.each<[string, string, number]>([
    ['http://10.0.0.1/a.png', 'url_private', 403],
    ['http://169.254.169.254/latest/meta-data', 'url_private', 403],
    ['http://[fd00::1]/a.png', 'url_private', 403],
    ['file:///etc/passwd', 'url_invalid', 400],
    ['nonsense', 'url_invalid', 400],
    ['/away', 'url_private', 403],
    ['/missing', 'url_status', 502],
    ['/empty', 'image_invalid', 400],
    ['http://127.0.0.1:1/a.png', 'url_unreachable', 502],
  ])('is refused: %s', async (address, code, status) => {
    const asked = await post(url, { image: { url: address.startsWith('/') ? pictures + address : address } });
    expect([asked.status, asked.body.error.code]).toEqual([status, code]);
  });

  it('are bounded in number and size, and nothing is fetched for a request that is wrong', async () => {
    const large = { url: `${pictures}/large` };
    expect((await post(url, { images: [large, large] })).body.error.code).toBe('body_too_large');
    const before = requests;
    const many = await post(url, { images: Array.from({ length: 17 }, () => ({ url: `${pictures}/a` })) });
    expect(many.body.error.message).toMatch(/17 URLs/);
    const both = await post(url, { image: { url: `${pictures}/a`, b64: 'AAAA' } });
    expect(both.body.error.message).toMatch(/exactly one of "b64" and "url"/);
    const broken = await post(url, { images: [{ url: `${pictures}/a` }, { b64: '!' }] });
    expect(broken.body.error.message).toMatch(/Picture 2 is not base64/);
    expect(requests).toBe(before);
  });
});

describe('a threshold', () => {
  it.each([
    ['0', '2'],
    ['.1', '2'],
    [String(BEST - 0.001), '2'],
    [String(BEST + 0.001), null],
    ['1', null],
  ])('of %s gives %j', async (threshold, label) => {
    const { body } = await post(`${url}?threshold=${threshold}&top=2`, { pixels: PIXELS });
    expect(body.label).toBe(label);
    expect(body.results[0]).toMatchObject({ label, probability: expect.closeTo(BEST, 5) });
    expect(body.predictions).toHaveLength(2);
  });

  it.each(['1.5', '-0.1', 'x', '', '1.', '1e-1', '0x1'])('of %j is refused', async (threshold) => {
    const { status, body } = await post(`${url}?threshold=${threshold}`, { pixels: PIXELS });
    expect([status, body.error.details]).toEqual([400, { field: 'threshold' }]);
  });
});
