import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from '../../registry/testing/tiny-model.ts';
import { openServer, type ServerFixture } from '../testing/server-fixture.ts';

const PIXELS = [0, 0, 0, 0];
let fixture: ServerFixture;
beforeAll(async () => {
  fixture = await openServer();
  // The first version says 0, the second 1, the third 2.
  for (const bias of [
    [9, 0, 0],
    [0, 9, 0],
    [0, 0, 9],
  ]) {
    await fixture.services.registry.publish(tinyModel({ bias }), { name: 'tiny' });
  }
  await fixture.services.registry.refresh();
  for (const version of [1, 2, 3]) await fixture.services.predictor.load('tiny', version);
});
afterAll(() => fixture.close());

const call = async (method: 'GET' | 'POST', path: string, payload?: object) => {
  const response = await fixture.app.inject({ method, url: `/api/v1/models/${path}`, payload });
  return { status: response.statusCode, body: response.json() };
};
const ask = (path = 'tiny/predict') => call('POST', path, { pixels: PIXELS });

describe('which version answers', () => {
  it('is the newest, one that was promoted, or by shares', async () => {
    expect((await ask()).body).toMatchObject({ version: 3, label: '2' });
    expect((await call('POST', 'tiny/promote', { version: 1 })).body).toEqual({ labels: {}, split: { '1': 1 } });
    expect((await ask()).body).toMatchObject({ version: 1, label: '0' });
    expect((await call('POST', 'tiny/promote', { split: { 1: 1, 2: 3 } })).body.split).toEqual({
      '1': 0.25,
      '2': 0.75,
    });
    const seen = new Set<number>();
    for (let i = 0; i < 100; i++) seen.add((await ask()).body.version);
    expect([...seen].sort()).toEqual([1, 2]);
    expect((await call('GET', 'tiny/serving')).body.split).toEqual({ '1': 0.25, '2': 0.75 });
    expect((await call('POST', 'tiny/promote', { version: null })).body.split).toBe(null);
    expect((await ask()).body.version).toBe(3);
  });

  it('may be named by a label', async () => {
    expect((await call('POST', 'tiny/promote', { labels: { stable: 2 } })).body.labels).toEqual({ stable: 2 });
    expect((await ask('tiny/labels/stable/predict')).body).toMatchObject({ version: 2, label: '1' });
    await call('POST', 'tiny/promote', { labels: { stable: 1 } });
    expect((await ask('tiny/labels/stable/predict')).body).toMatchObject({ version: 1, label: '0' });
    await call('POST', 'tiny/promote', { labels: { stable: null } });
    const gone = await ask('tiny/labels/stable/predict');
    expect([gone.status, gone.body.error.code]).toEqual([404, 'model_label_not_found']);
  });

  it.each<[string, object, number, string]>([
    ['tiny', {}, 400, 'invalid_request'],
    ['tiny', { version: 1, split: { 1: 1 } }, 400, 'invalid_request'],
    ['tiny', { version: 9 }, 404, 'model_version_not_found'],
    ['tiny', { labels: { 'a b': 1 } }, 400, 'invalid_request'],
    ['tiny', { split: { 1: -1 } }, 400, 'invalid_request'],
    ['tiny', { version: '1' }, 400, 'invalid_request'],
    ['nothing', { version: 1 }, 404, 'model_not_found'],
  ])('is not chosen by %s %j', async (name, body, status, code) => {
    const refused = await call('POST', `${name}/promote`, body);
    expect([refused.status, refused.body.error.code]).toEqual([status, code]);
  });
});

it('versions are unloaded and loaded', async () => {
  const unloaded = await call('POST', 'tiny/versions/3/unload');
  expect(unloaded.body.versions[0]).toMatchObject({ version: 3, loaded: false });
  expect((await ask()).body.version).toBe(2);
  expect((await ask('tiny/versions/3/predict')).body.error.code).toBe('model_not_ready');
  expect((await call('POST', 'tiny/unload')).body.versions.map(({ loaded }: { loaded: boolean }) => loaded)).toEqual([
    false,
    false,
    false,
  ]);
  const refused = await ask();
  expect([refused.status, refused.body.error.code]).toEqual([503, 'model_not_ready']);
  expect((await call('POST', 'tiny/versions/1/load')).body.versions[2]).toMatchObject({ version: 1, loaded: true });
  expect((await ask()).body.version).toBe(1);
  await call('POST', 'tiny/load');
  expect((await ask()).body.version).toBe(3);
  for (const path of ['nothing/load', 'nothing/unload', 'nothing/serving', 'nothing/statistics']) {
    const method = path.endsWith('load') ? 'POST' : 'GET';
    expect([path, (await call(method, path)).body.error.code]).toEqual([path, 'model_not_found']);
  }
  expect((await call('POST', 'tiny/versions/9/load')).body.error.code).toBe('model_version_not_found');
});

it('what was answered is counted', async () => {
  const before = (await call('GET', 'tiny/statistics')).body.versions.find(
    ({ version }: { version: number }) => version === 2,
  );
  await ask('tiny/versions/2/predict');
  await ask('tiny/versions/2/predict');
  const { versions } = (await call('GET', 'tiny/statistics')).body;
  const after = versions.find(({ version }: { version: number }) => version === 2);
  expect(after.rows).toBe((before?.rows ?? 0) + 2);
  expect(after.success.count).toBe((before?.success.count ?? 0) + 2);
  expect(after).toMatchObject({ pending: 0, lastRequestAt: expect.stringMatching(/^\d{4}-/) });
  expect(after.compute.totalMs).toBeGreaterThan(0);
  expect(after.batchSizes[0]).toMatchObject({ rows: 1, count: expect.any(Number) });
});
