/** @file What the embedded provider does with its folder: sharing, leftovers, damage, a full disk. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Child, PROCESS_SCRIPT } from '../testing/child.ts';
import { expectError } from '../testing/conformance/suite.ts';
import type { Platform } from '../types.ts';
import { acquireEnvironment } from './environment.ts';
import { openEmbeddedPlatform } from './index.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let folder: string;
let directory: string;
const platforms = new Set<Platform>();

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-platform-'));
  directory = path.join(folder, 'platform');
});

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all([...platforms].map((platform) => platform.close()));
  platforms.clear();
  await rm(folder, { recursive: true });
});

async function open(where = directory): Promise<Platform> {
  const platform = await openEmbeddedPlatform(where);
  platforms.add(platform);
  return platform;
}

describe('sharing in one process', () => {
  test('a folder opened twice, by two names, is one store until both are closed', async () => {
    const first = await open();
    await symlink(directory, path.join(folder, 'link'));
    const second = await open(path.join(folder, 'link'));
    await first.keyValue('state').put('x', 1);
    await first.close();
    expect((await second.keyValue('state').get('x'))?.value).toBe(1);
    await second.close();
    const third = await open();
    expect((await third.keyValue('state').get('x'))?.value).toBe(1);
  });

  test('a folder may be opened and closed many times at once', async () => {
    const rounds = Array.from({ length: 12 }, async (_, i) => {
      const platform = await open();
      await platform.keyValue('state').put(`key/${i}`, i);
      await platform.close();
    });
    await Promise.all(rounds);
    expect(await (await open()).keyValue('state').list()).toHaveLength(12);
  });

  test('writes that are under way when the platform is closed are kept', async () => {
    const platform = await open();
    const puts = Array.from({ length: 50 }, (_, i) => platform.keyValue('state').put(`key/${i}`, i));
    await platform.close();
    await Promise.all(puts);
    expect(await (await open()).keyValue('state').list()).toHaveLength(50);
  });

  test('one bad write does not take down those of the same moment', async () => {
    const store = (await open()).keyValue('state');
    const { environment, release } = await acquireEnvironment(directory);
    const broken = environment.store.write(() => {
      environment.store.entries.putSync(Buffer.from('half'), Buffer.from('done'));
      throw new TypeError('a fault in the program');
    });
    const outcomes = await Promise.allSettled([store.put('a', 1), store.update('a', 2, 99), broken, store.put('b', 3)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect((await store.list()).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(environment.store.read(() => environment.store.entries.doesExist(Buffer.from('half')))).toBe(false);
    await release();
  });

  test('a read sees what another process has just acknowledged, however late this one looks around', async () => {
    const store = (await open()).keyValue('state');
    const before = store.get('count');
    const { status } = spawnSync(process.execPath, [PROCESS_SCRIPT, 'count', directory, 'other', '{"times":2}']);
    const after = store.get('count');
    expect(status).toBe(0);
    expect(await before).toBeNull();
    expect((await after)?.value).toBe(2);
  });
});

describe('files of buckets', () => {
  test('lie in one folder whatever the keys are, and go with their objects', async () => {
    const bucket = (await open()).bucket('files');
    for (const key of ['../../up', '/tmp/x', 'A', 'a']) await bucket.put(key, Buffer.from(key));
    expect(await readdir(folder)).toEqual(['platform']);
    expect((await readdir(directory)).sort()).toEqual(['objects', 'store']);
    expect(await objectFiles()).toHaveLength(4);
    await bucket.put('A', Buffer.from('again'));
    await bucket.delete('a');
    expect(await objectFiles()).toHaveLength(3);
  });

  test('of puts that failed are gone', async () => {
    const bucket = (await open()).bucket('files');
    const tooLong = Readable.from([Buffer.alloc(1000), Buffer.alloc(1000)]);
    await expectError(bucket.put('x', tooLong, { maxBytes: 1500 }), 'body_too_large');
    const failing = new Readable({ read() {} });
    failing.push('some');
    const putting = bucket.put('x', failing);
    failing.destroy(new Error('cut off'));
    await expect(putting).rejects.toThrow('cut off');
    await expect(bucket.put('x', failing)).rejects.toThrow();
    expect(await objectFiles()).toEqual([]);
  });

  test('that dead processes left behind are removed at the start; those of living ones are not', async () => {
    const platform = await open();
    await platform.bucket('files').put('kept', Buffer.from('kept'));
    const [kept] = await objectFiles();
    await platform.close();
    const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    const living = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
    try {
      const young = await leftover(host, living.pid!);
      const foreign = await leftover('0badcafe', dead.pid!);
      const own = await leftover(host, process.pid);
      await leftover(host, dead.pid!);
      await leftover(host, living.pid!, 2 * DAY_MS);
      await leftover('0badcafe', dead.pid!, 2 * DAY_MS);
      await leftover(host, process.pid, process.uptime() * 1000 + 5000);
      const reopened = await open();
      expect(await objectFiles()).toEqual([kept!, young, foreign, own].sort());
      expect(await text((await reopened.bucket('files').get('kept'))!)).toBe('kept');
    } finally {
      living.kill('SIGKILL');
    }
  });

  test('that somebody else removed are reported, not waited for', async () => {
    const bucket = (await open()).bucket('files');
    await bucket.put('x', Buffer.from('1'));
    await rm(path.join(directory, 'objects', (await objectFiles())[0]!));
    await expectError(bucket.get('x'), 'store_damaged');
    await bucket.put('x', Buffer.from('2'));
    expect(await text((await bucket.get('x'))!)).toBe('2');
  });

  async function leftover(host: string, pid: number, ageMs = 0): Promise<string> {
    const file = `${randomUUID()}.${host}.${pid}`;
    const full = path.join(directory, 'objects', file);
    await writeFile(full, 'half of');
    const time = new Date(Date.now() - ageMs);
    await utimes(full, time, time);
    return file;
  }
});

async function objectFiles(): Promise<string[]> {
  return (await readdir(path.join(directory, 'objects'))).sort();
}

describe('the logs', () => {
  test('hold one change of each key, and deletions and messages for a while', async () => {
    const platform = await open();
    const { environment, release } = await acquireEnvironment(directory);
    const rows = (): Record<string, number> => {
      const { changes, deletions, messages } = environment.store;
      return environment.store.read(() => ({
        changes: changes.getKeysCount({}),
        deletions: deletions.getKeysCount({}),
        messages: messages.getKeysCount({}),
      }));
    };
    const store = platform.keyValue('state');
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let i = 0; i < 60; i++) await store.put(`key/${i % 3}`, i);
    for (let i = 0; i < 20; i++) await platform.topic('news').publish(i);
    await store.delete('key/0');
    await store.delete('key/0');
    expect(rows()).toEqual({ changes: 3, deletions: 1, messages: 20 });
    vi.setSystemTime(Date.now() + DAY_MS);
    await store.delete('key/1');
    for (let i = 0; i < 4; i++) await platform.topic('other').publish(i);
    expect(rows()).toEqual({ changes: 2, deletions: 1, messages: 4 });
    await release();
  });
});

describe('a folder that cannot be used', () => {
  test('is refused when there is a file in its place', async () => {
    await writeFile(directory, 'a file');
    await expectError(open(), 'invalid_setting');
    await expectError(open(path.join(directory, 'below')), 'invalid_setting');
  });

  test.each(['this is not a store\n'.repeat(1000), 'x'])(
    'is refused when its store is something else',
    async (junk) => {
      await mkdir(path.join(directory, 'store'), { recursive: true });
      await writeFile(path.join(directory, 'store', 'data.mdb'), junk);
      await expectError(open(), 'store_damaged');
      await expectError(open(), 'store_damaged');
    },
  );

  test('is refused when its store was cut off near the start', async () => {
    const platform = await open();
    for (let i = 0; i < 30; i++) await platform.keyValue('state').put(`key/${i}`, 'x'.repeat(i * 300));
    await platform.close();
    const data = path.join(directory, 'store', 'data.mdb');
    const whole = await readFile(data);
    for (const length of [100, 4096, 5000, 8192, 12_288]) {
      await writeFile(data, whole.subarray(0, length));
      const reading = open().then((opened) => opened.keyValue('state').list());
      await expectError(reading, 'store_damaged');
      await Promise.all([...platforms].map((each) => each.close()));
    }
    await writeFile(data, '');
    expect(await (await open()).keyValue('state').list()).toEqual([]);
  });
});

const mountTmpfs = (more: string): string[] => {
  const script = `mount -t tmpfs -o size=3m tmpfs "$0" ${more} && exec "$@"`;
  return ['unshare', '--map-root-user', '--mount', 'sh', '-c', script];
};
const [unshare, ...unshareWords] = mountTmpfs('');
const mayMount = spawnSync(unshare!, [...unshareWords, tmpdir(), 'true']).status === 0;

describe.skipIf(!mayMount)('a full disk (needs the right to mount one)', () => {
  test('is an error of the write that met it, and nothing else', async () => {
    const child = new Child('fill', directory, { through: [...mountTmpfs(''), folder] });
    expect((await child.ended()).code).toBe(0);
    for (const what of ['stored', 'put']) {
      const [[count, error] = []] = child.words(what);
      expect(Number(count), what).toBeGreaterThan(1);
      expect(error, what).toBe('disk_full');
    }
    expect(child.words('readable')).toEqual([['true'], ['true']]);
    expect(child.words('failed')).toEqual([]);
    expect(child.words('usable')).toEqual([['true'], ['true']]);
  });

  test('that may only be read is an error of opening', async () => {
    const child = new Child('count', directory, { through: [...mountTmpfs('-r'), folder], options: { times: 1 } });
    expect((await child.ended()).code).toBe(0);
    expect(child.words('failed')[0]?.[0]).toBe('not_permitted');
  });

  test('is an error of opening', async () => {
    const fill = '&& (head -c 9m /dev/zero > "$0/fill" || true)';
    const child = new Child('count', directory, { through: [...mountTmpfs(fill), folder], options: { times: 1 } });
    expect((await child.ended()).code).toBe(0);
    expect(child.words('failed')[0]?.[0]).toBe('disk_full');
  });
});
