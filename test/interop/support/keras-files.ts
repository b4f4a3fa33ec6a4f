/** @file Asks Keras 3, Keras 2 and TensorFlow.js what model files answer: one process for many of them. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { interopTfjs } from '../../../scripts/interop-tfjs.js';
import type { WeightTensor } from '../../../src/contracts/index.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../src/formats/index.ts';

const run = promisify(execFile);
const script = (name: string) => fileURLToPath(new URL(`../models/${name}`, import.meta.url));
const OPTIONS = { maxBuffer: 1 << 26 };

export const KERAS_MODULES = ['keras', 'tf_keras'] as const;
export type KerasModule = (typeof KERAS_MODULES)[number];

/** Every architecture of `models/architectures.py` in Keras' own files, with its pictures and answers, in a folder. */
export async function writeArchitectures(folder: string, module: KerasModule): Promise<void> {
  await run(inject('python'), [script('write.py'), folder, module], OPTIONS);
}

export async function writePixels(folder: string, name: string, pixels: WeightTensor): Promise<void> {
  await writeFile(path.join(folder, `${name}.safetensors`), encodeSafetensors(new Map([['pixels', pixels]])));
  await writeFile(path.join(folder, `${name}.json`), JSON.stringify({ shape: pixels.shape, pixels: [...pixels.data] }));
}

/** Lets Keras answer for all files in the folder. @param train lets Keras train them, too, and save them again */
export async function letKerasAnswer(folder: string, module: KerasModule, train = false): Promise<void> {
  await run(inject('python'), [script('predict.py'), folder, module, ...(train ? ['--train'] : [])], OPTIONS);
}

/** @throws Error with what Keras says against the file */
export async function kerasAnswer(folder: string, file: string, module: KerasModule): Promise<WeightTensor> {
  const base = path.join(folder, `${file}.${module}`);
  const error = await readFile(`${base}.error`, 'utf8').catch(() => null);
  if (error !== null) throw new Error(`${module} says:\n${error}`);
  return tensorIn(`${base}.safetensors`, 'answers');
}

export async function tensorIn(file: string, name: string): Promise<WeightTensor> {
  return decodeSafetensors(await readFile(file)).get(name)!;
}

export async function letTfjsAnswer(folder: string): Promise<void> {
  await run(process.execPath, [script('predict-tfjs.js'), folder], {
    ...OPTIONS,
    env: { ...process.env, PICTOR_INTEROP_TFJS: interopTfjs() },
  });
}

/** @throws Error with what it says against the files */
export async function tfjsAnswer(folder: string, name: string): Promise<WeightTensor> {
  const answer = JSON.parse(await readFile(path.join(folder, `${name}.answers`), 'utf8'));
  if (answer.error) throw new Error(`TensorFlow.js says: ${answer.error}`);
  return { shape: answer.shape, data: Float32Array.from(answer.values) };
}
