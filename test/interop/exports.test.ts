/** @file Version folders and exported bundles in real TensorFlow, as the registry and the command write them. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodePicture } from '../../src/dataset/index.ts';
import { colourPng, greyPng } from '../../src/dataset/testing/files.ts';
import { exportModel, type ImportedModel } from '../../src/formats/index.ts';
import { dense, flatten, sequential } from '../../src/nn/network/sequential.ts';
import { ModelRegistry } from '../../src/registry/index.ts';
import { tinyModel } from '../../src/registry/testing/tiny-model.ts';
import { distance, ourAnswers, somePixels, someWeights } from './support/our-answers.ts';
import { askTensorFlow } from './support/saved-models.ts';

const BOUND = 1e-4;
const PICTURES = [greyPng(3, 12), colourPng(2, 30, 20)];

let folder: string;
let registry: ModelRegistry;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-interop-'));
  registry = new ModelRegistry(path.join(folder, 'models'));
});
afterAll(() => rm(folder, { recursive: true }));

it('a version that was trained is a SavedModel', async () => {
  const model = tinyModel();
  await registry.publish(model, { name: 'digits' });
  const files = await filesOf(path.join(registry.directory, 'digits', '1'));
  const { network } = model.recipe;
  const pixels = somePixels(network, 3, 1);
  const [{ objects, session }] = await askTensorFlow([
    { files, pixels, session: true, calls: [{ signature: 'serving_default' }] },
  ]);
  const ours = await ourAnswers(network, model.weights, pixels);
  for (const answer of [objects, session!]) {
    expect(answer.error).toBeUndefined();
    expect(distance(ours.output_0, answer.answers[0].output_0)).toBeLessThan(BOUND);
  }
});

it('a version that was imported has its own names, rows and range', async () => {
  const spec = sequential('rows', { height: 6, width: 5, channels: 1 }, [
    flatten(),
    dense({ units: 7, activation: 'gelu', name: 'Features (1)' }),
    dense({ units: 4, name: 'end' }),
  ]);
  const weights = someWeights(spec, 8);
  const model: ImportedModel = {
    format: 'keras',
    producer: 'keras 3',
    labels: null,
    input: spec.input,
    inputRange: '-1..1',
    answers: 'probabilities',
    parameters: 1,
    network: {
      spec,
      weights,
      signatures: {
        serving_default: {
          input: { name: 'flat_input', kind: 'pixels', shape: [30] },
          outputs: { end: { kind: 'probabilities' } },
        },
        files: { input: { name: 'image', kind: 'pictures' }, outputs: { end: { kind: 'probabilities' } } },
      },
    },
    graphs: {},
    signatures: {},
    layers: [],
    warnings: [],
  };
  await registry.publishImported(model, { name: 'rows', file: 'rows.keras' });
  const place = path.join(registry.directory, 'rows', '1');
  const { data } = somePixels(spec, 2, 4);
  const rows = { shape: [2, 30], data: data.map((value) => value / 127.5 - 1) };
  const [{ objects }] = await askTensorFlow([
    {
      files: await filesOf(place),
      pixels: rows,
      calls: [{ signature: 'serving_default' }, { signature: 'files', files: PICTURES }],
    },
  ]);
  expect(objects.error).toBeUndefined();
  const [ofRows, ofFiles] = objects.answers;
  const ours = await ourAnswers(spec, weights, { shape: [2, 6, 5, 1], data: rows.data });
  expect(distance(ours.output_0, ofRows.end)).toBeLessThan(BOUND);
  const seen = await Promise.all(PICTURES.map((picture) => decodePicture(picture, spec.input)));
  const scaled = Float32Array.from(
    seen.flatMap((picture) => [...picture]),
    (value) => value / 127.5 - 1,
  );
  const expected = await ourAnswers(spec, weights, { shape: [2, 6, 5, 1], data: scaled });
  expect(distance(expected.output_0, ofFiles.end)).toBeLessThan(BOUND);
  expect(objects.facts.labels).toBe('0\n1\n2\n3\n');
});

it('a TFaaS bundle holds a SavedModel, and names what is asked of it', async () => {
  const source = await registry.exportSource('digits');
  const target = path.join(folder, 'digits.tar.gz');
  const { parity } = await exportModel(source, 'tfaas', target);
  expect(parity).toMatchObject({ top1Agreement: 1 });
  const files = await unpacked(target, 'digits/');
  const params = JSON.parse(Buffer.from(files.get('params.json')!).toString());
  expect(params).toMatchObject({ name: 'digits', model: 'saved_model.pb', labels: 'labels.txt', img_channels: 1 });
  const pixels = somePixels(source.model.network!.spec, 2, 3);
  const [{ objects, session }] = await askTensorFlow([
    { files, pixels, session: true, calls: [{ signature: 'serving_default' }] },
  ]);
  expect([objects.error, session?.error]).toEqual([undefined, undefined]);
  expect(objects.answers[0].output_0.shape).toEqual([2, 3]);
});

async function filesOf(place: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (file) => [path.relative(place, file), await readFile(file)] as const)),
  );
}

async function unpacked(file: string, top: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const tar = extract();
  tar.end(gunzipSync(await readFile(file)));
  for await (const entry of tar) {
    const parts: Uint8Array[] = [];
    for await (const part of entry) parts.push(part as Uint8Array);
    if (entry.header.type === 'file') files.set(entry.header.name.slice(top.length), Buffer.concat(parts));
  }
  return files;
}
