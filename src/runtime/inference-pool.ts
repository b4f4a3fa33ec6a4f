/** @file Inference in worker threads, because a running graph blocks its thread and sockets must not wait. */
import { availableParallelism } from 'node:os';
import { MAX_TIMER_MS, PictorError, type TensorValue } from '../contracts/index.ts';
import { bufferOf, fromWire, type GraphFeed, toWire } from './graph-tensors.ts';
import type { InferenceCall, LoadAnswer, RunAnswer } from './inference-worker.ts';
import { workerFile } from './worker-file.ts';
import { WorkerThread } from './worker-group.ts';

export interface GraphRun {
  /** Those that were asked for, by name. */
  readonly outputs: ReadonlyMap<string, TensorValue>;
  /** Milliseconds inside the graph. */
  readonly computeMs: number;
}

/** A graph that every worker of the pool holds. */
export interface LoadedModel {
  /** Names, in the order of the graph. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Runs one batch on the first worker that is free; batches wait their turn in order.
   * @param feeds one for every input; moved to the worker when an array is large and owns its whole buffer, else copied
   * @param outputs names of those that are wanted. Default: all
   * @throws `run_too_long`, `run_failed`
   */
  run(feeds: ReadonlyMap<string, GraphFeed>, outputs?: readonly string[]): Promise<GraphRun>;
  /** Waits for the model's running batches, then frees it. */
  close(): Promise<void>;
}

export interface InferencePool {
  /**
   * Loads the graph, a file or its bytes, in one worker after the other, so that the others go on with what is there.
   * Rejects with `model_broken` when it cannot be loaded.
   */
  load(graph: string | Uint8Array): Promise<LoadedModel>;
  /** Workers that have nothing to do. */
  readonly idle: number;
  readonly size: number;
  /** Ends the workers. @param waitMs for how long a running graph is waited for; see `WorkerThread.endBehindCall`. Default 2000 */
  close(waitMs?: number): Promise<void>;
}

/** A graph cannot be interrupted, and a broken one may never end. */
const END_MS = 2000;
/** Loading takes seconds at most; a graph that was made to take longer is not waited for. */
const LOAD_LIMIT_MS = 300_000;

export interface PoolOptions {
  /** Number of workers. Default: one a core. */
  readonly threads?: number;
  /** Milliseconds in a graph, after which the run is given up with `run_too_long`, and its worker replaced. Default: no limit. */
  readonly runLimitMs?: number;
}

export function createInferencePool(options: PoolOptions = {}): InferencePool {
  const { threads = availableParallelism(), runLimitMs = Number.POSITIVE_INFINITY } = options;
  return new WorkerPool(Math.max(1, threads), runLimitMs);
}

class PoolWorker {
  readonly thread: WorkerThread<InferenceCall>;
  /** What only this worker can do, such as loading; done before the next batch. */
  readonly chores: (() => Promise<void>)[] = [];

  constructor(onDeath: (worker: PoolWorker) => void) {
    this.thread = new WorkerThread(workerFile('./inference-worker', import.meta.url), {
      onDeath: () => onDeath(this),
    });
  }
}

function tooLong(kind: InferenceCall['kind'], limitMs: number): PictorError {
  const what = kind === 'run' ? 'A run of the graph' : 'Loading the graph';
  return new PictorError('run_too_long', `${what} took longer than ${limitMs} ms and was given up.`, {
    details: { limitMs },
  });
}

class WorkerPool implements InferencePool {
  readonly size: number;
  readonly #runLimitMs: number;
  readonly #workers = new Set<PoolWorker>();
  readonly #free: PoolWorker[] = [];
  readonly #waiting: ((worker: PoolWorker) => void)[] = [];
  /** Graphs by the pool's number, for workers that are started later. */
  readonly #graphs = new Map<number, string | Uint8Array>();
  #nextModel = 1;

  constructor(size: number, runLimitMs: number) {
    this.size = size;
    this.#runLimitMs = runLimitMs;
    for (let i = 0; i < size; i++) this.#free.push(this.#start());
  }

  get idle(): number {
    return this.#free.length;
  }

