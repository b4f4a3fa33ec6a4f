import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyModel } from '../../registry/testing/tiny-model.ts';
import { openServer, type ServerFixture } from '../testing/server-fixture.ts';

let fixture: ServerFixture;
beforeAll(async () => {
  fixture = await openServer({});
  await fixture.services.registry.publish(tinyModel(), { name: 'tiny' });
});
afterAll(() => fixture.close());

const get = (query: string, model = 'tiny/versions/1') =>
  fixture.app.inject({ method: 'GET', url: `/api/v1/models/${model}/export${query}` });

it('gives a file, with what the comparison found', async () => {
  const response = await get('?format=onnx&opset=15&preprocessing=false');
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-disposition']).toBe('attachment; filename="tiny-1.onnx"');
  expect(Number(response.headers['content-length'])).toBe(response.rawPayload.length);
  expect(JSON.parse(response.headers['pictor-report'] as string)).toMatchObject({ parity: { top1Agreement: 1 } });
  await expect.poll(() => readdir(path.join(fixture.directory, 'cache', 'exports'))).toEqual([]);
});

it('packs a folder', async () => {
  const response = await get('?format=savedmodel');
  expect(response.headers['content-disposition']).toBe('attachment; filename="tiny-1.tar.gz"');
  expect([...response.rawPayload.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
});

it.each([
  ['?format=pickle', 'tiny/versions/1', 400, 'invalid_request'],
  ['', 'tiny/versions/1', 400, 'invalid_request'],
  ['?format=onnx&opset=99', 'tiny/versions/1', 400, 'export_option_invalid'],
  ['?format=onnx', 'tiny/versions/7', 404, 'model_version_not_found'],
  ['?format=onnx', 'nobody/versions/1', 404, 'model_not_found'],
])('refuses %s of %s', async (query, model, status, code) => {
  const response = await get(query, model);
  expect([response.statusCode, response.json().error.code]).toEqual([status, code]);
});
