/** @file The core that every protocol stands on: picks the version, checks, decodes, batches, runs. */
import { PictorError, type TensorValue } from '../contracts/index.ts';
import { decodePicture } from '../dataset/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import type { InferencePool } from '../runtime/index.ts';
import { BatchScheduler } from './batching/batch-scheduler.ts';
import type { BatchingParameters } from './batching/parameters.ts';
import { type RunLimits, type Ticket, withLimits } from './batching/ticket.ts';
import type { LoadedVersion } from './loaded-version.ts';
import type { ModelInUse, ModelTarget, PicturePredictions, RunOptions } from './model-in-use.ts';
import { ServedModels, type VersionStatus } from './served-models.ts';
import { checkOutputs } from './signatures/check.ts';
import {
  checkInputs,
  type DecodePicture,
  type GraphFeeds,
  graphFeeds,
  pictureFeed,
  pixelFeed,
} from './signatures/feeds.ts';
import { neededNodes, signatureOutputs } from './signatures/outputs.ts';
import { DEFAULT_SIGNATURE, type PicturePlan, type SignaturePlan } from './signatures/served.ts';
import { softmaxRows } from './softmax.ts';
import { tensorBytes } from './tensors.ts';

export interface PredictorOptions {
  readonly registry: ModelRegistry;
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
  /** Versions kept in memory. Default 16. */
  readonly maxLoaded?: number;
  /** Turns the bytes of a picture file into `[height, width, channels]` uint8. Default: as training does it. */
  readonly decode?: DecodePicture;
  readonly log?: (level: 'info' | 'warn', message: string) => void;
}

/** Inputs that may wait for a worker, over all of a version's rows. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;
/** A decoded picture may take hundreds of megabytes before it is shrunk; so many are decoded at once. */
const MAX_DECODING = 4;

export class Predictor {
  readonly #maxPending: number;
  readonly #models: ServedModels;
  readonly #decode: DecodePicture;

  constructor(options: PredictorOptions) {
    const { registry, pool, maxBatch = 32, maxPending = 512, maxLoaded = 16 } = options;
    const { latencyObjectiveMs: objectiveMs = 100, batching = null } = options;
    const { decode = decodePicture, log = () => {} } = options;
    this.#maxPending = maxPending;
    const turnstile = new Turnstile(MAX_DECODING);
    this.#decode = (bytes, shape) => turnstile.pass(() => decode(bytes, shape));
    const concurrency = Math.min(pool.size, batching?.numBatchThreads ?? pool.size);
    const scheduler = new BatchScheduler({ concurrency });
    const loading = { pool, scheduler, maxBatch, objectiveMs, batching };
    this.#models = new ServedModels({ ...loading, registry, maxLoaded, log });
  }

  /** Resolves when every model in the registry is known. */
  start(): Promise<void> {
    return this.#models.start();
  }

  /**
   * Runs `work` with the version that the target means now; the version stays loaded until the work is done, also when
   * it is replaced or deleted meanwhile.
   * @throws `model_not_found`, `model_version_not_found`, `model_label_not_found`, `model_broken`, `server_not_ready`,
   *   and what `work` throws
   */
  async use<T>(target: ModelTarget, work: (model: ModelInUse) => Promise<T>): Promise<T> {
    const { version, release } = await this.#models.hold(target);
    try {
      return await work(this.#inUse(version));
    } finally {
      release();
    }
  }

  /** States of a model's versions, highest first; empty for an unknown model. */
  status(name: string): Promise<VersionStatus[]> {
    return this.#models.status(name);
  }

  /** Waits for running requests, then frees every version. The pool is not closed. */
  close(): Promise<void> {
    return this.#models.close();
  }

  #inUse(loaded: LoadedVersion): ModelInUse {
    const { name, version, servable } = loaded;
    const { manifest, labels, input, signatures } = servable;
    return {
      ...{ name, version, manifest, labels, input, signatures },
      run: (signature, inputs, options = {}) => this.#run(loaded, signature, inputs, options),
      predictPixels: (pixels, count, limits = {}) =>
        this.#answerPictures(loaded, count, limits, async ({ picture }) => pixelFeed(picture, pixels, count)),
      predictPictures: (files, limits = {}) => this.#predictPictures(loaded, files, limits),
    };
  }

