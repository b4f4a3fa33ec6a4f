/** @file A trainer that is killed in the middle of a run is followed by another one, which ends it. */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isTerminal, type RunRecord } from '../src/contracts/index.ts';
import { RunService } from '../src/jobs/index.ts';
import { openEmbeddedPlatform, type Platform } from '../src/platform/index.ts';
import { ModelRegistry } from '../src/registry/index.ts';
import { ended, startPictor } from './support/pictor.ts';
import { writeTinyDataset } from './support/tiny-dataset.ts';

let directory: string;
let platform: Platform;
let runs: RunService;
const trainers: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-takeover-'));
  await writeTinyDataset(path.join(directory, 'pictures'));
  platform = await openEmbeddedPlatform(path.join(directory, 'data', 'platform'));
  runs = new RunService(platform);
});

afterEach(async () => {
  for (const trainer of trainers.splice(0)) {
    trainer.kill('SIGKILL');
    await ended(trainer);
  }
  await platform.close();
  await rm(directory, { recursive: true, force: true });
});

function startTrainer(): ChildProcess {
  const trainer = startPictor(['trainer', '--data-dir', path.join(directory, 'data'), '--lease-ms', '1000']);
  trainers.push(trainer);
  return trainer;
}

function submit(epochs: number): Promise<RunRecord> {
  const dataset = { kind: 'folder', path: path.join(directory, 'pictures') } as const;
  return runs.submit({ dataset, name: 'halves', epochs, batchSize: 4, replicas: 1 });
}

async function runWhen(id: string, isIt: (run: RunRecord) => boolean): Promise<RunRecord> {
  return await new Promise<RunRecord>((resolve, reject) => {
    const look = (run: RunRecord | null) => run && isIt(run) && resolve(run);
    runs.watch(({ run }) => look(run), id).then(async () => look(await runs.get(id)), reject);
  });
}

it('is taken over after kill -9, and ends with one version', async () => {
  const { id } = await submit(60);
  startTrainer();
  const training = await runWhen(id, (run) => run.history.length > 0);
  expect(training.state).toBe('training');
  process.kill(training.attempts[0].pid, 'SIGKILL');
  const other = startTrainer();

  const run = await runWhen(id, ({ state }) => isTerminal(state));
  expect(run).toMatchObject({ state: 'succeeded', error: null, model: { name: 'halves', version: 1 } });
  expect(run.attempts.map(({ number, outcome }) => ({ number, outcome }))).toEqual([
    { number: 1, outcome: 'lost' },
    { number: 2, outcome: 'succeeded' },
  ]);
  expect(run.attempts[1].pid).toBe(other.pid);
  expect(run.history).toHaveLength(60);
  expect(run.log.map((line) => line.message)).toContainEqual(
    expect.stringContaining(`${training.attempts[0].worker} stopped answering; attempt 2 of 3 starts`),
  );
  const { versions } = await new ModelRegistry(path.join(directory, 'data', 'models')).get('halves');
  expect(versions.map((version) => version.run)).toEqual([id]);
}, 120_000);

it('leaves no trainer behind when what started it is gone', async () => {
  const trainer = startPictor(['trainer', '--data-dir', path.join(directory, 'data')], { ipc: true });
  trainers.push(trainer);
  await new Promise<void>((resolve) => {
    trainer.stderr?.on('data', (text) => String(text).includes('works for') && resolve());
  });
  trainer.disconnect();
  expect(await ended(trainer)).toBe(0);
}, 30_000);

it('is given back at once by a trainer that is asked to end', async () => {
  const { id } = await submit(60);
  const first = startTrainer();
  await runWhen(id, (run) => run.history.length > 0);
  first.kill('SIGTERM');
  expect(await ended(first)).toBe(0);
  expect(await runs.get(id)).toMatchObject({ state: 'queued', attempts: [{ outcome: 'interrupted' }] });
  startTrainer();
  const run = await runWhen(id, ({ state }) => isTerminal(state));
  expect(run).toMatchObject({ state: 'succeeded', attempts: [{ outcome: 'interrupted' }, { outcome: 'succeeded' }] });
}, 120_000);
