/** @file Asks Keras: one Python process for many cases. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { NetworkSpec, WeightTensor } from '../../../src/contracts/index.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../src/formats/index.ts';
import { describeNetwork } from '../../../src/nn/index.ts';
import type { StepCase } from './step-case.ts';

export type Tensors = ReadonlyMap<string, WeightTensor>;

const SCRIPT = fileURLToPath(new URL('../twin/run.py', import.meta.url));

export interface KerasOptions {
  /**
   * False compiles the step to a TensorFlow function, as Keras does on its own; for one step of a small network that takes
   * longer than the step. Default true.
   */
  readonly eager?: boolean;
}

/** What Keras computes for each case, or what it says against it. Names of the tensors: `twin/run.py`. */
export async function askKeras(
  cases: readonly StepCase[],
  { eager = true }: KerasOptions = {},
): Promise<readonly (Tensors | Error)[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pictor-interop-'));
  const fileOf = (index: number, ending: string): string =>
    path.join(folder, `${String(index).padStart(4, '0')}.${ending}`);
  try {
    for (const [index, { network, optimizer, loss, inputs }] of cases.entries()) {
      const question = { network, flattened: flattenedIn(network), optimizer, loss, eager };
      await writeFile(fileOf(index, 'json'), JSON.stringify(question));
      await writeFile(fileOf(index, 'safetensors'), encodeSafetensors(inputs));
    }
    await promisify(execFile)(inject('python'), [SCRIPT, folder], { maxBuffer: 1 << 26 });
    return await Promise.all(
      cases.map(async (_, index) => {
        const refusal = await readFile(fileOf(index, 'error.txt'), 'utf8').catch(() => null);
        if (refusal !== null) return new Error(`Keras says:\n${refusal}`);
        return decodeSafetensors(await readFile(fileOf(index, 'keras.safetensors')));
      }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The layout of weights after a Flatten is Pictor's to say. */
function flattenedIn(network: NetworkSpec): Record<string, readonly number[]> {
  const { layers } = describeNetwork(network);
  return Object.fromEntries(layers.flatMap(({ name, flattened }) => (flattened ? [[name, flattened]] : [])));
}
