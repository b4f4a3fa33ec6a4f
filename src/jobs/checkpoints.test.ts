import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SNAPSHOT_FORMAT, type TrainingSnapshot } from '../training/index.ts';
import { RunCheckpoints } from './checkpoints.ts';

let directory: string;
let folder: string;
let checkpoints: RunCheckpoints;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'pictor-checkpoints-'));
  folder = path.join(directory, 'runs', 'one', 'checkpoint');
  checkpoints = new RunCheckpoints(directory, 'one');
});
afterEach(() => rmSync(directory, { recursive: true }));

function snapshot(epoch: number, step: number): TrainingSnapshot {
  const course = { epoch, step, history: [], sums: { lossSum: 0.1 + 0.2 } };
  return {
    format: SNAPSHOT_FORMAT,
    recipe: { model: 'blocks' },
    recipeHash: 'r',
    datasetHash: 'd',
    course,
    callbacks: {},
    tensors: new Map([['weights/dense/bias', { shape: [2], data: Float32Array.of(epoch, step) }]]),
  } as unknown as TrainingSnapshot;
}

describe('RunCheckpoints', () => {
  it('keeps the last one, as it was', async () => {
    expect(await checkpoints.read()).toBeNull();
    for (const [epoch, step] of [
      [1, 5],
      [2, 0],
      [10, 0],
    ]) {
      await checkpoints.write(snapshot(epoch, step));
    }
    expect(await checkpoints.read()).toEqual(snapshot(10, 0));
    expect(readdirSync(folder)).toEqual(['000010-000000000']);
    await checkpoints.clear();
    expect(await checkpoints.read()).toBeNull();
  });

  it('writes one again that is there already', async () => {
    await checkpoints.write(snapshot(1, 5));
    await checkpoints.write(snapshot(1, 5));
    expect(await checkpoints.read()).toEqual(snapshot(1, 5));
  });

  it('reads nothing of one that was not finished', async () => {
    await checkpoints.write(snapshot(1, 5));
    await mkdir(path.join(folder, 'writing-x'));
    await writeFile(path.join(folder, 'writing-x', 'state.json'), '{');
    expect(await checkpoints.read()).toEqual(snapshot(1, 5));
  });

  it.each([
    ['tensors cut off', 'tensors.safetensors', (file: string) => truncateSync(file, 50)],
    ['state cut off', 'state.json', (file: string) => truncateSync(file, 50)],
    ['a byte of the tensors changed', 'tensors.safetensors', (file: string) => flip(file, -1)],
    ['a digit of the state changed', 'state.json', (file: string) => change(file, '"epoch":1', '"epoch":2')],
  ])('refuses %s', async (_what, name, damage) => {
    await checkpoints.write(snapshot(1, 5));
    await damage(path.join(folder, '000001-000000005', name));
    await expect(checkpoints.read()).rejects.toMatchObject({ code: 'checkpoint_invalid' });
  });
});

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length + at] ^= 1;
  await writeFile(file, bytes);
}

async function change(file: string, from: string, to: string): Promise<void> {
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
}
