import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import tar, { type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tf } from '../../proto/index.ts';
import { openSession } from '../../runtime/index.ts';
import type { ImportedModel } from '../imported-model.ts';
import { readTfaas } from './read-tfaas.ts';

const FIXTURES = fileURLToPath(new URL('../tensorflow/read/testing/fixtures', import.meta.url));
const LABELS = ['cat', 'dog', 'bird'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pictor-tfaas-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Entry = readonly [Partial<Header> & { readonly name: string }, (string | Uint8Array)?];

async function tarball(entries: readonly Entry[], pack = (bytes: Buffer): Buffer => bytes): Promise<string> {
  const archive = tar.pack();
  for (const [header, content] of entries) archive.entry(header, content === undefined ? '' : Buffer.from(content));
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  const file = path.join(folder, 'model.tar.gz');
  writeFileSync(file, pack(Buffer.concat(chunks)));
  return file;
}

/** The files of a SavedModel by TensorFlow, with what TFaaS wants beside it. */
function bundle(prefix = '', params: unknown = { name: 'm', model: 'saved_model.pb', labels: 'labels.txt' }): Entry[] {
  const source = path.join(FIXTURES, 'resource');
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (name) => path.extname(name) !== '' && !name.endsWith('variables'),
  );
  const files = names.map((name): Entry => [{ name: `${prefix}${name}` }, readFileSync(path.join(source, name))]);
  const text = typeof params === 'string' ? params : JSON.stringify(params);
  return [
    [{ name: `${prefix}params.json` }, text],
    [{ name: `${prefix}labels.txt` }, `${LABELS.join('\n')}\n`],
    ...files,
  ];
}

const refusal = async (file: string): Promise<unknown> => readTfaas(file).catch((error: unknown) => error);

describe('a model for TFaaS', () => {
  it.each([
    ['with a folder inside', 'model/', gzipSync],
    ['without one', '', gzipSync],
    ['that begins with ./', './', gzipSync],
    ['that is not compressed', 'model/', (bytes: Buffer) => bytes],
  ])('as a tarball %s', async (_, prefix, pack) => {
    const noise: Entry = [{ name: `${prefix}._params.json` }, 'what Apple adds'];
    const model = await readTfaas(await tarball([noise, ...bundle(prefix)], pack));
    expect(model).toMatchObject({ format: 'tfaas', labels: LABELS, parameters: 48, answers: 'probabilities' });
  });

  it('as a tarball to which files were added again: the last of a name counts', async () => {
    const again: Entry[] = [
      [{ name: 'labels.txt' }, 'owl\newl\nmoth\n'],
      [{ name: 'params.json' }, JSON.stringify({ name: 'm', model: 'saved_model.pb', labels: 'labels.txt' })],
    ];
    const model = await readTfaas(await tarball([...bundle(), ...again], gzipSync));
    expect(model).toMatchObject({ labels: ['owl', 'ewl', 'moth'], parameters: 48 });
  });

  it('as a folder', async () => {
    cpSync(path.join(FIXTURES, 'resource'), folder, { recursive: true });
    writeFileSync(path.join(folder, 'params.json'), JSON.stringify({ name: 'm', model: 'saved_model.pb' }));
    expect(await readTfaas(folder)).toMatchObject({ format: 'tfaas', labels: null, parameters: 48 });
  });

  it.each([
    ['as they are called now', 'input_node', 'output_node', 'probabilities:0'],
    ['as they were called', 'inputNode', 'outputNode', 'probabilities'],
  ])('with a frozen graph, its nodes named %s', async (_, input, output, probabilities) => {
    const saved = fromBinary(tf.SavedModelSchema, readFileSync(path.join(FIXTURES, 'frozen/saved_model.pb')));
    const graph = toBinary(tf.GraphDefSchema, saved.metaGraphs[0].graphDef ?? create(tf.GraphDefSchema));
    const params = { name: 'm', model: 'model.pb', labels: 'labels.txt', [input]: 'pixels', [output]: probabilities };
    const [head, labels] = bundle('m/', params);
    const model = await readTfaas(await tarball([head, labels, [{ name: 'm/model.pb' }, graph]], gzipSync));
    expect(model).toMatchObject({ labels: LABELS, parameters: 48, input: { height: 6, width: 5, channels: 1 } });
    const answers = JSON.parse(readFileSync(path.join(FIXTURES, 'answers.json'), 'utf8'));
    const session = await openSession(model.graphs['model.onnx']);
    const data = Float32Array.from(answers.pixels.flat(9) as number[]);
    const found = (await session.run({ pixels: { type: 'float32', shape: [2, 6, 5, 1], data } })).probabilities.data;
    for (const [i, value] of (answers.frozen.flat() as number[]).entries()) expect(found[i]).toBeCloseTo(value, 5);
    await session.close();
  });
});

