/** @file Asks Keras: one Python process for many cases. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { NetworkSpec } from '../../../src/contracts/index.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../src/formats/index.ts';
import { describeNetwork } from '../../../src/nn/index.ts';
import type { Results } from './compare.ts';
import type { StepCase } from './step-case.ts';

const SCRIPT = fileURLToPath(new URL('../twin/run.py', import.meta.url));

export interface KerasOptions {
  /**
   * False compiles the step to a TensorFlow function, as Keras does on its own; for one step of a small network that takes
   * longer than the step. Default true.
   */
  readonly eager?: boolean;
  /** Also in float64, and from weights that keep clear of kinks. Default false. */
  readonly exact?: boolean;
}

/** Names of the tensors: `twin/run.py`. */
export interface KerasAnswer {
  readonly float32: Results;
  /** Only when it was asked for. */
  readonly exact: ExactAnswer | null;
}

export interface ExactAnswer {
  readonly float64: Results;
  /** Weights that take the place of the case's, for both answers. */
  readonly moved: Results;
  /** Of `twin/kinks.py`. */
  readonly margins: { readonly relu: number; readonly pool: number };
}

/** What Keras computes for each case, or what it says against it. */
export async function askKeras(
  cases: readonly StepCase[],
  { eager = true, exact = false }: KerasOptions = {},
): Promise<readonly (KerasAnswer | Error)[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pictor-interop-'));
  const fileOf = (index: number, ending: string): string =>
    path.join(folder, `${String(index).padStart(4, '0')}.${ending}`);
  const read = async (index: number, what: string): Promise<Results> =>
    decodeSafetensors(await readFile(fileOf(index, `${what}.safetensors`)));
  try {
    for (const [index, { network, optimizer, loss, inputs }] of cases.entries()) {
      const question = { network, flattened: flattenedIn(network), optimizer, loss, eager, exact };
      await writeFile(fileOf(index, 'json'), JSON.stringify(question));
      await writeFile(fileOf(index, 'safetensors'), encodeSafetensors(inputs));
    }
    await promisify(execFile)(inject('python'), [SCRIPT, folder], { maxBuffer: 1 << 26 });
    return await Promise.all(
      cases.map(async (_, index) => {
        const refusal = await readFile(fileOf(index, 'error.txt'), 'utf8').catch(() => null);
        if (refusal !== null) return new Error(`Keras says:\n${refusal}`);
        return { float32: await read(index, 'float32'), exact: exact ? await exactAnswer(index) : null };
      }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }

  async function exactAnswer(index: number): Promise<ExactAnswer> {
    const margins = await read(index, 'margins');
    const margin = (name: string): number => margins.get(name)!.data[0];
    return {
      float64: await read(index, 'float64'),
      moved: await read(index, 'moved'),
      margins: { relu: margin('relu'), pool: margin('pool') },
    };
  }
}

/** The layout of weights after a Flatten is Pictor's to say. */
function flattenedIn(network: NetworkSpec): Record<string, readonly number[]> {
  const { layers } = describeNetwork(network);
  return Object.fromEntries(layers.flatMap(({ name, flattened }) => (flattened ? [[name, flattened]] : [])));
}
