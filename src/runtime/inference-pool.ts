/** @file Inference in worker threads, because a running graph blocks its thread and sockets must not wait. */
import { availableParallelism } from 'node:os';
import { PictorError } from '../contracts/index.ts';
import type { InferenceCall } from './inference-worker.ts';
import { workerFile } from './worker-file.ts';
import { WorkerThread } from './worker-group.ts';

export interface BatchOutput {
  /** Of the first output. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
  /** The others, by name. */
  readonly others: Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>;
}

/** A model that every worker of the pool holds. One float32 input, float32 outputs. */
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
  return new WorkerPool(Math.max(1, options.threads ?? availableParallelism()));
}

type InferenceWorker = WorkerThread<InferenceCall>;

class WorkerPool implements InferencePool {
  readonly size: number;
  readonly #workers = new Set<InferenceWorker>();
  readonly #free: InferenceWorker[] = [];
  readonly #waiting: ((worker: InferenceWorker) => void)[] = [];
  /** Paths by the pool's number, for workers that are started later. */
  readonly #models = new Map<number, string>();
  #nextModel = 1;

  constructor(size: number) {
    this.size = size;
    for (let i = 0; i < size; i++) this.#free.push(this.#start());
  }

  get idle(): number {
    return this.#free.length;
  }

  async load(path: string): Promise<LoadedModel> {
    const model = this.#nextModel++;
    this.#models.set(model, path);
    const close = async () => {
      this.#models.delete(model);
      await this.#ask({ kind: 'close', model });
    };
    const failed = (await this.#ask({ kind: 'load', model, path })).find((result) => result.status === 'rejected');
    if (failed) {
      await close();
      const text = failed.reason instanceof Error ? failed.reason.message : String(failed.reason);
      throw new PictorError('model_broken', `The graph ${path} cannot be loaded: ${text}`, { cause: failed.reason });
    }
    return { run: (input, shape) => this.#run({ kind: 'run', model, input, shape }), close };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #start(): InferenceWorker {
    const worker: InferenceWorker = new WorkerThread(workerFile('./inference-worker', import.meta.url), {
      onDeath: () => void this.#replace(worker),
    });
    this.#workers.add(worker);
    return worker;
  }

  /** One crash fails the batch that was running, not every later one. */
  async #replace(dead: InferenceWorker): Promise<void> {
    this.#workers.delete(dead);
    const at = this.#free.indexOf(dead);
    if (at >= 0) this.#free.splice(at, 1);
    const worker = this.#start();
    const loads = [...this.#models].map(([model, path]) => worker.call({ kind: 'load', model, path }));
    await Promise.allSettled(loads);
    this.#giveBack(worker);
  }

  async #run(call: Extract<InferenceCall, { kind: 'run' }>): Promise<BatchOutput> {
    const worker = this.#free.pop() ?? (await new Promise<InferenceWorker>((resolve) => this.#waiting.push(resolve)));
    try {
      return await worker.call<BatchOutput>(call, movable(call.input));
    } finally {
      if (this.#workers.has(worker)) this.#giveBack(worker);
    }
  }

  #giveBack(worker: InferenceWorker): void {
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#free.push(worker);
  }

  #ask(call: InferenceCall): Promise<PromiseSettledResult<unknown>[]> {
    return Promise.allSettled([...this.#workers].map((worker) => worker.call(call)));
  }
}

/** A view into a larger buffer (Node pools small ones) must be copied: moving it would take its neighbours along. */
function movable(input: Float32Array): ArrayBuffer[] {
  const { buffer, byteLength } = input;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
