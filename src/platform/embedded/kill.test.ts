/** @file Processes that share a data directory are killed at any moment; what they acknowledged must stay. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RandomGenerator } from '../../contracts/index.ts';
import { Child } from '../testing/child.ts';
import type { Platform } from '../types.ts';
import { openEmbeddedPlatform } from './index.ts';

let directory: string;
const children = new Set<Child>();
const platforms = new Set<Platform>();

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-kill-'));
});

afterEach(async () => {
  await Promise.all([...children].map((child) => child.kill()));
  await Promise.all([...platforms].map((platform) => platform.close()));
  children.clear();
  platforms.clear();
  await rm(directory, { recursive: true });
});

function start(mode: string, name: string, options: Record<string, unknown> = {}): Child {
  const child = new Child(mode, directory, { name, options });
  children.add(child);
  return child;
}

async function open(): Promise<Platform> {
  const platform = await openEmbeddedPlatform(directory);
  platforms.add(platform);
  return platform;
}

/** Kills it a seeded moment after it has said a seeded number of lines, up to `most`. */
async function killSometime(child: Child, word: string, random: RandomGenerator, most = 25): Promise<void> {
  await child.said(word, child.words(word).length + 1 + (random.nextUint32() % most));
  const until = performance.now() + random.nextBetween(0, 5);
  while (performance.now() < until);
  await child.kill();
}

describe('a process that is killed', () => {
  test('loses nothing that it acknowledged, and holds up nobody', async () => {
    const random = new RandomGenerator(1, 'kill');
    const writers: Child[] = [];
    let survivor = start('write', 'w0');
    writers.push(survivor);
    for (let round = 1; round <= 4; round++) {
      const next = start('write', `w${round}`);
      writers.push(next);
      await next.said('stored');
      await killSometime(survivor, 'stored', random);
      await next.said('stored', next.words('stored').length + 5);
      survivor = next;
    }
    await killSometime(survivor, 'stored', random);

    const platform = await open();
    for (const writer of writers) {
      expect(writer.words('wrong')).toEqual([]);
      await expectAcknowledged(platform, writer);
    }
    const objects = await platform.bucket('files').list();
    expect(await readdir(path.join(directory, 'objects'))).toHaveLength(objects.length);
    expect((await readdir(path.join(directory, 'store'))).sort()).toEqual(['data.mdb', 'lock.mdb']);
  });

  test('has its tasks done by others, each by one at a time', async () => {
    const random = new RandomGenerator(2, 'kill');
    const leaseMs = 400;
    const tasks = 120;
    const platform = await open();
    const queue = platform.queue('work', { maxAttempts: 100 });
    for (let id = 0; id < tasks; id++) await queue.send(null, { id: String(id) });
    const workers = [0, 1, 2].map((n) => start('work', `worker${n}`, { leaseMs }));
    for (let round = 0; round < 3; round++) {
      await killSometime(workers[round]!, 'took', random, 8);
      workers.push(start('work', `worker${round + 3}`, { leaseMs }));
    }
    await expect.poll(() => queue.depth(), { timeout: 15_000 }).toEqual({ waiting: 0, leased: 0, dead: 0 });
    await Promise.all(workers.map((worker) => worker.kill()));

    const holds = workers.flatMap(holdsOf);
    const done = workers.flatMap((worker) => worker.words('done').map(([id]) => id));
    expect(new Set(done).size).toBe(done.length);
    for (let id = 0; id < tasks; id++) {
      const ofTask = holds.filter((hold) => hold.id === String(id)).sort((a, b) => a.from - b.from);
      expect(ofTask.length).toBeGreaterThan(0);
      for (const [i, hold] of ofTask.slice(1).entries()) {
        expect(hold.from, `task ${id} was held twice at once`).toBeGreaterThanOrEqual(ofTask[i]!.until);
        expect(ofTask[i]!.done, `task ${id} was given again after it was done`).toBe(false);
      }
    }
  });

  test('counts what it acknowledged, in a sum that many add to', async () => {
    const random = new RandomGenerator(3, 'kill');
    const patient = [0, 1].map((n) => start('count', `patient${n}`, { times: 60 }));
    const killed = [0, 1, 2].map((n) => start('count', `killed${n}`, { times: 100_000 }));
    for (const child of killed) await killSometime(child, 'counted', random);
    for (const child of patient) expect(await child.ended()).toEqual({ code: 0, errors: '' });

    const sums = [...patient, ...killed].flatMap((child) => child.words('counted').map(([sum]) => Number(sum)));
    expect(new Set(sums).size).toBe(sums.length);
    const count = (await (await open()).keyValue<number>('state').get('count'))?.value ?? 0;
    // A killed process may have stored one more than it could say.
    expect(count).toBeGreaterThanOrEqual(sums.length);
    expect(count).toBeLessThanOrEqual(sums.length + killed.length);
  });
});

