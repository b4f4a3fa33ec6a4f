/** @file Files that are no models, or damaged ones, of every kind: refused with what is wrong, on the command line and over HTTP. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../src/cli/main.ts';
import type { ErrorCode, PictorError } from '../src/contracts/index.ts';
import { tgzOf, zipOf } from '../src/dataset/testing/files.ts';
import { writeKeras, writeSavedModel } from '../src/formats/index.ts';
import { tinyModel } from '../src/registry/testing/tiny-model.ts';
import { form } from '../src/server/testing/form.ts';
import { openServer, type ServerFixture } from '../src/server/testing/server-fixture.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const fixture = (place: string) => readFile(path.join(root, 'src/formats', place));
const HTML = '<!DOCTYPE html><html><title>Sign in</title></html>';
const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123456\n';

type Files = ReadonlyMap<string, Uint8Array | string>;

let folder: string;
let server: ServerFixture;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-bad-models-'));
  server = await openServer();
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const one = (name: string, content: Uint8Array | string): Files => new Map([[name, content]]);
const { recipe, weights, labels } = tinyModel();
const savedModel = () => writeSavedModel({ spec: recipe.network, weights, labels, signatures: undefined });

async function keras(format: 'keras' | 'h5'): Promise<Buffer> {
  const file = path.join(folder, `written.${format}`);
  await writeKeras({ network: recipe.network, weights, labels }, format, file);
  return readFile(file);
}

function inFolder(files: Files, name = 'model'): Files {
  return new Map([...files].map(([file, content]) => [`${name}/${file}`, content]));
}

function changed(files: Files, change: (files: Map<string, Uint8Array | string>) => void): Files {
  const copy = new Map(files);
  change(copy);
  return copy;
}

const tarball = (files: Files) => tgzOf([...files].map(([name, content]) => ({ name, content })));
const params = JSON.stringify({ name: 'x', model: 'saved_model.pb', labels: 'labels.txt' });

const CASES: readonly (readonly [
  what: string,
  files: () => Files | Promise<Files>,
  code: ErrorCode,
  message: RegExp,
])[] = [
  ['an empty .h5', () => one('x.h5', ''), 'model_file_invalid', /empty/],
  ['an empty .onnx', () => one('x.onnx', ''), 'model_file_invalid', /empty/],
  ['an empty .keras', () => one('x.keras', ''), 'model_file_invalid', /empty/],
  ['a web page named .h5', () => one('x.h5', HTML), 'model_file_invalid', /web page/],
  ['a web page named .onnx', () => one('x.onnx', HTML), 'model_file_invalid', /web page/],
  ['a Git LFS pointer named .h5', () => one('x.h5', LFS), 'model_file_invalid', /Git LFS pointer/],
  ['a Git LFS pointer named .onnx', () => one('x.onnx', LFS), 'model_file_invalid', /Git LFS pointer/],
  ['a Git LFS pointer named .keras', () => one('x.keras', LFS), 'model_file_invalid', /Git LFS pointer/],
  ['a text', () => one('x.onnx', 'hello, world\n'.repeat(9)), 'model_format_unknown', /no format that is read/],
  ['a picture', () => one('x.h5', Buffer.from('89504e470d0a1a0a', 'hex')), 'model_format_unknown', /no format/],
  ['a pickle', () => one('x.pkl', Buffer.from('80049500', 'hex')), 'model_format_unknown', /never run/],
  ['a PyTorch file', async () => one('x.pt', zipOf({ 'net/data.pkl': 'x' })), 'model_format_unknown', /PyTorch/],
  [
    'a TensorFlow Lite file',
    () => one('x.tflite', Buffer.from('1c00000054464c33', 'hex')),
    'model_format_unknown',
    /Lite/,
  ],
  ['another JSON', () => one('model.json', '{"name":"x"}'), 'model_unsupported', /./],
  ['a truncated JSON', () => one('model.json', '{"modelTopology":{'), 'model_file_invalid', /./],
  [
    'a truncated .h5',
    async () => one('x.h5', (await fixture('keras/testing/fixtures/small-model.h5')).subarray(0, 9000)),
    'model_file_invalid',
    /truncated/,
  ],
  [
    'an .h5 of weights alone',
    async () => one('x.h5', await fixture('keras/testing/fixtures/small.weights.h5')),
    'model_file_invalid',
    /./,
  ],
  [
    'a truncated .keras',
    async () => one('x.keras', (await keras('keras')).subarray(0, 400)),
    'model_file_invalid',
    /./,
  ],
  ['a zip of other things', async () => one('x.keras', zipOf({ 'a.txt': 'a' })), 'model_file_invalid', /./],
  [
    'a truncated .onnx',
    async () => one('x.onnx', (await fixture('onnx/testing/fixtures/channels-first-13.onnx')).subarray(0, 700)),
    'model_file_invalid',
    /truncated/,
  ],
  [
    'an .onnx without the file beside it',
    async () => one('x.onnx', await fixture('onnx/testing/fixtures/channels-last.onnx')),
    'model_file_invalid',
    /not beside it/,
  ],
  [
    'a SavedModel without a shard',
    () => inFolder(changed(savedModel(), (files) => files.delete('variables/variables.data-00000-of-00001'))),
    'model_file_invalid',
    /variables.data-00000-of-00001/,
  ],
  [
    'a SavedModel without an index',
    () => inFolder(changed(savedModel(), (files) => files.delete('variables/variables.index'))),
    'model_file_invalid',
    /variables/,
  ],
  [
    'a truncated SavedModel',
    () =>
      inFolder(
        changed(savedModel(), (files) =>
          files.set('saved_model.pb', Buffer.from(files.get('saved_model.pb')!).subarray(0, 500)),
        ),
      ),
    'model_file_invalid',
    /./,
  ],
  [
    'an empty SavedModel',
    () => inFolder(changed(savedModel(), (files) => files.set('saved_model.pb', ''))),
    'model_file_invalid',
    /./,
  ],
  [
    'a folder without a model',
    () =>
      inFolder(
        new Map([
          ['a.txt', 'a'],
          ['b.txt', 'b'],
        ]),
      ),
    'model_format_unknown',
    /no model is in it/,
  ],
  [
    'a truncated tarball',
    async () => one('x.tar.gz', (await tarball(savedModel())).subarray(0, 600)),
    'archive_corrupt',
    /./,
  ],
  [
    'a tarball without a model',
    async () => one('x.tar.gz', await tarball(new Map([['params.json', params]]))),
    'model_file_invalid',
    /./,
  ],
  [
    'a tarball that leads out',
    async () => one('x.tar.gz', await tgzOf([{ name: '../../escape.txt', content: 'x' }])),
    'archive_unsafe',
    /./,
  ],
];

describe('refused with what is wrong, and nothing left behind:', () => {
  it.each(CASES)('%s', async (_what, make, code, message) => {
    const files = await make();
    const { error: told, exit } = await onCommandLine(files);
    expect(told).toMatchObject({ code, message: expect.stringMatching(message), fix: expect.stringMatching(/.{10}/) });
    expect(exit).toBe(1);
    const answered = await overHttp(files);
    expect(answered).toMatchObject({ code, fix: told.fix });
    expect(answered.message).toMatch(message);
    expect(await server.services.registry.list()).toEqual([]);
    const leftovers = await readdir(path.join(server.directory, 'cache', 'imports')).catch(() => []);
    expect(leftovers).toEqual([]);
  });
});

async function onCommandLine(files: Files): Promise<{ error: PictorError; exit: number }> {
  const place = await mkdtemp(path.join(folder, 'case-'));
  for (const [name, content] of files) {
    await mkdir(path.dirname(path.join(place, name)), { recursive: true });
    await writeFile(path.join(place, name), content);
  }
  const [first] = [...files.keys()];
  const source = path.join(place, first.split('/')[0]);
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  const data = path.join(place, 'data');
  const exit = await main(['import', source, '--name', 'bad', '--json', '--data-dir', data]);
  write.mockRestore();
  expect(await readdir(path.join(data, 'models')).catch(() => [])).toEqual([]);
  return { error: JSON.parse(lines.at(-1) ?? '{}').error, exit };
}

async function overHttp(files: Files): Promise<PictorError> {
  const parts = [...files].map(([fileName, content]) => ({ name: 'file', fileName, content: Buffer.from(content) }));
  const sent = form([...parts, { name: 'name', content: 'bad' }]);
  const response = await server.app.inject({ method: 'POST', url: '/api/v1/models/import', ...sent });
  expect(response.statusCode).toBeGreaterThanOrEqual(400);
  expect(response.statusCode).toBeLessThan(500);
  return response.json().error;
}

it('labels that do not fit a model are refused, of every kind', async () => {
  const kinds: Files[] = [
    one('x.keras', await keras('keras')),
    one('x.h5', await keras('h5')),
    one('x.onnx', await fixture('onnx/testing/fixtures/channels-first-13.onnx')),
    inFolder(savedModel()),
  ];
  for (const files of kinds) {
    const parts = [...files].map(([fileName, content]) => ({ name: 'file', fileName, content: Buffer.from(content) }));
    const wrong = ['a\nb', 'a\nb\nc\nd\ne', 'a\na\nb', 'a\n\nb', '[]'];
    for (const given of files.has('x.onnx') ? wrong : wrong.slice(0, 1)) {
      const sent = form([...parts, { name: 'name', content: 'bad' }, { name: 'labels', content: given }]);
      const response = await server.app.inject({ method: 'POST', url: '/api/v1/models/import', ...sent });
      expect(response.json().error, `${[...files.keys()][0]} ${given}`).toMatchObject({ code: 'model_labels_invalid' });
    }
  }
  expect(await server.services.registry.list()).toEqual([]);
});