  async load(graph: string | Uint8Array): Promise<LoadedModel> {
    const model = this.#nextModel++;
    this.#graphs.set(model, graph);
    const close = async () => {
      this.#graphs.delete(model);
      const workers = [...this.#workers];
      await Promise.allSettled(workers.map((worker) => this.#alone(worker, { kind: 'close', model })));
    };
    let names: LoadAnswer = { inputs: [], outputs: [] };
    try {
      for (const worker of [...this.#workers]) {
        names = (await this.#alone<LoadAnswer>(worker, { kind: 'load', model, graph })) ?? names;
      }
    } catch (cause) {
      await close();
      const text = cause instanceof Error ? cause.message : String(cause);
      const shown = typeof graph === 'string' ? `The graph ${graph}` : 'The graph';
      throw new PictorError('model_broken', `${shown} cannot be loaded: ${text}`, { cause });
    }
    return { ...names, run: (feeds, outputs) => this.#run(model, feeds, outputs ?? null), close };
  }

  async close(waitMs = END_MS): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.thread.endBehindCall(waitMs)));
  }

  #start(): PoolWorker {
    const worker = new PoolWorker((dead) => void this.#replace(dead));
    this.#workers.add(worker);
    return worker;
  }

  /** One crash fails the batch that was running, not every later one. */
  async #replace(dead: PoolWorker): Promise<void> {
    this.#workers.delete(dead);
    const at = this.#free.indexOf(dead);
    if (at >= 0) this.#free.splice(at, 1);
    for (const chore of dead.chores.splice(0)) void chore();
    const worker = this.#start();
    const loads = [...this.#graphs].map(([model, graph]) => worker.thread.call({ kind: 'load', model, graph }));
    await Promise.allSettled(loads);
    this.#giveBack(worker);
  }

  /** Gives a worker up that has not answered in time. */
  async #ask<Result>(worker: PoolWorker, call: InferenceCall, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    const answer = worker.thread.call<Result>(call, transfer);
    const limitMs = call.kind === 'run' ? this.#runLimitMs : LOAD_LIMIT_MS;
    if (limitMs > MAX_TIMER_MS) return answer;
    const timer = setTimeout(() => {
      // The worker in its place must not try what this one did not end.
      if (call.kind === 'load') this.#graphs.delete(call.model);
      void worker.thread.abandon(tooLong(call.kind, limitMs), END_MS);
    }, limitMs);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  async #run(
    model: number,
    feeds: ReadonlyMap<string, GraphFeed>,
    outputs: readonly string[] | null,
  ): Promise<GraphRun> {
    const wire = Array.from(feeds, ([name, feed]) => [name, toWire(feed)] as const);
    const buffers = new Set(wire.flatMap(([, { tensor }]) => bufferOf(tensor)));
    const worker = this.#free.pop() ?? (await new Promise<PoolWorker>((resolve) => this.#waiting.push(resolve)));
    try {
      const call: InferenceCall = { kind: 'run', model, feeds: wire, outputs };
      const answer = await this.#ask<RunAnswer>(worker, call, [...buffers]);
      const results = new Map(answer.outputs.map(([name, tensor]) => [name, fromWire(tensor)]));
      return { outputs: results, computeMs: answer.milliseconds };
    } finally {
      this.#giveBack(worker);
    }
  }

  /** Asks one worker, when it is free. A worker that died meanwhile answers undefined: the one in its place was told all. */
  #alone<Result>(worker: PoolWorker, call: InferenceCall): Promise<Result | undefined> {
    return new Promise<Result | undefined>((resolve, reject) => {
      const chore = async () => {
        if (!this.#workers.has(worker)) return resolve(undefined);
        await this.#ask<Result>(worker, call).then(resolve, reject);
      };
      worker.chores.push(chore);
      const at = this.#free.indexOf(worker);
      if (at < 0) return;
      this.#free.splice(at, 1);
      this.#giveBack(worker);
    });
  }

  #giveBack(worker: PoolWorker): void {
    if (!this.#workers.has(worker)) return;
    const chore = worker.chores.shift();
    if (chore) return void chore().finally(() => this.#giveBack(worker));
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#free.push(worker);
  }
}
