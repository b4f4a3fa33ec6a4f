/** @file Asks TensorFlow what SavedModels answer: one Python process for many of them. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { WeightTensor } from '../../../src/contracts/index.ts';
import { encodeSafetensors } from '../../../src/formats/index.ts';

const SCRIPT = fileURLToPath(new URL('../twin/saved_models.py', import.meta.url));

export interface SavedModelCall {
  readonly signature: string;
  /** Picture files; without them and `examples` the case's pixels. */
  readonly files?: readonly Uint8Array[];
  /** Picture files that go in `tf.Example`s. */
  readonly examples?: readonly Uint8Array[];
}

export interface SavedModelCase {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly pixels?: WeightTensor;
  readonly calls: readonly SavedModelCall[];
  /** Also as a session of TensorFlow 1. Default false. */
  readonly session?: boolean;
}

export interface PlainTensor {
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

/** Of each call the outputs by name. */
export interface SavedModelAnswer {
  readonly answers: readonly Readonly<Record<string, PlainTensor>>[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

export interface SavedModelAnswers {
  readonly objects: SavedModelAnswer;
  readonly session?: SavedModelAnswer;
}

export async function writeFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [name, bytes] of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
}

export async function askTensorFlow(cases: readonly SavedModelCase[]): Promise<SavedModelAnswers[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pictor-interop-'));
  const base = (index: number) => path.join(folder, String(index).padStart(4, '0'));
  try {
    for (const [index, { files, pixels, calls, session }] of cases.entries()) {
      const model = `${base(index)}-model`;
      await writeFiles(model, files);
      await writeFile(`${base(index)}.json`, JSON.stringify({ model, session, calls: calls.map(inBase64) }));
      if (pixels) await writeFile(`${base(index)}.safetensors`, encodeSafetensors(new Map([['pixels', pixels]])));
    }
    await promisify(execFile)(inject('python'), [SCRIPT, folder], { maxBuffer: 1 << 26 });
    return await Promise.all(
      cases.map(async (_, index) => JSON.parse(await readFile(`${base(index)}.answers`, 'utf8')) as SavedModelAnswers),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

function inBase64({ signature, files, examples }: SavedModelCall) {
  const texts = (pictures: readonly Uint8Array[]) => pictures.map((bytes) => Buffer.from(bytes).toString('base64'));
  return {
    signature,
    ...(files ? { files: texts(files) } : {}),
    ...(examples ? { examples: texts(examples) } : {}),
  };
}
