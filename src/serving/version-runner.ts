/** @file One request to a loaded version: checked, let in, decoded, run together with others, measured. */
import { asPictorError, PictorError, type TensorValue } from '../contracts/index.ts';
import { type RunLimits, type Ticket, withLimits } from './batching/ticket.ts';
import type { RequestSamples } from './logging/request-samples.ts';
import type { ModelInUse, PicturePredictions, RunOptions } from './model-in-use.ts';
import { topLabels } from './pictures/ranking.ts';
import type { RunTimes } from './servable/graph-lanes.ts';
import type { LoadedVersion } from './servable/loaded-version.ts';
import { checkOutputs } from './signatures/check.ts';
import {
  checkInputs,
  type DecodePicture,
  type GraphFeeds,
  graphFeeds,
  pictureFeed,
  pixelFeed,
} from './signatures/feeds.ts';
import { type GraphOutputs, neededNodes, signatureOutputs } from './signatures/outputs.ts';
import { DEFAULT_SIGNATURE, type PicturePlan, type SignaturePlan } from './signatures/served.ts';
import { softmaxRows } from './softmax.ts';
import type { RequestFacts } from './telemetry/observer.ts';
import { product, tensorBytes } from './tensors.ts';

/** Inputs that may wait for a worker, over all of a version's rows. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;
/** Predictions that are written down with a sample. */
const SAMPLE_LABELS = 10;

export interface RunnerOptions {
  /** Most rows of one version that are waiting or running. */
  readonly maxPending: number;
  readonly decode: DecodePicture;
  readonly observer: { onRequest(facts: RequestFacts): void };
  readonly samples: RequestSamples | null;
}

interface Job {
  readonly plan: SignaturePlan;
  readonly rows: number;
  /** Estimate of what waits. */
  readonly bytes: number;
  readonly limits: RunLimits;
  /** Outputs of the graph that are needed. */
  readonly nodes: readonly string[];
  readonly feeds: () => Promise<GraphFeeds>;
}

