import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import { greyPng } from '../../serving/testing/serving-fixture.ts';
import { form } from '../testing/form.ts';
import { openServer, type ServerFixture } from '../testing/server-fixture.ts';

const PIXELS = [0, 50, 100, 255];
let fixture: ServerFixture;
let png: Buffer;
beforeAll(async () => {
  fixture = await openServer({ maxRequestBytes: 100_000 });
  png = await greyPng(PIXELS, 2);
  await fixture.services.registry.publish(tinyModel({ labels: ['0', '1', '2', 'other'] }), { name: 'mnist-net' });
});
afterAll(() => fixture.close());

const post = async (url: string, options: object) => {
  const response = await fixture.app.inject({ method: 'POST', url, ...options });
  return { status: response.statusCode, body: response.json(), type: response.headers['content-type'] };
};
const picture = (content: Buffer | string, name = 'image') => form([{ name, fileName: 'mnist_2_x.jpg', content }]);

describe('POST /tf/mnist/MODEL', () => {
  it('gives the three most probable digits', async () => {
    const { status, body, type } = await post('/tf/mnist/mnist-net', picture(png));
    expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
    const expected = tinyProbabilities(PIXELS, [0, 1, 2, 3]);
    expect(body).toEqual({
      classification_result: ['other', 2, 1].map((digit, index) => ({
        digit,
        probability: expect.closeTo(expected[3 - index], 5),
      })),
    });
  });

  it.each<[string, () => object, number, RegExp]>([
    ['/tf/mnist/mnist-net', () => picture(png, 'picture'), 400, /^something wrong with incoming request.*"image"/],
    ['/tf/mnist/mnist-net', () => ({ payload: { image: 1 } }), 400, /no form/],
    ['/tf/mnist/mnist-net', () => picture('no picture'), 400, /^something wrong with incoming request.*no picture/],
    ['/tf/mnist/mnist-net', () => picture(Buffer.alloc(100_001)), 413, /too large|more than/],
    ['/tf/mnist/nothing', () => picture(png), 404, /no model "nothing"/],
    ['/tf/mnist/..%2f..%2fetc', () => picture(png), 404, /no model/],
  ])('refuses %s', async (url, options, status, message) => {
    const asked = await post(url, options());
    expect(asked).toMatchObject({ status, body: { message: expect.stringMatching(message) } });
    expect(Object.keys(asked.body)).toEqual(['message']);
  });

  it('has its description and its page', async () => {
    const get = (url: string) => fixture.app.inject({ url });
    const description = (await get('/tf/swagger.json')).json();
    expect(description).toMatchObject({ swagger: '2.0', basePath: '/tf', info: { version: '1.0' } });
    expect(description.paths['/mnist/{model}'].post).toMatchObject({ operationId: 'post_mnist', tags: ['mnist'] });
    expect((await get('/tf')).headers.location).toBe('/tf/');
    const page = await get('/tf/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    // Everything that the page asks for is there.
    for (const [, asset] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect([asset, (await get(asset)).statusCode]).toEqual([asset, 200]);
    }
  });
});
