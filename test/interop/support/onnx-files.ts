/** @file Asks Python's onnxruntime what ONNX files answer: one process for many of them. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { WeightTensor } from '../../../src/contracts/index.ts';
import { encodeSafetensors } from '../../../src/formats/index.ts';
import type { PlainTensor } from './saved-models.ts';

const SCRIPT = fileURLToPath(new URL('../twin/onnx_files.py', import.meta.url));

export interface OnnxAnswer {
  readonly outputs: Readonly<Record<string, PlainTensor>>;
  readonly inputs: Readonly<Record<string, readonly [type: string, shape: readonly (number | string)[]]>>;
  readonly opset: number;
  readonly notes: Readonly<Record<string, string>>;
  readonly error?: string;
}

export async function askOnnxruntime(
  cases: readonly { readonly file: Uint8Array; readonly input: WeightTensor }[],
): Promise<OnnxAnswer[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pictor-interop-'));
  const base = (index: number) => path.join(folder, String(index).padStart(4, '0'));
  try {
    for (const [index, { file, input }] of cases.entries()) {
      await writeFile(`${base(index)}.onnx`, file);
      await writeFile(`${base(index)}.safetensors`, encodeSafetensors(new Map([['input', input]])));
    }
    await promisify(execFile)(inject('python'), [SCRIPT, folder], { maxBuffer: 1 << 26 });
    return await Promise.all(
      cases.map(async (_, index) => JSON.parse(await readFile(`${base(index)}.answers`, 'utf8')) as OnnxAnswer),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
