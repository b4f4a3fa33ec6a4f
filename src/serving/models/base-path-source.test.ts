import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TensorValue } from '../../contracts/index.ts';
import { ModelRegistry } from '../../registry/index.ts';
import { tinyModel } from '../../registry/testing/tiny-model.ts';
import { createInferencePool, type InferencePool } from '../../runtime/index.ts';
import { Predictor, type PredictorOptions } from '../predictor.ts';
import { until } from '../testing/serving-fixture.ts';
import { addingOnnx } from '../testing/tiny-onnx.ts';
import type { ServedModelConfig, VersionPolicy } from './configuration.ts';

let folder: string;
let pool: InferencePool;
let predictor: Predictor;
const logged: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-base-'));
  pool = createInferencePool({ threads: 1 });
  logged.length = 0;
});
afterEach(async () => {
  await predictor.close();
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<PredictorOptions> = {}): Promise<void> {
  const basePaths = { pollMs: 0, ...options.basePaths };
  predictor = new Predictor({ pool, log: (_, message) => void logged.push(message), ...options, basePaths });
  await predictor.start();
}

/** `y = x + added`; appears whole. */
async function write(model: string, version: string, added: number): Promise<void> {
  const place = path.join(folder, model, version);
  const writing = path.join(folder, `${model}-${version}.tmp`);
  await mkdir(writing, { recursive: true });
  await writeFile(path.join(writing, 'model.onnx'), addingOnnx(added));
  await mkdir(path.dirname(place), { recursive: true });
  await rename(writing, place);
}

function config(
  name: string,
  more: { policy?: VersionPolicy; labels?: Record<string, number> } = {},
): ServedModelConfig {
  const { policy = { kind: 'latest', count: 1 }, labels = {} } = more;
  return { name, basePath: path.join(folder, name), policy, labels: new Map(Object.entries(labels)) };
}

async function ask(name: string, x = 1, target: { version?: number; label?: string } = {}): Promise<number> {
  return predictor.use({ name, ...target }, async (model) => {
    const sent: TensorValue = { dtype: 'DT_FLOAT', shape: [1, 1], data: Float32Array.of(x) };
    const outputs = await model.run('', new Map([['x', sent]]));
    return (outputs.get('y')!.data as Float32Array)[0];
  });
}

const shown = async (name: string) => (await predictor.status(name)).map(({ version, state }) => `${version} ${state}`);

describe('base paths', () => {
  it('serve the versions that the policy chooses', async () => {
    for (const version of ['1', '00000002', '3', 'latest', '4x'])
      await write('m', version, Number.parseInt(version, 10) || 9);
    await start();
    expect(await predictor.basePaths.apply([config('m')])).toEqual({ code: 'OK', message: '' });
    expect(predictor.ready()).toBe(true);
    expect([await ask('m'), await shown('m')]).toEqual([4, ['3 AVAILABLE']]);
    await predictor.basePaths.apply([config('m', { policy: { kind: 'all' } })]);
    await predictor.settled();
    expect(await shown('m')).toEqual(['3 AVAILABLE', '2 AVAILABLE', '1 AVAILABLE']);
    expect(await ask('m', 1, { version: 2 })).toBe(3);
    await predictor.basePaths.apply([config('m', { policy: { kind: 'specific', versions: [1n, 2, 7] } })]);
    await until(async () => (await shown('m')).join() === '3 END,2 AVAILABLE,1 AVAILABLE');
    expect(await ask('m')).toBe(3);
  });

  it('see versions come and go, and keep what is there when a new one is broken', async () => {
    await write('m', '1', 1);
    await start({ basePaths: { pollMs: 5, retryMs: 60_000 } });
    await predictor.basePaths.apply([config('m')]);
    await write('m', '2', 2);
    await until(async () => (await shown('m')).join() === '2 AVAILABLE,1 END');
    const broken = path.join(folder, 'm', '3');
    await mkdir(broken);
    await writeFile(path.join(broken, 'model.onnx'), 'no model');
    await until(async () => (await shown('m'))[0] === '3 END');
    const [{ error }] = await predictor.status('m');
    expect(error).toMatchObject({ code: 'model_broken', message: expect.stringContaining('Version 3 of model "m"') });
    const told = logged.find((line) => line.includes('cannot be served'));
    expect(told?.split('Version 3 of model "m"')).toEqual([
      '',
      expect.stringMatching(/^ cannot be served: model.onnx /),
    ]);
    expect(await ask('m')).toBe(3);
    // It was only half there.
    await writeFile(path.join(broken, 'model.onnx'), addingOnnx(3));
    await until(async () => (await shown('m')).join() === '3 AVAILABLE,2 END,1 END');
    await rm(broken, { recursive: true });
    await until(async () => (await shown('m'))[1] === '2 AVAILABLE');
    expect(await ask('m')).toBe(3);
  });

  it('load a version that was half there, although it was whole before the next look', async () => {
    const place = path.join(folder, 'm', '1');
    await mkdir(place, { recursive: true });
    await writeFile(path.join(place, 'model.onnx'), 'no mod');
    await start({ basePaths: { pollMs: 0, retryMs: 60_000 } });
    expect((await predictor.basePaths.apply([config('m')])).code).toBe('UNKNOWN');
    await writeFile(path.join(place, 'model.onnx'), addingOnnx(3));
    await predictor.basePaths.poll();
    await until(async () => (await shown('m')).join() === '1 AVAILABLE');
    expect(await ask('m')).toBe(4);
  });

  it('are looked at as late as a timer can, and not all the time, when that is in thousands of years', async () => {
    await write('m', '1', 1);
    const timer = vi.spyOn(globalThis, 'setTimeout');
    await start({ basePaths: { pollMs: 1e14, retryMs: 1e14 } });
    await predictor.basePaths.apply([config('m')]);
    const delays = timer.mock.calls.map(([, delay]) => delay ?? 0);
    timer.mockRestore();
    expect(Math.max(...delays)).toBe(2 ** 31 - 1);
  });

  it('that are empty unload everything; those that are missing do not', async () => {
    await write('m', '1', 1);
    await start();
    await predictor.basePaths.apply([config('m')]);
    await rename(path.join(folder, 'm'), path.join(folder, 'away'));
    await predictor.basePaths.poll();
    await predictor.basePaths.poll();
    expect(await ask('m')).toBe(2);
    expect(
      logged.filter((message) => message.startsWith(`Could not find base path ${folder}/m for servable m`)),
    ).toHaveLength(1);
    await mkdir(path.join(folder, 'm'));
    await predictor.basePaths.poll();
    await until(async () => (await shown('m')).join() === '1 END');
    expect(logged.at(-1)).toContain('Did you forget to name your leaf directory as a number');
    await expect(ask('m')).rejects.toMatchObject({ code: 'model_not_found' });
  });

  it('are loaded when somebody asks, where they are lazy', async () => {
    await write('m', '1', 1);
    await start({ basePaths: { pollMs: 0, loading: 'lazy' } });
    await predictor.basePaths.apply([config('m', { labels: { stable: 1 } })]);
    expect(await predictor.status('m')).toMatchObject([{ state: 'AVAILABLE', isLoaded: false }]);
    expect(predictor.ready()).toBe(true);
    expect(await ask('m', 1, { label: 'stable' })).toBe(2);
    expect(await predictor.status('m')).toMatchObject([{ isLoaded: true }]);
  });

  it('take versions of Pictor', async () => {
    const registry = new ModelRegistry(path.join(folder, 'registry'));
    await registry.publish(tinyModel(), { name: 'digits' });
    await cp(path.join(folder, 'registry', 'digits', '1'), path.join(folder, 'm', '7'), { recursive: true });
    await start();
    expect(await predictor.basePaths.apply([config('m')])).toEqual({ code: 'OK', message: '' });
    const answer = await predictor.use({ name: 'm' }, async (model) => {
      expect(model).toMatchObject({ name: 'm', version: 7, labels: ['0', '1', '2'] });
      return model.predictPixels(new Float32Array(4), 1);
    });
    expect(answer).toHaveLength(3);
  });
});

describe('labels.txt beside a file of another tool', () => {
  const fixture = new URL('../../formats/keras/testing/fixtures/models/nested-keras3.keras', import.meta.url);

  async function labelsWith(labels: string): Promise<readonly string[]> {
    await mkdir(path.join(folder, 'm', '1'), { recursive: true });
    await cp(fixture, path.join(folder, 'm', '1', 'model.keras'));
    await writeFile(path.join(folder, 'm', '1', 'labels.txt'), labels);
    await start();
    expect(await predictor.basePaths.apply([config('m')])).toEqual({ code: 'OK', message: '' });
    return predictor.use({ name: 'm' }, async (model) => model.labels);
  }

  it('names the classes', async () => {
    expect(await labelsWith('oak\nelm\r\nash\nfir\n')).toEqual(['oak', 'elm', 'ash', 'fir']);
    expect(logged.join()).not.toContain('labels');
  });

  it('is not used when it has another number of lines, and the log tells', async () => {
    expect(await labelsWith('oak\nelm\n')).toEqual(['0', '1', '2', '3']);
    const note = 'labels.txt has 2 lines and the model 4 classes, so that it is not used.';
    expect(logged).toContainEqual(expect.stringContaining(`Version 1 of model "m": ${note}`));
    expect(logged).toContainEqual(expect.stringContaining('classes are called by their numbers, 0 to 3.'));
  });
});

describe('a configuration', () => {
  it('is replaced whole: new models are waited for, others go', async () => {
    for (const name of ['a', 'b', 'c']) await write(name, '1', name.charCodeAt(0));
    await start();
    await predictor.basePaths.apply([config('a'), config('b')]);
    expect(await predictor.basePaths.apply([config('b'), config('c')])).toEqual({ code: 'OK', message: '' });
    expect(await ask('c', 0)).toBe(99);
    await expect(ask('a')).rejects.toMatchObject({ code: 'model_not_found' });
    expect(await ask('b', 0)).toBe(98);
    await predictor.basePaths.add(config('a'));
    expect(await ask('a', 0)).toBe(97);
    await predictor.basePaths.remove('c');
    await until(async () => (await shown('c')).join() === '1 END');
    expect([...predictor.basePaths.models.keys()]).toEqual(['b', 'a']);
  });

  it('that cannot be is refused, and says which models did not become available', async () => {
    await write('m', '1', 1);
    await start();
    const [good, relative] = [config('m'), { ...config('m'), basePath: 'models/m' }];
    expect(await predictor.basePaths.apply([good, good])).toEqual({
      code: 'INVALID_ARGUMENT',
      message: 'Illegal to list model m multiple times in config list',
    });
    expect(await predictor.basePaths.apply([relative])).toEqual({
      code: 'INVALID_ARGUMENT',
      message: 'Expected model m to have an absolute path or URI; got base_path()=models/m',
    });
    await mkdir(path.join(folder, 'bad', '1'), { recursive: true });
    const status = await predictor.basePaths.apply([good, config('bad'), config('none')]);
    expect(predictor.ready()).toBe(false);
    expect(status.code).toBe('UNKNOWN');
    expect(status.message).toMatch(/^2 model\(s\) did not become available: \{\{name: bad version: 1\} due to error: /);
    expect(await ask('m')).toBe(2);
  });

  it('gives labels to versions that are available, all or none', async () => {
    await write('m', '1', 1);
    await write('m', '2', 2);
    await start();
    const all = { policy: { kind: 'all' } } as const;
    await predictor.basePaths.apply([config('m', { ...all, labels: { stable: 1, canary: 2 } })]);
    expect([await ask('m', 0, { label: 'stable' }), await ask('m', 0, { label: 'canary' })]).toEqual([1, 2]);
    expect(await predictor.basePaths.apply([config('m', { ...all, labels: { stable: 2, canary: 9 } })])).toEqual({
      code: 'FAILED_PRECONDITION',
      message: 'Request to assign label to version 9 of model m, which is not currently available for inference',
    });
    expect(await ask('m', 0, { label: 'stable' })).toBe(1);
    await predictor.basePaths.apply([config('m', { ...all, labels: { stable: 2 } })]);
    expect(await ask('m', 0, { label: 'stable' })).toBe(2);
    await expect(ask('m', 0, { label: 'canary' })).rejects.toMatchObject({ code: 'model_label_not_found' });
  });

  it('may give new labels to versions that are yet to come, where that is allowed', async () => {
    await write('m', '1', 1);
    await start({ basePaths: { pollMs: 0, allowLabelsForUnavailable: true } });
    const next = config('m', { policy: { kind: 'all' }, labels: { stable: 1, next: 2 } });
    expect((await predictor.basePaths.apply([next])).code).toBe('OK');
    await write('m', '2', 2);
    await predictor.basePaths.poll();
    await predictor.settled();
    expect(await ask('m', 0, { label: 'next' })).toBe(2);
    const moved = await predictor.basePaths.apply([config('m', { policy: { kind: 'all' }, labels: { stable: 3 } })]);
    expect(moved.code).toBe('FAILED_PRECONDITION');
  });
});