export class VersionRunner {
  readonly #options: RunnerOptions;
  readonly #inUse = new WeakMap<LoadedVersion, ModelInUse>();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  inUse(loaded: LoadedVersion): ModelInUse {
    let model = this.#inUse.get(loaded);
    if (!model) {
      model = this.#newInUse(loaded);
      this.#inUse.set(loaded, model);
    }
    return model;
  }

  #newInUse(loaded: LoadedVersion): ModelInUse {
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
    const { tensors, sent, rows } = checkInputs(plan, inputs);
    const given = await this.#do(loaded, {
      plan,
      rows,
      bytes: rows * decodedBytes(plan) + tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0),
      limits: options,
      nodes: neededNodes(plan, wanted),
      feeds: () => graphFeeds(plan, tensors, this.#options.decode),
    });
    const outputs = signatureOutputs(plan, wanted, given, loaded.servable.labels, sent);
    this.#sampleSignature(loaded, plan, tensors, given);
    return outputs;
  }

  async #predictPictures(
    loaded: LoadedVersion,
    files: readonly Uint8Array[],
    limits: RunLimits,
  ): Promise<PicturePredictions> {
    let seen: readonly Uint8Array[] = [];
    const probabilities = await this.#answerPictures(loaded, files.length, limits, async ({ picture }) => {
      seen = await Promise.all(files.map((file) => this.#options.decode(file, picture.image)));
      return pictureFeed(picture, seen);
    });
    this.#sample(loaded, files, probabilities);
    return { probabilities, seen };
  }

  async #answerPictures(
    loaded: LoadedVersion,
    rows: number,
    limits: RunLimits,
    feed: (plan: PicturePlan) => Promise<ReturnType<typeof pictureFeed>>,
  ): Promise<Float32Array> {
    const picture = loaded.servable.picture;
    if (!picture) {
      throw new PictorError('model_has_no_pictures', `Model "${loaded.name}" has no signature that takes pictures.`);
    }
    if (rows === 0) return new Float32Array();
    const { plan, node } = picture;
    const given = await this.#do(loaded, {
      ...{ plan, rows, limits },
      bytes: rows * product(picture.picture.shape) * Float32Array.BYTES_PER_ELEMENT,
      nodes: [node],
      feeds: async () => new Map([[picture.picture.node, await feed(picture)]]),
    });
    return answersOf(picture, given, rows);
  }

  /** Measures, and tells the observer. */
  async #do(loaded: LoadedVersion, job: Job): Promise<GraphOutputs> {
    const { name: model, version } = loaded;
    const { plan, rows } = job;
    const startedAt = performance.now();
    const times: RunTimes = { startedAt: 0, computeMs: 0 };
    let decodedAt = startedAt;
    let error: PictorError | null = null;
    try {
      return await this.#admit(loaded, job, async (ticket) => {
        const feeds = await job.feeds();
        decodedAt = performance.now();
        const { deadline, priority } = job.limits;
        const submission = { rows, ticket, deadline, priority, times };
        return loaded.graph(plan.graph).run(feeds, job.nodes, plan.rows, submission);
      });
    } catch (thrown) {
      error = faultOf(asPictorError(thrown), plan, loaded);
      throw error;
    } finally {
      this.#options.observer.onRequest({
        model,
        version,
        signature: plan.name,
        rows,
        error,
        startedAt,
        totalMs: performance.now() - startedAt,
        decodeMs: decodedAt - startedAt,
        queueMs: times.startedAt === 0 ? 0 : times.startedAt - decodedAt,
        computeMs: times.computeMs,
      });
    }
  }

  /** Lets a request in while there is room. One that is larger than all the room gets in when nothing else is there. */
  async #admit<T>(
    version: LoadedVersion,
    { rows, bytes, limits }: Job,
    work: (ticket: Ticket) => Promise<T>,
  ): Promise<T> {
    const fits = Math.floor(MAX_PENDING_BYTES / Math.max(1, bytes / Math.max(1, rows)));
    const room = Math.min(this.#options.maxPending, fits);
    if (version.pending > 0 && version.pending + rows > room) {
      throw new PictorError(
        'overloaded',
        `Model "${version.name}" has ${version.pending} rows waiting; with ${rows} more it would be over ${room}.`,
        { details: { retryAfterSeconds: Math.max(1, Math.ceil(version.secondsPending)) } },
      );
    }
    version.pending += rows;
    try {
      return await withLimits(limits, work);
    } finally {
      version.pending -= rows;
    }
  }

  /** A signature that takes picture files, and computes what pictures are answered with. */
  #sampleSignature(
    loaded: LoadedVersion,
    { feeds, graph }: SignaturePlan,
    tensors: readonly TensorValue[],
    given: GraphOutputs,
  ): void {
    const { picture } = loaded.servable;
    const at = feeds.findIndex(({ kind }) => kind === 'pictures');
    if (!this.#options.samples || !picture || at < 0 || graph !== picture.plan.graph || !given.has(picture.node))
      return;
    const files = tensors[at].data as readonly Uint8Array[];
    this.#sample(loaded, files, answersOf(picture, given, files.length));
  }

  #sample(
    { name: model, version, servable }: LoadedVersion,
    files: readonly Uint8Array[],
    answers: Float32Array,
  ): void {
    const { samples } = this.#options;
    if (!samples) return;
    const classes = answers.length / files.length;
    for (const [index, bytes] of files.entries()) {
      if (!samples.draw()) continue;
      const row = answers.subarray(index * classes, (index + 1) * classes);
      samples.keep({ model, version, bytes, predictions: topLabels(row, servable.labels, SAMPLE_LABELS) });
    }
  }
}

function answersOf({ node, answers }: PicturePlan, given: GraphOutputs, rows: number): Float32Array {
  const values = given.get(node)!.data as Float32Array;
  return answers === 'logits' ? softmaxRows(values, rows) : values;
}

/** What became of it in the graph, in place of an answer. */
const RUN_FAULTS = {
  run_failed: 'cannot be computed with what was sent',
  run_too_long: 'was not computed in time',
} as const;

/** The runtime knows neither model nor signature. */
function faultOf(
  error: PictorError,
  { name: signature }: SignaturePlan,
  { name: model, version }: LoadedVersion,
): PictorError {
  const { code, message, fix, details } = error;
  if (code !== 'run_failed' && code !== 'run_too_long') return error;
  const what = `Signature "${signature}" of version ${version} of model "${model}"`;
  return new PictorError(code, `${what} ${RUN_FAULTS[code]}: ${message}`, {
    fix,
    details: { ...details, model, version: String(version), signature },
    cause: error,
  });
}

/** Of one row, once its picture is decoded. */
function decodedBytes({ feeds }: SignaturePlan): number {
  return feeds.reduce((sum, feed) => sum + ('picture' in feed ? product(feed.picture.shape) : 0), 0);
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
