/** @file KServe's protocol v1 on the paths that it shares with TensorFlow Serving. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyModel } from '../../registry/testing/tiny-model.ts';
import { type ServingFixture, serveFolder, until } from '../testing/serving-fixture.ts';
import { answerTfServing } from './rest.ts';

let fixture: ServingFixture;

beforeAll(async () => {
  fixture = await serveFolder();
  for (const name of ['digits', 'gone']) await fixture.registry.publish(tinyModel(), { name });
  await until(async () => {
    const [one, other] = await Promise.all(['digits', 'gone'].map((name) => fixture.predictor.status(name)));
    return one[0]?.state === 'AVAILABLE' && other[0]?.state === 'AVAILABLE';
  });
  await fixture.predictor.unload('gone');
});
afterAll(() => fixture.close());

async function get(path: string, kserve: boolean) {
  const request = { method: 'GET', path, body: new Uint8Array() };
  const { status, body } = await answerTfServing(fixture.predictor, request, { kserve });
  return [status, JSON.parse(body)];
}

const status = { version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } };

it('lists the models', async () => {
  for (const kserve of [true, false])
    expect(await get('/v1/models', kserve)).toEqual([200, { models: ['digits', 'gone'] }]);
});

it('a model is ready, if KServe is asked for', async () => {
  const both = { model_version_status: [status], name: 'digits', ready: true };
  expect(await get('/v1/models/digits', true)).toEqual([200, both]);
  expect(await get('/v1/models/digits', false)).toEqual([200, { model_version_status: [status] }]);
  expect(await get('/v1/models/digits/versions/1', true)).toEqual([200, { model_version_status: [status] }]);
});

it('a model is not', async () => {
  expect(await get('/v1/models/gone', true)).toEqual([503, { error: 'Model with name gone is not ready.' }]);
  expect(await get('/v1/models/gone', false)).toMatchObject([200, { model_version_status: [{ version: '1' }] }]);
  expect(await get('/v1/models/nope', true)).toEqual([404, { error: 'Could not find any versions of model nope' }]);
});
