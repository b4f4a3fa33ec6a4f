/** @file The core that every protocol stands on: picks the version, checks, decodes, batches, runs. */
import { decodePicture } from '../dataset/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import type { InferencePool } from '../runtime/index.ts';
import { BatchScheduler } from './batching/batch-scheduler.ts';
import type { BatchingParameters } from './batching/parameters.ts';
import { RequestSamples, type SampleOptions } from './logging/request-samples.ts';
import type { ModelInUse, ModelOverview, ModelTarget } from './model-in-use.ts';
import { type BasePathOptions, BasePathSource } from './models/base-path-source.ts';
import { ModelManager } from './models/model-manager.ts';
import { RegistrySource } from './models/registry-source.ts';
import type { VersionNumber, VersionStatus } from './models/version-status.ts';
import type { DecodePicture } from './signatures/feeds.ts';
import { Observers, type ServingObserver } from './telemetry/observer.ts';
import { type ModelStatistics, StatisticsObserver } from './telemetry/statistics.ts';
import { tracingObserver } from './telemetry/tracing.ts';
import { VersionRunner } from './version-runner.ts';

export interface PredictorOptions {
  /** Serves everything that is published there. Default: none. */
  readonly registry?: ModelRegistry | null;
  readonly pool: InferencePool;
  /** Most rows in one run of a graph. Default 32. */
  readonly maxBatch?: number;
  /**
   * Milliseconds from the arrival of a batch's oldest request to its answer that batches are kept small enough for, where
   * the model's cost allows it. Default 100.
   */
  readonly latencyObjectiveMs?: number;
  /** TensorFlow Serving's batching parameters, in place of the two above. */
  readonly batching?: BatchingParameters;
  /** Most rows of one version that are waiting or running; more are refused with `overloaded`. Default 512. */
  readonly maxPending?: number;
  /** Bytes of their tensors, decoded; a request with more is refused with `request_too_large`. Default 256 MiB. */
  readonly maxPendingBytes?: number;
  /** Versions of the registry kept in memory. Default 16. */
  readonly maxLoaded?: number;
  /** Bytes of weights in memory, over all workers; the versions that were not used for longest make room. Default: no bound. */
  readonly memoryBudgetBytes?: number | null;
  /** Versions that nobody asked for in so many milliseconds are freed until somebody does. Default: never. */
  readonly idleUnloadMs?: number | null;
  /** How base paths are served, once there are some. */
  readonly basePaths?: BasePathOptions;
  /** Runs with each version before it becomes available. @throws what keeps it from becoming so */
  readonly warmUp?: (model: ModelInUse, folder: string) => Promise<void>;
  /** Keeps some of the pictures that come. Default: none. */
  readonly samples?: SampleOptions;
  /** Chooses between versions that share requests; uniform in 0..1. Default `Math.random`. */
  readonly random?: () => number;
  /** Turns the bytes of a picture file into `[height, width, channels]` uint8. Default: as training does it. */
  readonly decode?: DecodePicture;
  readonly log?: (level: 'info' | 'warn', message: string) => void;
}

export class Predictor {
  readonly #runner: VersionRunner;
  readonly #manager: ModelManager;
  readonly #registry: RegistrySource | null;
  readonly #basePaths: BasePathSource;
  readonly #observers = new Observers();
  readonly #statistics = new StatisticsObserver();
  readonly #samples: RequestSamples | null;
  #isStarted = false;
  #isDraining = false;
  #wasReady = false;