  async #run(
    loaded: LoadedVersion,
    signature: string,
    inputs: ReadonlyMap<string, TensorValue>,
    options: RunOptions,
  ): Promise<ReadonlyMap<string, TensorValue>> {
    const plan = planOf(loaded, signature);
    const wanted = checkOutputs(plan, options.outputs);
    const { tensors, added, rows } = checkInputs(plan, inputs);
    const bytes = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
    const given = await this.#admit(loaded, rows, bytes, options, async (ticket) => {
      const feeds = await graphFeeds(plan, tensors, this.#decode);
      return this.#submit(loaded, plan, feeds, neededNodes(plan, wanted), { ...options, rows, ticket });
    });
    return signatureOutputs(plan, wanted, given, loaded.servable.labels, added);
  }

  async #predictPictures(
    loaded: LoadedVersion,
    files: readonly Uint8Array[],
    limits: RunLimits,
  ): Promise<PicturePredictions> {
    let seen: readonly Uint8Array[] = [];
    const probabilities = await this.#answerPictures(loaded, files.length, limits, async ({ picture }) => {
      seen = await Promise.all(files.map((file) => this.#decode(file, picture.image)));
      return pictureFeed(picture, seen);
    });
    return { probabilities, seen };
  }

  async #answerPictures(
    loaded: LoadedVersion,
    count: number,
    limits: RunLimits,
    feed: (plan: PicturePlan) => Promise<ReturnType<typeof pictureFeed>>,
  ): Promise<Float32Array> {
    const plan = loaded.servable.picture;
    if (!plan) {
      throw new PictorError('model_has_no_pictures', `Model "${loaded.name}" has no signature that takes pictures.`);
    }
    if (count === 0) return new Float32Array();
    const { height, width, channels } = plan.picture.image;
    const bytes = count * height * width * channels;
    const given = await this.#admit(loaded, count, bytes, limits, async (ticket) => {
      const feeds = new Map([[plan.picture.node, await feed(plan)]]);
      return this.#submit(loaded, plan.plan, feeds, [plan.node], { ...limits, rows: count, ticket });
    });
    const answers = given.get(plan.node)!.data as Float32Array;
    return plan.answers === 'logits' ? softmaxRows(answers, count) : answers;
  }

  #submit(
    loaded: LoadedVersion,
    plan: SignaturePlan,
    feeds: GraphFeeds,
    nodes: readonly string[],
    submission: RunLimits & { readonly rows: number; readonly ticket: Ticket },
  ): Promise<ReadonlyMap<string, TensorValue>> {
    return loaded.graph(plan.graph).run(feeds, nodes, plan.rows, submission);
  }

  /** Lets a request in while there is room. One that is larger than all the room gets in when nothing else is there. */
  async #admit<T>(
    version: LoadedVersion,
    count: number,
    bytes: number,
    limits: RunLimits,
    work: (ticket: Ticket) => Promise<T>,
  ): Promise<T> {
    const fits = Math.floor(MAX_PENDING_BYTES / Math.max(1, bytes / Math.max(1, count)));
    const room = Math.min(this.#maxPending, fits);
    if (version.pending > 0 && version.pending + count > room) {
      throw new PictorError(
        'overloaded',
        `Model "${version.name}" has ${version.pending} rows waiting; with ${count} more it would be over ${room}.`,
        { details: { retryAfterSeconds: Math.max(1, Math.ceil(version.secondsPending)) } },
      );
    }
    version.pending += count;
    try {
      return await withLimits(limits, work);
    } finally {
      version.pending -= count;
    }
  }
}

function planOf({ servable, name }: LoadedVersion, signature: string): SignaturePlan {
  const wanted = signature === '' ? DEFAULT_SIGNATURE : signature;
  const plan = servable.plans.get(wanted);
  if (plan) return plan;
  const available = [...servable.plans.keys()];
  throw new PictorError(
    'signature_not_found',
    `Model "${name}" has no signature ${JSON.stringify(wanted)}; it has ${available.join(', ')}.`,
    { details: { signature: wanted, available } },
  );
}

/** Lets a number of tasks run at once; the others wait in order. */
class Turnstile {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async pass<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
