/** @file Who waits for the write lock gets it, whatever became of the others. */
import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WriterLock } from './writer-lock.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-lock-'));
  file = path.join(folder, 'writer.lock');
});

afterEach(() => rm(folder, { recursive: true }));

test('one at a time has it', async () => {
  const locks = Array.from({ length: 5 }, () => new WriterLock(file));
  let holders = 0;
  let turns = 0;
  await Promise.all(
    locks.map(async (lock) => {
      for (let round = 0; round < 5; round++) {
        await lock.acquire();
        holders += 1;
        expect(holders).toBe(1);
        await nextTurn();
        holders -= 1;
        turns += 1;
        lock.release();
      }
    }),
  );
  expect(turns).toBe(25);
  expect(existsSync(file)).toBe(false);
});

test('it is taken from a process that ended', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  symlinkSync(`${pid}.somebody.1`, file);
  const start = performance.now();
  const lock = new WriterLock(file);
  await lock.acquire();
  expect(performance.now() - start).toBeLessThan(1000);
  lock.release();
  expect(existsSync(file)).toBe(false);
});

test('it is taken from a process that does not let go, which then does not take it back', async () => {
  const slow = new WriterLock(file);
  await slow.acquire();
  const lock = new WriterLock(file);
  await lock.acquire();
  slow.release();
  const third = new WriterLock(file);
  const waiting = third.acquire();
  lock.release();
  await waiting;
  third.release();
});

test('nobody waits where there can be no lock', async () => {
  await rm(folder, { recursive: true });
  const lock = new WriterLock(file);
  await lock.acquire();
  lock.release();
  await mkdir(folder);
});