describe('news from another process', () => {
  test('reach watchers and subscribers, whatever their listeners throw', async () => {
    const child = start('watch', 'listener', { stay: true });
    await child.said('listening');
    const platform = await open();
    const revision = await platform.keyValue('state').put('x', { n: 1 });
    await platform.topic('news').publish('hello');
    await child.said('uncaught', 2);
    expect(child.words('change')).toEqual([[JSON.stringify({ key: 'x', value: { n: 1 }, revision })]]);
    expect(child.words('message')).toEqual([['"hello"']]);
  });

  test('wake a waiting receive, which keeps its process alive until then', async () => {
    const child = start('wait', 'waiter');
    await child.said('waiting');
    const id = await (await open()).queue('work').send(1);
    expect(await child.ended()).toEqual({ code: 0, errors: '' });
    expect(child.words('took')).toEqual([[id]]);
  });

  test('are not worth staying for: a process that only listens may end', async () => {
    const child = start('watch', 'listener');
    expect(await child.ended()).toEqual({ code: 0, errors: '' });
    expect(child.words('listening')).toHaveLength(1);
  });
});

/** Everything a writer said is there, or something newer that it had no time to say. */
async function expectAcknowledged(platform: Platform, writer: Child): Promise<void> {
  for (const [key, i] of lastOf(writer.words('put'))) {
    const value = (await platform.keyValue<{ i: number; text: string }>('state').get(key!))?.value;
    expect([Number(i), Number(i) + 7], key).toContain(value?.i);
    expect(value?.text).toHaveLength((value!.i * 97) % 9000);
  }
  for (const [id] of writer.words('sent')) expect(await platform.queue('work').remove(id!), id).toBe(true);
  for (const [key, i, sha256] of lastOf(writer.words('stored'))) {
    const info = await platform.bucket('files').info(key!);
    const stream = await platform.bucket('files').get(key!);
    const bytes = await buffer(stream!);
    expect(createHash('sha256').update(bytes).digest('hex'), key).toBe(info?.sha256);
    if (info?.sha256 !== sha256) expect(bytes.length, key).toBe(3 * (((Number(i) + 7) * 1009) % 30_000));
  }
}

/** The last line about each key. */
function lastOf(lines: readonly string[][]): string[][] {
  return [...new Map(lines.map((line) => [line[0], line])).values()];
}

interface Hold {
  readonly id: string;
  readonly from: number;
  /** Until when it surely held the task, if not killed. */
  readonly until: number;
  readonly done: boolean;
}

function holdsOf(worker: Child): Hold[] {
  return worker.lines.flatMap(([word, id, from, leaseEnd], index) => {
    if (word !== 'took') return [];
    const next = worker.lines[index + 1];
    const done = next?.[0] === 'done';
    const until = done ? Math.min(Number(next[2]), Number(leaseEnd)) : Number(leaseEnd);
    return [{ id: id!, from: Number(from), until, done }];
  });
}