describe('tarballs that are refused', () => {
  const [params, ...rest] = bundle();
  it.each<[string, readonly Entry[], string, RegExp]>([
    ['without parameters', rest, 'model_file_invalid', /has no params\.json/],
    ['with parameters that are not JSON', bundle('', '{"name":'), 'model_file_invalid', /params\.json is not JSON/],
    ['with a list of parameters', bundle('', '[]'), 'model_file_invalid', /is not a JSON object/],
    [
      'without the model',
      [params],
      'model_file_invalid',
      /labels\.txt, which params\.json names as the labels, is missing/,
    ],
    [
      'with labels that lead out of it',
      bundle('', { labels: '../../../etc/passwd' }),
      'model_file_invalid',
      /is missing/,
    ],
    [
      'with a model that leads out of it',
      bundle('a/', { model: '../../saved_model.pb' }),
      'model_file_invalid',
      /no saved_model\.pb/,
    ],
    ['with a name that leads out of it', [[{ name: '../evil' }, 'x'], ...bundle()], 'archive_unsafe', /points out/],
    ['with an absolute name', [[{ name: '/etc/evil' }, 'x'], ...bundle()], 'archive_unsafe', /absolute/],
    [
      'with a link',
      [[{ name: 'variables', type: 'symlink', linkname: '/etc' }], ...bundle()],
      'archive_unsafe',
      /symlink/,
    ],
    [
      'with a hard link',
      [[{ name: 'l', type: 'link', linkname: 'params.json' }], ...bundle()],
      'archive_unsafe',
      /link/,
    ],
  ])('%s', async (_, entries, code, message) => {
    expect(await refusal(await tarball(entries, gzipSync))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('of very many files, in words for models', async () => {
    const many = Array.from({ length: 10_001 }, (_, i): Entry => [{ name: `f${i}`, type: 'directory' }]);
    expect(await refusal(await tarball(many, gzipSync))).toMatchObject({
      code: 'model_file_invalid',
      message: 'model.tar.gz cannot be read: it holds more than 10000 files and folders.',
    });
  });

  it('that unpack to far more than weights shrink', async () => {
    const zeros: Entry = [{ name: 'variables/zeros' }, new Uint8Array(65 * 2 ** 20)];
    expect(await refusal(await tarball([zeros, ...bundle()], gzipSync))).toMatchObject({ code: 'archive_bomb' });
  });

  it('cut off, or not one at all', async () => {
    const file = await tarball(bundle(), gzipSync);
    writeFileSync(file, readFileSync(file).subarray(0, 3000));
    expect(await refusal(file)).toMatchObject({ code: 'archive_corrupt' });
    writeFileSync(file, 'no tarball');
    expect(await refusal(file)).toMatchObject({ code: expect.stringMatching(/archive_corrupt|model_file_invalid/) });
  });
});

const data = process.env.PICTOR_DATA;
const title = data ? 'a real model' : 'a real model (skipped: PICTOR_DATA names no folder with it)';
describe.skipIf(!data)(title, () => {
  it('answers as TensorFlow does', async () => {
    const model: ImportedModel = await readTfaas(path.join(data!, 'models/tfaas/fashion.tar.gz'));
    expect(model.labels?.slice(0, 2)).toEqual(['T-shirt/top', 'Trouser']);
    expect(model.parameters).toBe(34_826);
    const read = (name: string, header: number): Buffer =>
      gunzipSync(readFileSync(path.join(data!, 'fashion-mnist', name))).subarray(header);
    const pictures = Float32Array.from(read('t10k-images-idx3-ubyte.gz', 16), (value) => value / 255);
    const labels = read('t10k-labels-idx1-ubyte.gz', 8);
    const session = await openSession(model.graphs['model.onnx']);
    const found = new Float32Array(100_000);
    for (let row = 0; row < 10_000; row += 2000) {
      const part = pictures.subarray(row * 784, (row + 2000) * 784);
      const { dense } = await session.run({ input_1: { type: 'float32', shape: [2000, 28, 28, 1], data: part } });
      found.set(dense.data as Float32Array, row * 10);
    }
    await session.close();
    const reference = JSON.parse(readFileSync(path.join(data!, 'models/reference/tfaas_fashion.json'), 'utf8'));
    const expected = reference.outputs.flat() as number[];
    const worst = expected.map((value, i) => Math.abs(found[i] - value) / Math.max(value, 1e-4));
    expect(Math.max(...worst)).toBeLessThan(1e-5);
    const right = [...labels].filter((label, i) => {
      const row = found.subarray(10 * i, 10 * i + 10);
      return row.indexOf(Math.max(...row)) === label;
    });
    expect(right.length / 10_000).toBe(reference.accuracy_on_all_10000_test_images);
  });
});
