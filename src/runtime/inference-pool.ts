/** @file Inference in worker threads, because a running graph blocks its thread and sockets must not wait. */
import { availableParallelism } from 'node:os';
import { PictorError } from '../contracts/index.ts';
import type { InferenceCall } from './inference-worker.ts';
import { workerFile } from './worker-file.ts';
import { WorkerThread } from './worker-group.ts';

export interface BatchOutput {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A model that every worker of the pool holds. One float32 input, one float32 output. */
export interface LoadedModel {
  /**
   * Runs one batch on the first worker that is free; batches wait their turn in order.
   * @param input moved to the worker when it owns its whole buffer, else copied
   */
  run(input: Float32Array, shape: readonly number[]): Promise<BatchOutput>;
  /** Waits for the model's running batches, then frees it. */
  close(): Promise<void>;
}

export interface InferencePool {
  /** Loads the graph in every worker. Rejects with `model_broken` when it cannot be loaded. */
  load(modelPath: string): Promise<LoadedModel>;
  /** Workers that have nothing to do. */
  readonly idle: number;
  readonly size: number;
  close(): Promise<void>;
}

/** @param options.threads number of workers. Default: one a core. */
export function createInferencePool(options: { readonly threads?: number } = {}): InferencePool {
  const size = Math.max(1, options.threads ?? availableParallelism());
  const file = workerFile('./inference-worker', import.meta.url);
  const workers = Array.from({ length: size }, () => new WorkerThread<InferenceCall>(file));
  const free = [...workers];
  const waiting: ((worker: WorkerThread<InferenceCall>) => void)[] = [];
  let nextModel = 1;

  const take = (): Promise<WorkerThread<InferenceCall>> => {
    const worker = free.pop();
    return worker ? Promise.resolve(worker) : new Promise((resolve) => waiting.push(resolve));
  };
  const giveBack = (worker: WorkerThread<InferenceCall>): void => {
    const next = waiting.shift();
    if (next) next(worker);
    else free.push(worker);
  };

  return {
    size,
    get idle() {
      return free.length;
    },
    async load(path) {
      const model = nextModel++;
      const close = async () => {
        await Promise.allSettled(workers.map((worker) => worker.call({ kind: 'close', model })));
      };
      const loaded = await Promise.allSettled(workers.map((worker) => worker.call({ kind: 'load', model, path })));
      const failed = loaded.find((result) => result.status === 'rejected');
      if (failed) {
        await close();
        const text = failed.reason instanceof Error ? failed.reason.message : String(failed.reason);
        throw new PictorError('model_broken', `The graph ${path} cannot be loaded: ${text}`, { cause: failed.reason });
      }
      return {
        async run(input, shape) {
          const worker = await take();
          try {
            return await worker.call<BatchOutput>({ kind: 'run', model, input, shape }, movable(input));
          } finally {
            giveBack(worker);
          }
        },
        close,
      };
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** A view into a larger buffer (Node pools small ones) must be copied: moving it would take its neighbours along. */
function movable(input: Float32Array): ArrayBuffer[] {
  const { buffer, byteLength } = input;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