  constructor(options: PredictorOptions) {
    const { pool, batching = null, decode = decodePicture, log = () => {}, samples, warmUp } = options;
    const { maxPendingBytes = 256 * 1024 * 1024 } = options;
    this.#samples = samples ? new RequestSamples({ log, ...samples }) : null;
    this.#runner = new VersionRunner({
      maxPending: options.maxPending ?? 512,
      maxPendingBytes,
      decode,
      observer: this.#observers,
      samples: this.#samples,
    });
    this.#observers.add(this.#statistics);
    this.#observers.add(tracingObserver);
    const concurrency = Math.min(pool.size, batching?.numBatchThreads ?? pool.size);
    this.#manager = new ModelManager({
      loading: {
        pool,
        scheduler: new BatchScheduler({ concurrency }),
        maxBatch: options.maxBatch ?? 32,
        objectiveMs: options.latencyObjectiveMs ?? 100,
        maxRequestBytes: maxPendingBytes,
        batching,
        onRun: (facts) => this.#observers.onRun(facts),
      },
      maxLoaded: options.maxLoaded ?? 16,
      memoryBudgetBytes: options.memoryBudgetBytes ?? null,
      idleUnloadMs: options.idleUnloadMs ?? null,
      warmUp: warmUp ? (version) => warmUp(this.#runner.inUse(version), version.servable.folder) : null,
      random: options.random ?? Math.random,
      onState: (facts) => this.#observers.onState(facts),
      log,
      refresh: async () => this.#registry?.refresh(),
    });
    this.#registry = options.registry ? new RegistrySource(options.registry, this.#manager) : null;
    this.#basePaths = new BasePathSource(this.#manager, { log, ...options.basePaths });
  }

  /** Resolves when every model in the registry is known. */
  async start(): Promise<void> {
    await this.#registry?.start();
    this.#isStarted = true;
  }

  /**
   * Runs `work` with the version that the target means now; the version stays loaded until the work is done, also when
   * it is replaced or deleted meanwhile.
   * @throws `model_not_found`, `model_version_not_found`, `model_label_not_found`, `model_broken`, `model_not_ready`,
   *   `memory_budget_exceeded`, `server_not_ready`, and what `work` throws
   */
  async use<T>(target: ModelTarget, work: (model: ModelInUse) => Promise<T>): Promise<T> {
    const { version, release } = await this.#manager.hold(target);
    try {
      return await work(this.#runner.inUse(version));
    } finally {
      release();
    }
  }

  /** States of a model's versions, highest first; empty for an unknown model. */
  status(name: string): Promise<VersionStatus[]> {
    return this.#manager.status(name);
  }

  /** All models, by name: those that somebody wants, and those whose versions ended. */
  models(): ModelOverview[] {
    return this.#manager.names.map((name) => {
      const model = this.#manager.model(name)!;
      return { name, versions: model.status(), labels: model.labels, split: model.split };
    });
  }

  /** Loads a version that was unloaded, or was never loaded. Default: the newest. @throws as `use` */
  load(name: string, version?: VersionNumber): Promise<void> {
    return this.#manager.load(name, version);
  }

  /**
   * Frees versions when they are not in use any more; requests get `model_not_ready` until they are loaded again. What the
   * registry or a folder holds is not touched.
   * @param version default: all of them
   * @throws `model_not_found`, `model_version_not_found`
   */
  unload(name: string, version?: VersionNumber): Promise<void> {
    return this.#manager.unload(name, version);
  }

  /** Models that are served from base paths, as TensorFlow Serving does; empty until something is applied. */
  get basePaths(): Pick<BasePathSource, 'apply' | 'add' | 'remove' | 'poll' | 'models'> {
    return this.#basePaths;
  }

  /**
   * True from when the first loads are done, and every model of a base path has a version that is available, until it
   * drains. Models that come later do not make it false: others are served meanwhile.
   */
  ready(): boolean {
    if (this.#isDraining) return false;
    this.#wasReady ||= this.#isStarted && !this.#manager.isStarting && this.#hasAllModels();
    return this.#wasReady;
  }

  #hasAllModels(): boolean {
    return [...this.#basePaths.models.keys()].every((name) => {
      const entries = this.#manager.model(name)?.entries ?? [];
      const isLazy = this.#manager.model(name)?.rules.loading === 'lazy';
      return entries.some((entry) => entry.phase === 'good' || (isLazy && entry.phase === 'new'));
    });
  }

  /** Resolves when nothing is being loaded. */
  settled(): Promise<void> {
    return this.#manager.settled();
  }

  /** What versions have done since they were first loaded. @param model default: all */
  statistics(model?: string): ModelStatistics[] {
    return this.#statistics.read(model);
  }

  /** Rows of each loaded version that wait or run. */
  pending(): { readonly model: string; readonly version: VersionNumber; readonly rows: number }[] {
    return this.#manager.loaded.map(({ name, version, pending }) => ({ model: name, version, rows: pending }));
  }

  /** @returns takes the observer away again */
  observe(observer: ServingObserver): () => void {
    return this.#observers.add(observer);
  }

  /** Not ready any more, so that others stop sending; whoever sends still is answered. */
  beginDrain(): void {
    this.#isDraining = true;
  }

  /** Takes nothing new, and resolves when everything that was taken is answered. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#manager.drain();
  }

  /** Waits for running requests, then frees every version. The pool is not closed. */
  async close(): Promise<void> {
    this.#isDraining = true;
    this.#registry?.stop();
    this.#basePaths.stop();
    await this.#manager.close();
    await this.#samples?.flush();
  }
}
