/** @file One request to a loaded version: checked, let in, decoded, run together with others, measured. */
import { asPictorError, PICTURE_NODE, PictorError, type PictureFiles, type TensorValue } from '../contracts/index.ts';
import { decodeWholePicture } from '../dataset/index.ts';
import { type GraphFeed, Turnstile } from '../runtime/index.ts';
import { type AdmissionBounds, admit } from './admission.ts';
import { type RunLimits, type Ticket, withLimits } from './batching/ticket.ts';
import type { RequestSamples } from './logging/request-samples.ts';
import type { ModelInUse, PicturePredictions, RunOptions } from './model-in-use.ts';
import { topLabels } from './pictures/ranking.ts';
import type { RunTimes } from './servable/graph-lanes.ts';
import type { LoadedVersion } from './servable/loaded-version.ts';
import { decodeWebSafeBase64 } from './signatures/base64.ts';
import { checkOutputs } from './signatures/check.ts';
import {
  checkInputs,
  type DecodePicture,
  eachPicture,
  type GraphFeeds,
  graphFeeds,
  type PictureWork,
  pictureFeed,
  pixelFeed,
} from './signatures/feeds.ts';
import { type GraphOutputs, neededNodes, signatureOutputs } from './signatures/outputs.ts';
import { decodedBytes, pictureBytes } from './signatures/row-bytes.ts';
import { DEFAULT_SIGNATURE, type PictureFeed, type PicturePlan, type SignaturePlan } from './signatures/served.ts';
import { softmaxRows } from './softmax.ts';
import type { RequestFacts } from './telemetry/observer.ts';
import { product, tensorBytes } from './tensors.ts';

/** A decoded picture may take hundreds of megabytes before it is shrunk; so many are decoded at once. */
const MAX_DECODING = 4;
/** Predictions that are written down with a sample. */
const SAMPLE_LABELS = 10;

export interface RunnerOptions extends AdmissionBounds {
  readonly decode: DecodePicture;
  readonly observer: { onRequest(facts: RequestFacts): void };
  readonly samples: RequestSamples | null;
}

interface Job {
  readonly plan: SignaturePlan;
  readonly rows: number;
  /** Of what waits. */
  readonly bytes: number;
  readonly limits: RunLimits;
  /** Outputs of the graph that are needed. */
  readonly nodes: readonly string[];
  /** @param work rejects once the request has ended */
  readonly feeds: (work: PictureWork) => Promise<GraphFeeds>;
}

export class VersionRunner {
  readonly #options: RunnerOptions;
  readonly #turnstile = new Turnstile(MAX_DECODING);
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
        this.#answerPictures(loaded, count, limits, {
          bytes: () => pixels.byteLength,
          feed: async (picture) => pixelFeed(picture, pixels, count),
        }),
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
      bytes: decodedBytes(plan, rows) + tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0),
      limits: options,
      nodes: neededNodes(plan, wanted),
      feeds: (work) => graphFeeds(plan, tensors, work),
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
    const probabilities = await this.#answerPictures(loaded, files.length, limits, {
      bytes: (picture) => files.length * product(picture.shape) + pictureBytes(picture),
      feed: async (picture, { decode }) => {
        seen = await eachPicture(files, (file) => decode(file, picture.image));
        return pictureFeed(picture, seen);
      },
    });
    this.#sample(loaded, files, probabilities);
    return { probabilities, seen };
  }

  async #answerPictures(
    loaded: LoadedVersion,
    rows: number,
    limits: RunLimits,
    sent: {
      readonly bytes: (picture: PictureFeed) => number;
      readonly feed: (picture: PictureFeed, work: PictureWork) => Promise<GraphFeed>;
    },
  ): Promise<Float32Array> {
    const picture = loaded.servable.picture;
    if (!picture) {
      throw new PictorError('model_has_no_pictures', `Model "${loaded.name}" has no signature that takes pictures.`);
    }
    if (rows === 0) return new Float32Array();
    const { plan, node, picture: taken } = picture;
    const given = await this.#do(loaded, {
      ...{ plan, rows, limits },
      bytes: sent.bytes(taken),
      nodes: [node],
      feeds: async (work) => new Map([[taken.node, await sent.feed(taken, work)]]),
    });
    return answersOf(picture, given, rows);
  }

  /** Four pictures at once, over all requests; none for a request that has ended. */
  #pictureWork(loaded: LoadedVersion, ticket: Ticket): PictureWork {
    const turn = <T>(work: () => Promise<T>): Promise<T> =>
      this.#turnstile.pass(async () => {
        if (ticket.ended) throw ticket.ended;
        return work();
      });
    return {
      decode: (bytes, shape) => turn(() => this.#options.decode(bytes, shape)),
      prepare: (files, bytes) => turn(() => prepared(loaded, files, bytes)),
    };
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
      const leave = admit(loaded, job, this.#options);
      return await withLimits(job.limits, async (ticket) => {
        const feeds = await job.feeds(this.#pictureWork(loaded, ticket));
        decodedAt = performance.now();
        const { deadline, priority } = job.limits;
        const submission = { rows, ticket, deadline, priority, times };
        return loaded.graph(plan.graph).run(feeds, job.nodes, plan.rows, submission);
      }).finally(leave);
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

async function prepared(
  loaded: LoadedVersion,
  { graph, channels, base64 }: PictureFiles,
  bytes: Uint8Array,
): Promise<GraphOutputs> {
  const file = base64 ? decodeWebSafeBase64(bytes) : bytes;
  const { data, height, width } = await decodeWholePicture(file, channels);
  const tensor = { dtype: 'DT_UINT8', shape: [height, width, channels], data } as const;
  return loaded.graph(graph).runNow(new Map([[PICTURE_NODE, { tensor }]]));
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
