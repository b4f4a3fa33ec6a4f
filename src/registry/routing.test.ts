import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelRouting } from '../contracts/index.ts';
import { ModelRegistry } from './index.ts';
import { tinyModel } from './testing/tiny-model.ts';

let directory: string;
let registry: ModelRegistry;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-routing-'));
  registry = new ModelRegistry(directory);
  for (let version = 1; version <= 3; version += 1) await registry.publish(tinyModel(), { name: 'digits' });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const file = () => path.join(directory, 'digits/routing.json');

describe('promotion', () => {
  it('begins with nothing, and keeps what it does not change', async () => {
    expect(await registry.routing('digits')).toEqual({ labels: {}, split: null });
    expect(await registry.get('digits')).not.toHaveProperty('routing');
    await registry.promote('digits', { labels: { stable: 2, canary: 3 } });
    await registry.promote('digits', { split: { 2: 9, 3: 1 } });
    const expected = { labels: { stable: 2, canary: 3 }, split: { 2: 0.9, 3: 0.1 } };
    expect(await registry.promote('digits', { labels: {} })).toEqual(expected);
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual(expected);
    expect((await registry.get('digits')).routing).toEqual(expected);
    expect(await registry.promote('digits', { labels: { canary: null }, split: null })).toEqual({
      labels: { stable: 2 },
      split: null,
    });
    expect((await readdir(path.join(directory, 'digits'))).sort()).toEqual(['1', '2', '3', 'routing.json']);
  });

  it('makes weights shares, and leaves out what gets nothing', async () => {
    expect((await registry.promote('digits', { split: { 1: 0, 2: 3, 3: 1 } })).split).toEqual({ 2: 0.75, 3: 0.25 });
  });

  it('loses no change of several at once', async () => {
    const others = [new ModelRegistry(directory), new ModelRegistry(directory)];
    const changes = Array.from({ length: 12 }, (_, i) => others[i % 2].promote('digits', { labels: { [`l${i}`]: 1 } }));
    await Promise.all(changes);
    expect(Object.keys((await registry.routing('digits')).labels)).toHaveLength(12);
  });

  it('goes on when the one that was changing it ended in the middle', async () => {
    const lock = path.join(directory, 'digits/.routing-lock');
    await mkdir(lock);
    await utimes(lock, 1, 1);
    await registry.promote('digits', { labels: { stable: 1 } });
    expect(await readdir(path.join(directory, 'digits'))).not.toContain('.routing-lock');
  });

  it.each([
    ['a version that is not there', { labels: { stable: 9 } }, 'model_version_not_found'],
    ['a share for a version that is not there', { split: { 9: 1 } }, 'model_version_not_found'],
    ['a share for what is no version', { split: { latest: 1 } }, 'model_version_not_found'],
    ['a label that is a path', { labels: { '../x': 1 } }, 'invalid_request'],
    ['an empty label', { labels: { '': 1 } }, 'invalid_request'],
    ['no shares', { split: {} }, 'invalid_request'],
    ['shares of nothing', { split: { 1: 0 } }, 'invalid_request'],
    ['a negative share', { split: { 1: -1, 2: 2 } }, 'invalid_request'],
    ['a share that is too large', { split: { 1: 1e308, 2: 1e308 } }, 'invalid_request'],
    ['a share that is no number', { split: { 1: Number.NaN } }, 'invalid_request'],
  ])('refuses %s', async (_, change, code) => {
    await expect(registry.promote('digits', change)).rejects.toMatchObject({ code });
    expect(await readdir(path.join(directory, 'digits'))).not.toContain('routing.json');
  });

  it('refuses a model that is not there', async () => {
    await expect(registry.promote('none', { split: null })).rejects.toMatchObject({ code: 'model_not_found' });
  });
});

describe('a deleted version', () => {
  it('is forgotten, and the others share what it had', async () => {
    await registry.promote('digits', { labels: { stable: 2, canary: 3 }, split: { 1: 2, 2: 2, 3: 4 } });
    await registry.delete('digits', 3);
    expect(await registry.routing('digits')).toEqual({ labels: { stable: 2 }, split: { 1: 0.5, 2: 0.5 } });
    await registry.delete('digits', 1);
    await registry.delete('digits', 2);
    expect(await readdir(path.join(directory, 'digits'))).not.toContain('.routing-lock');
  });
});

describe('a file that somebody else wrote', () => {
  it.each([
    '',
    '{',
    '[]',
    '{"labels":[]}',
    '{"labels":{"stable":"1"}}',
    '{"labels":{"a/b":1}}',
    '{"split":{"x":1}}',
    '{"split":{"1":0}}',
  ])('is refused when it is %j, until a version is promoted', async (text) => {
    await writeFile(file(), text);
    await expect(registry.routing('digits')).rejects.toMatchObject({ code: 'model_broken' });
    await registry.promote('digits', { labels: { stable: 1 } });
    expect(await registry.routing('digits')).toEqual({ labels: { stable: 1 }, split: null });
  });
});

describe('a watch', () => {
  it('tells every routing there is, then every change, whoever makes it', async () => {
    await registry.promote('digits', { labels: { stable: 1 } });
    const heard: [string, ModelRouting][] = [];
    const stop = registry.watchRouting((name, routing) => heard.push([name, routing]));
    await registry.refresh();
    expect(heard).toEqual([['digits', { labels: { stable: 1 }, split: null }]]);
    await new ModelRegistry(directory).promote('digits', { labels: { stable: 2 } });
    await vi.waitFor(() => expect(heard.at(-1)?.[1].labels).toEqual({ stable: 2 }));
    await writeFile(file(), '{');
    await registry.refresh();
    expect(heard).toHaveLength(2);
    await registry.delete('digits');
    await registry.refresh();
    expect(heard.at(-1)).toEqual(['digits', { labels: {}, split: null }]);
    stop();
    expect(heard).toHaveLength(3);
  });
});
