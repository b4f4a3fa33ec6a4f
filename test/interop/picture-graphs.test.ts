/** @file What TensorFlow's graphs make of picture files before a network, computed here: through import and serving. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { decodeSafetensors, importModel } from '../../src/formats/index.ts';
import { type ServingFixture, serveFolder } from '../../src/serving/testing/serving-fixture.ts';

const SCRIPT = fileURLToPath(new URL('./models/picture_graphs.py', import.meta.url));

let folder = '';
let fixture: ServingFixture;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-picture-graphs-'));
  await promisify(execFile)(inject('python'), [SCRIPT, folder], { maxBuffer: 1 << 26 });
  fixture = await serveFolder();
}, 300_000);
afterAll(async () => {
  await fixture?.close();
  await rm(folder, { recursive: true, force: true });
});

it('every way gives what TensorFlow gives', async () => {
  const tensors = decodeSafetensors(await readFile(path.join(folder, 'pictures.safetensors')));
  const files = await Promise.all([0, 1, 2].map((number) => readFile(path.join(folder, `${number}.png`))));
  for (const name of ['pictures', 'old']) {
    const model = await importModel(path.join(folder, name));
    expect(model.warnings).toEqual([]);
    await fixture.registry.publishImported(model, { name, file: name });
  }
  const wrong: string[] = [];
  for (const [signature, expected] of tensors) {
    const sent = new Map([['files', { dtype: 'DT_STRING', shape: [3], data: files } as const]]);
    const ask = fixture.predictor.use({ name: signature === 'old' ? 'old' : 'pictures' }, (used) =>
      used.run(signature, sent),
    );
    const answer = await ask.catch((error: Error) => error);
    if (answer instanceof Error) {
      wrong.push(`${signature}: ${answer.message}`);
      continue;
    }
    const { shape, data } = answer.get('y')!;
    expect([signature, shape]).toEqual([signature, expected.shape]);
    const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
    const most = expected.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - Number(data[i]))), 0);
    if (!(most / largest < 1e-5)) wrong.push(`${signature}: ${most / largest}`);
  }
  expect(tensors.size).toBeGreaterThan(35);
  expect(wrong).toEqual([]);
}, 300_000);
