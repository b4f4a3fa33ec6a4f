/** @file A training that is killed again and again, and continued each time, ends with the weights of one that was not. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RandomGenerator } from '../src/contracts/index.ts';
import { writeBlockPictures } from '../src/training/testing/block-pictures.ts';

const CHILD = fileURLToPath(new URL('./support/train-and-die.js', import.meta.url));
const KILLS = Number(process.env.PICTOR_KILLS ?? 2);
/** Seven steps each: enough for ten steps a kill. */
const EPOCHS = 2 + Math.ceil((KILLS * 10) / 7);
const SEED = Number(process.env.PICTOR_KILL_SEED ?? 7);

let directory: string;
let dataset: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-kill-'));
  dataset = path.join(directory, 'blocks.npz');
  // 100 to train in batches of 16: seven steps an epoch, the last one smaller; noise, so that no epoch is perfect.
  writeBlockPictures(dataset, { train: 125, test: 30, learnable: false });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

interface Life {
  readonly run: string;
  readonly killed: boolean;
  readonly version: number | null;
}

async function live(data: string, resume: string, steps: number, delayMs = 0): Promise<Life> {
  const args = [CHILD, data, dataset, resume, steps, delayMs, EPOCHS].map(String);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const signal = await new Promise((resolve) => child.once('close', (_code, by) => resolve(by)));
  const lines = said.split('\n').filter((line) => line.endsWith('}'));
  if (signal !== 'SIGKILL' && lines.length < 2) throw new Error(complaint);
  const [{ run }, end] = lines.map((line) => JSON.parse(line));
  return { run, killed: signal === 'SIGKILL', version: end?.version ?? null };
}

async function weightsHash(data: string): Promise<string> {
  const file = path.join(data, 'models', 'blocks', '1', 'weights.safetensors');
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

it(`killed ${KILLS} times, it ends with the same weights`, { timeout: 60_000 + KILLS * 60_000 }, async () => {
  const whole = path.join(directory, 'whole');
  expect((await live(whole, '-', 0)).version).toBe(1);

  const data = path.join(directory, 'killed');
  const random = new RandomGenerator(SEED, 'kills');
  let resume = '-';
  for (let kill = 0; kill < KILLS; kill++) {
    // The checkpoint of the second step is complete when that of the fourth begins; the delay hits any moment of a step or
    // of a checkpoint.
    const steps = 5 + random.nextInteger(5);
    const life = await live(data, resume, steps, random.nextInteger(6));
    expect(life.killed).toBe(true);
    resume = life.run;
  }
  const last = await live(data, resume, 0);
  expect(last).toMatchObject({ killed: false, version: 1 });
  expect(await weightsHash(data)).toBe(await weightsHash(whole));
  expect(await readdir(path.join(data, 'models', 'blocks'))).toEqual(['1']);
  expect(existsSync(path.join(data, 'runs', last.run, 'checkpoint'))).toBe(false);
});
