/** @file Asks the runtime whether it can load a graph, and which types and shapes it finds for its values. */
import { workerFile } from './worker-file.ts';
import { WorkerThread } from './worker-group.ts';

export interface ProbedValue {
  readonly name: string;
  /** Null for sequences and maps. Types are the runtime's: `float32`, `string`. A shape of `[]` may also be an unknown one. */
  readonly tensor: { readonly type: string; readonly shape: readonly number[] } | null;
}

export interface GraphProbe {
  readonly inputs: readonly ProbedValue[];
  /** Shapes are inferred; -1 is any size. */
  readonly outputs: readonly ProbedValue[];
}

/** Loading takes seconds at most; a graph that was made to take longer is not waited for. */
const TIMEOUT_MS = 300_000;
/** The runtime cannot be interrupted. */
const END_MS = 2000;

/**
 * Loads a graph in a thread of its own, and frees it again.
 * @throws `internal` with what the runtime says when the graph is not valid, or has operators that it does not know
 */
export async function probeGraph(model: Uint8Array): Promise<GraphProbe> {
  const thread = new WorkerThread<Uint8Array>(workerFile('./graph-probe-worker', import.meta.url));
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`loading takes longer than ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([thread.call<GraphProbe>(model), tooLong]);
  } finally {
    clearTimeout(timer);
    await thread.terminate(END_MS);
  }
}
