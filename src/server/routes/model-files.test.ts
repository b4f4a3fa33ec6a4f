import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predictExample } from '../../contracts/index.ts';
import { tinyModel } from '../../registry/testing/tiny-model.ts';
import { form } from '../testing/form.ts';
import { openServer, type ServerFixture } from '../testing/server-fixture.ts';

const fixtures = fileURLToPath(new URL('../../formats/onnx/testing/fixtures', import.meta.url));
const file = (name: string) => readFile(path.join(fixtures, name));

let fixture: ServerFixture;
beforeAll(async () => {
  fixture = await openServer({ maxUploadBytes: 5_000 });
});
afterAll(() => fixture.close());

const url = '/api/v1/models/import';
const post = (more: Omit<InjectOptions, 'method' | 'url'>, query = '') =>
  fixture.app.inject({ method: 'POST', url: `${url}${query}`, ...more });
const leftovers = () => readdir(path.join(fixture.directory, 'cache', 'imports')).catch(() => []);

describe('import', () => {
  it('takes a file of a form, with what is told of it', async () => {
    const response = await post(
      form([
        { name: 'name', content: 'shapes' },
        { name: 'labels', content: 'round\nsquare\nlong\nwide' },
        { name: 'inputRange', content: '0..1' },
        { name: 'file', fileName: 'net.onnx', content: await file('channels-first-13.onnx') },
      ]),
    );
    expect([response.statusCode, response.json()]).toEqual([201, { model: 'shapes', version: 1, warnings: [] }]);
    expect(response.headers.location).toBe('/api/v1/models/shapes/versions/1');
    expect(await fixture.services.registry.manifest('shapes', 1)).toMatchObject({
      labels: ['round', 'square', 'long', 'wide'],
      inputRange: '0..1',
      answers: 'probabilities',
      origin: { format: 'onnx', producer: 'onnx-test 1.0', file: 'net.onnx' },
    });
    expect(await leftovers()).toEqual([]);
  });

  it('takes the files of a folder', async () => {
    const parts = ['channels-last.onnx', 'channels-last.data'].map(async (name) => ({
      name: 'file',
      fileName: `cats/${name}`,
      content: await file(name),
    }));
    const response = await post(form([...(await Promise.all(parts)), { name: 'name', content: 'cats' }]));
    expect(response.json()).toMatchObject({ model: 'cats', version: 1, warnings: [expect.stringMatching(/0\.\.255/)] });
    expect((await fixture.services.registry.manifest('cats')).origin?.file).toBe('cats');
  });

  it('takes a file as the whole body, and counts the versions', async () => {
    const payload = await file('half.onnx');
    const headers = { 'content-type': 'application/octet-stream' };
    for (const version of [1, 2]) {
      const response = await post({ payload, headers }, '?name=half&fileName=half.onnx&inputRange=0..255');
      expect(response.json()).toMatchObject({ model: 'half', version });
    }
  });

  it('takes a URL', async () => {
    const bytes = await file('sklearn.onnx');
    const server = createServer((_, response) => response.end(bytes)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a/iris.onnx?x=1`;
    const response = await post({ payload: { name: 'iris', url: address } });
    server.close();
    expect(response.json()).toMatchObject({ model: 'iris', version: 1 });
    expect((await fixture.services.registry.manifest('iris')).origin?.file).toBe('iris.onnx');
    expect(await leftovers()).toEqual([]);
  });

  const onnx = async (more: { name: string; content: string }[] = [], fileName = 'net.onnx', content?: Buffer) =>
    form([...more, { name: 'file', fileName, content: content ?? (await file('channels-first-13.onnx')) }]);
  const named = { name: 'name', content: 'refused' };

  it.each([
    ['no file', async () => form([named]), 'invalid_request', /no file/],
    ['no name', () => onnx(), 'invalid_request', /no field "name"/],
    [
      'a name that cannot be',
      () => onnx([{ name: 'name', content: '../x' }]),
      'model_name_invalid',
      /cannot be the name/,
    ],
    [
      'a wrong range',
      () => onnx([named, { name: 'inputRange', content: '0..2' }]),
      'invalid_request',
      /"0\.\.2"; expected/,
    ],
    ['a wrong height', () => onnx([named, { name: 'height', content: '1.5' }]), 'invalid_request', /"height"/],
    ['too few labels', () => onnx([named, { name: 'labels', content: 'a\nb' }]), 'model_labels_invalid', /there are 2/],
    [
      'a label twice',
      () => onnx([named, { name: 'labels', content: 'a\na\nb\nc' }]),
      'model_labels_invalid',
      /there twice/,
    ],
    [
      'labels that are no texts',
      () => onnx([named, { name: 'labels', content: '[1,{}]' }]),
      'model_labels_invalid',
      /other things/,
    ],
    ['a web page', () => onnx([named], 'x.h5', Buffer.from('<!DOCTYPE html>')), 'model_file_invalid', /web page/],
    ['nothing in it', () => onnx([named], 'x.onnx', Buffer.alloc(0)), 'model_file_invalid', /empty/],
    ['too many bytes', () => onnx([named], 'x.onnx', Buffer.alloc(6000)), 'body_too_large', /5000/],
    [
      'a private address',
      async () => ({ payload: { name: 'x', url: 'http://169.254.169.254/x' } }),
      'url_private',
      /./,
    ],
    [
      'a file of the server',
      async () => ({ payload: { name: 'x', url: 'file:///etc/passwd' } }),
      'invalid_request',
      /no.* URL/,
    ],
  ] as const)('refuses %s', async (_, make, code, message) => {
    const response = await post(await make());
    expect(response.json().error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await leftovers()).toEqual([]);
    await expect(fixture.services.registry.get('refused')).rejects.toMatchObject({ code: 'model_not_found' });
  });

  it('writes nothing outside of its folder, however a file is called', async () => {
    const response = await post(await onnx([named], '../../../../escape/net.onnx'));
    expect(response.statusCode).toBe(201);
    await fixture.services.registry.delete('refused');
    expect((await readdir(fixture.directory)).sort()).toEqual(['cache', 'models', 'platform', 'studio']);
  });
});

describe('inspect', () => {
  it('tells what a version is made of, trained or imported', async () => {
    await fixture.services.registry.publish(tinyModel(), { name: 'tiny' });
    const get = async (place: string) => (await fixture.app.inject(`/api/v1/models/${place}/inspect`)).json();
    expect(await get('tiny/versions/1')).toMatchObject({
      subject: 'tiny:1',
      format: 'pictor',
      trainable: true,
      parameters: 15,
      layers: [{ name: 'flatten' }, { name: 'dense', type: 'Dense', outputShape: [-1, 3], parameters: 15, flops: 27 }],
      signatures: { serving_default: { inputs: { input_tensor: { dtype: 'DT_FLOAT', shape: [-1, 2, 2, 1] } } } },
    });
    expect(await get('shapes/versions/1')).toMatchObject({
      subject: 'shapes:1',
      format: 'onnx',
      trainable: false,
      producer: 'onnx-test 1.0',
      inputLayout: 'channelsFirst',
    });
    expect((await get('tiny/versions/9')).error.code).toBe('model_version_not_found');
  });

  it('counts the bytes as the list of models does', async () => {
    const listed = (await fixture.app.inject('/api/v1/models/shapes')).json().versions[0];
    const inspected = (await fixture.app.inject('/api/v1/models/shapes/versions/1/inspect')).json();
    expect([inspected.bytes, inspected.bytes > 0]).toEqual([listed.bytes, true]);
  });

  it('is enough for a request that is answered', async () => {
    for (const model of ['tiny', 'iris']) {
      const inspection = (await fixture.app.inject(`/api/v1/models/${model}/versions/1/inspect`)).json();
      const example = predictExample(`/v1/models/${model}`, inspection.signatures);
      const payload = /'(.*)'$/s.exec(example?.code ?? '')?.[1] ?? '';
      const response = await fixture.app.inject({ method: 'POST', url: `/v1/models/${model}:predict`, payload });
      expect([model, response.statusCode, response.body]).toEqual([model, 200, expect.stringContaining('predictions')]);
    }
  });
});
