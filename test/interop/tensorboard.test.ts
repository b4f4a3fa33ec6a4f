/** @file TensorBoard's own reader reads every event file of a run. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { pictor } from '../support/pictor.ts';
import { TINY_CLASSES, writeTinyDataset } from '../support/tiny-dataset.ts';

interface Read {
  readonly scalars: Record<string, [number, number][]>;
  readonly histograms: Record<string, [number, number][]>;
  readonly images: Record<string, [number, number, string][]>;
  readonly tensors: Record<string, string[]>;
  readonly graph: string[] | null;
  readonly hparams: Record<string, Record<string, string | number | boolean>>;
}

const PNG = '89504e470d0a1a0a';
const script = fileURLToPath(new URL('twin/event_files.py', import.meta.url));

let folder: string;
let train: Read;
let validation: Read;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-tensorboard-'));
  await writeTinyDataset(path.join(folder, 'pictures'));
  const options = ['--name', 'tiny', '--model', 'lenet', '--epochs', '3', '--batch-size', '4', '--replicas', '1'];
  const place = ['--data-dir', path.join(folder, 'data'), '--tensorboard', path.join(folder, 'events')];
  const { code, stderr, stdout } = await pictor(['train', path.join(folder, 'pictures'), ...options, ...place]);
  expect(`${stdout}${stderr}`).toContain(path.join(folder, 'events'));
  expect(code, stderr).toBe(0);
  const text = execFileSync(inject('python'), [script, path.join(folder, 'events')], { encoding: 'utf8' });
  ({ train, validation } = JSON.parse(text));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('TensorBoard reads', () => {
  it('scalars by epoch and by step', () => {
    expect(train.scalars.epoch_loss.map(([step]) => step)).toEqual([1, 2, 3]);
    expect(validation.scalars.epoch_accuracy.map(([step]) => step)).toEqual([1, 2, 3]);
    expect(train.scalars.batch_loss.length).toBeGreaterThan(0);
    expect(Object.keys(validation.scalars).filter((tag) => tag.startsWith('final/'))).toHaveLength(2);
  });

  it('histograms of weights and gradients', () => {
    expect(train.histograms['weights/conv2d/kernel']?.map(([step]) => step)).toEqual([1, 2, 3]);
    expect(train.histograms['gradients/conv2d/kernel']).toHaveLength(3);
  });

  it('the graph of the layers, and the recipe', () => {
    expect(train.graph).toContain('conv2d');
    expect(train.tensors.recipe[0]).toContain('| epochs | `3` |');
  });

  it('sample pictures and the confusion matrix', () => {
    expect(Object.keys(train.images)).toEqual(TINY_CLASSES.map((label, index) => `samples/${index} ${label}`));
    expect(Object.values(train.images).map(([[, , start]]) => start)).toEqual(TINY_CLASSES.map(() => PNG));
    const [[width, height, start]] = validation.images.confusion_matrix;
    expect([width, height, start]).toEqual([67, 67, PNG]);
    expect(validation.tensors.confusion_matrix_table[0]).toContain('true \\ predicted');
  });

  it('hyperparameters, and that the run succeeded', () => {
    expect(train.hparams['_hparams_/session_start_info']).toMatchObject({ model: 'lenet', epochs: 3, batch_size: 4 });
    expect(train.hparams['_hparams_/session_end_info']).toEqual({ status: 1 });
  });
});
