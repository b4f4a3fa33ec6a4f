import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelManifest } from '../contracts/index.ts';
import { decodeSafetensors } from '../formats/index.ts';
import { openSession } from '../runtime/index.ts';
import { ModelRegistry, type RegistryEvent } from './index.ts';
import { publishVersion } from './publish.ts';
import { tinyModel, tinyProbabilities } from './testing/tiny-model.ts';

let directory: string;
let registry: ModelRegistry;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-registry-'));
  registry = new ModelRegistry(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const publish = (name = 'digits', options: Parameters<typeof tinyModel>[0] = {}) =>
  registry.publish(tinyModel(options), { name, run: 'run-1' });

describe('publishing', () => {
  it('writes a version folder that says all about itself', async () => {
    const version = await publish();
    expect(version).toMatchObject({
      name: 'digits',
      version: 1,
      labels: ['0', '1', '2'],
      preset: 'tiny',
      run: 'run-1',
    });
    const folder = path.join(directory, 'digits', '1');
    const manifest: ModelManifest = JSON.parse(await readFile(path.join(folder, 'pictor.json'), 'utf8'));
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    expect(found.map((file) => path.relative(folder, file)).sort()).toEqual([
      'assets.extra/preprocessing.json',
      'assets/labels.txt',
      'labels.txt',
      'model.onnx',
      'pictor.json',
      'saved_model.pb',
      'variables/variables.data-00000-of-00001',
      'variables/variables.index',
      'weights.safetensors',
    ]);
    expect(Object.keys(manifest.files).length).toBe(found.length - 1);
    expect(manifest.missingSavedModel).toBeUndefined();
    for (const [file, { bytes, sha256 }] of Object.entries(manifest.files)) {
      const content = await readFile(path.join(folder, file));
      expect(bytes).toBe(content.length);
      expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
    }
    expect(await registry.manifest('digits')).toEqual(manifest);
    const weights = decodeSafetensors(await readFile(path.join(folder, 'weights.safetensors')));
    expect(weights.get('dense/bias')?.data).toEqual(new Float32Array([0, 1, 2]));
  });

  it('publishes a graph that answers with probabilities', async () => {
    await publish();
    const session = await openSession(registry.modelPath('digits', 1));
    const data = new Float32Array([0, 50, 100, 255]);
    const { output_0: output } = await session.run({ input_tensor: { type: 'float32', data, shape: [1, 2, 2, 1] } });
    await session.close();
    for (const [i, expected] of tinyProbabilities(data, [0, 1, 2]).entries()) {
      expect(output.data[i]).toBeCloseTo(expected, 6);
    }
  });

  it('keeps any label, and writes each on one line of labels.txt', async () => {
    const labels = ['<script>alert("x")</script>', 'two\nlines', 'back\\slash', '🌻', 'x'.repeat(300)];
    await publish('flowers', { labels });
    expect((await registry.manifest('flowers')).labels).toEqual(labels);
    const lines = (await readFile(path.join(directory, 'flowers/1/labels.txt'), 'utf8')).split('\n');
    expect(lines).toEqual([labels[0], 'two\\nlines', 'back\\\\slash', '🌻', labels[4], '']);
  });

  it('counts on, and never gives a number twice', async () => {
    expect((await publish()).version).toBe(1);
    expect((await publish()).version).toBe(2);
    await registry.delete('digits', 2);
    expect((await publish()).version).toBe(3);
    await registry.delete('digits', 1);
    expect((await registry.get('digits')).versions.map(({ version }) => version)).toEqual([3]);
  });

  it('deletes on a full disk, and still gives no number twice', async () => {
    await publish();
    const probe = await open(path.join(directory, 'probe'), 'w');
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const spy = vi.spyOn(Object.getPrototypeOf(probe), 'writeFile').mockRejectedValueOnce(full);
    await probe.close();
    await registry.delete('digits', 1);
    expect(spy).toHaveBeenCalledTimes(2);
    spy.mockRestore();
    expect(await readdir(path.join(directory, 'digits'))).toEqual(['.highest-version']);
    expect((await publish()).version).toBe(2);
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
    '.hidden',
    'a b',
    'con',
    'NUL.txt',
    'a.',
    'x'.repeat(101),
    'a\u0000',
    'ä',
  ])('refuses the name %j', async (name) => {
    await expect(publish(name)).rejects.toMatchObject({ code: 'model_name_invalid' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('refuses a name that differs from another only by case', async () => {
    await publish('digits');
    await expect(publish('Digits')).rejects.toMatchObject({ code: 'model_name_invalid', message: /"digits"/ });
    await expect(registry.checkName('DIGITS')).rejects.toMatchObject({ code: 'model_name_invalid' });
    await registry.checkName('digits');
  });

  it('leaves nothing behind when it fails', async () => {
    const content = {
      files: { 'model.onnx': new Uint8Array(8) },
      manifest: () => {
        throw new Error('no manifest');
      },
    };
    await expect(publishVersion(directory, 'digits', content)).rejects.toThrow('no manifest');
    expect(await readdir(directory)).toEqual([]);
    expect(await registry.list()).toEqual([]);
  });

  it('gives publishers in several processes numbers of their own', async () => {
    const script = `
      const { ModelRegistry } = await import(${JSON.stringify(new URL('../../dist/registry/index.js', import.meta.url).href)});
      const model = JSON.parse(await new Promise((done) => process.stdin.on('data', done)), (key, value) => value);
      model.weights = new Map(model.weights.map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data) }]));
      const registry = new ModelRegistry(${JSON.stringify(directory)});
      for (let i = 0; i < 5; i++) console.log((await registry.publish(model, { name: 'digits' })).version);
    `;
    const model = tinyModel();
    const weights = [...model.weights].map(([name, { shape, data }]) => [name, { shape, data: [...data] }]);
    const outputs = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<string>((resolve, reject) => {
            const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
            let text = '';
            let fault = '';
            child.stdout.on('data', (chunk) => (text += chunk));
            child.stderr.on('data', (chunk) => (fault += chunk));
            child.on('exit', (code) => (code === 0 ? resolve(text) : reject(new Error(fault))));
            child.stdin.end(JSON.stringify({ ...model, weights }));
          }),
      ),
    );
    const numbers = outputs.flatMap((text) => text.trim().split('\n').map(Number));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    const { versions, broken } = await registry.get('digits');
    expect(versions).toHaveLength(15);
    expect(broken).toBeUndefined();
    expect((await readdir(path.join(directory, 'digits'))).filter((entry) => entry.startsWith('.'))).toEqual([]);
  });
});

describe('listing', () => {
  it('shows nothing that is being written, and removes what a dead process left', async () => {
    await publish();
    const left = path.join(directory, 'digits', '.tmp-00000000-1-abc');
    await mkdir(left);
    await writeFile(path.join(left, 'model.onnx'), 'half');
    expect((await registry.list())[0].versions).toHaveLength(1);
    expect((await registry.list())[0].broken).toBeUndefined();

    const owner = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => owner.on('exit', resolve));
    const { createHash: hash } = await import('node:crypto');
    const { hostname } = await import('node:os');
    const mark = hash('sha256').update(hostname()).digest('hex').slice(0, 8);
    const dead = path.join(directory, 'digits', `.tmp-${mark}-${owner.pid}-abc`);
    const alive = path.join(directory, 'digits', `.tmp-${mark}-${process.pid}-abc`);
    await mkdir(dead);
    await mkdir(alive);
    await registry.prepare();
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(alive)).toBe(true);
    expect(existsSync(left)).toBe(true); // of another machine, and young
  });

  it('reports broken versions beside good ones', async () => {
    for (let i = 0; i < 5; i++) await publish();
    const folder = (version: number) => path.join(directory, 'digits', String(version));
    await rm(path.join(folder(1), 'pictor.json'));
    await writeFile(path.join(folder(2), 'pictor.json'), '{"format":"pictor-model"');
    await writeFile(path.join(folder(3), 'model.onnx'), 'short');
    const manifest = JSON.parse(await readFile(path.join(folder(4), 'pictor.json'), 'utf8'));
    await writeFile(path.join(folder(4), 'pictor.json'), JSON.stringify({ ...manifest, labels: [1, 2] }));
    await mkdir(path.join(directory, 'not a model'));
    const [summary, ...others] = await registry.list();
    expect(others).toEqual([]);
    expect(summary.versions.map(({ version }) => version)).toEqual([5]);
    expect(summary.broken?.map(({ version, error }) => [version, error.code])).toEqual([
      [4, 'model_broken'],
      [3, 'model_broken'],
      [2, 'model_broken'],
      [1, 'model_broken'],
    ]);
    expect(summary.broken?.[1].error.message).toMatch(/model\.onnx has 5 bytes/);
    await rm(folder(5), { recursive: true });
    await expect(registry.manifest('digits')).rejects.toMatchObject({ code: 'model_broken' });
  });

  it('takes the highest version that can be used as the default', async () => {
    await publish();
    await publish();
    await rm(path.join(directory, 'digits/2/model.onnx'));
    expect((await registry.manifest('digits')).version).toBe(1);
    await expect(registry.manifest('digits', 2)).rejects.toMatchObject({ code: 'model_broken' });
  });

  it('notices a file that was changed without changing its size', async () => {
    await publish();
    const file = path.join(directory, 'digits/1/model.onnx');
    const bytes = await readFile(file);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(file, bytes);
    await expect(registry.verify('digits', 1)).rejects.toMatchObject({ code: 'model_broken', message: /was changed/ });
  });

  it('goes by the folder where a version was copied to', async () => {
    await publish();
    await rename(path.join(directory, 'digits/1'), path.join(directory, 'digits/7'));
    expect(await registry.manifest('digits', 7)).toMatchObject({ name: 'digits', version: 7 });
  });

  it('says what is not there', async () => {
    await publish();
    for (const name of ['nothing', '..', 'DIGITS', '']) {
      await expect(registry.get(name)).rejects.toMatchObject({ code: 'model_not_found', status: 404 });
      await expect(registry.manifest(name)).rejects.toMatchObject({ code: 'model_not_found' });
      await expect(registry.delete(name)).rejects.toMatchObject({ code: 'model_not_found' });
    }
    await expect(registry.manifest('digits', 9)).rejects.toMatchObject({ code: 'model_version_not_found' });
    await expect(registry.delete('digits', 9)).rejects.toMatchObject({ code: 'model_version_not_found' });
    await registry.delete('digits');
    await expect(registry.get('digits')).rejects.toMatchObject({ code: 'model_not_found' });
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('watching', () => {
  const collect = () => {
    const events: RegistryEvent[] = [];
    let wake = () => {};
    const stop = registry.watch((event) => {
      events.push(event);
      wake();
    });
    const until = async (condition: () => boolean) => {
      while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
    };
    return { events, stop, until };
  };
  const seen = (events: RegistryEvent[]) => events.map(({ kind, name, version }) => `${kind} ${name} ${version}`);

  it('tells what there is, what comes and what goes', async () => {
    await publish();
    const { events, stop, until } = collect();
    await until(() => events.length === 1);
    const other = new ModelRegistry(directory);
    const published = performance.now();
    await other.publish(tinyModel(), { name: 'digits' });
    await until(() => events.length === 2);
    expect(performance.now() - published).toBeLessThan(800);
    await other.delete('digits', 1);
    await until(() => events.length === 3);
    await other.delete('digits');
    await until(() => events.length === 4);
    stop();
    expect(seen(events)).toEqual(['added digits 1', 'added digits 2', 'removed digits 1', 'removed digits 2']);
  });

  it('tells a second listener what there is, and of a version that was replaced', async () => {
    await publish();
    const first = collect();
    await first.until(() => first.events.length === 1);
    const second = collect();
    expect(seen(second.events)).toEqual(['added digits 1']);
    await rm(path.join(directory, 'digits'), { recursive: true });
    await publish();
    await second.until(() => second.events.length === 3);
    first.stop();
    second.stop();
    expect(seen(second.events).slice(1)).toEqual(['removed digits 1', 'added digits 1']);
  });

  it('takes nothing for gone that cannot be seen for a while', async () => {
    await publish();
    const view = path.join(directory, '.view');
    const lead = async (target: string) => {
      await symlink(target, `${view}-next`);
      await rename(`${view}-next`, view);
    };
    await lead(directory);
    registry = new ModelRegistry(view);
    const { events, stop } = collect();
    await registry.refresh();
    await lead(view);
    await registry.refresh();
    await expect(registry.list()).rejects.toThrow('ELOOP');
    await lead(directory);
    await registry.refresh();
    stop();
    expect(seen(events)).toEqual(['added digits 1']);
  });

  it('looks at once when asked to', async () => {
    const { events, stop } = collect();
    await registry.refresh();
    await publish();
    await registry.refresh();
    stop();
    expect(seen(events)).toEqual(['added digits 1']);
  });
});
