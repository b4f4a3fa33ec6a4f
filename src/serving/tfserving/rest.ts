/** @file TensorFlow Serving's REST interface: status, metadata, predict, classify, regress, with the reference's texts. */
import { performance } from 'node:perf_hooks';
import type { CancelSignal } from '../batching/ticket.ts';
import type { HttpRequest, HttpResponse } from '../http.ts';
import { writeError } from '../json/dump.ts';
import { writeClassifications, writeRegressions } from '../json/write.ts';
import { classifyCall, regressCall } from '../logging/logged-calls.ts';
import type { RequestLogs } from '../logging/request-logs.ts';
import type { ModelInUse, RunOptions } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import { HTTP_STATUS, type RpcStatus } from '../rpc-status.ts';
import { useServable } from '../tfserving-grpc/servable.ts';
import { plainBody } from './body.ts';
import { metadataDocument, statusDocument } from './documents.ts';
import { readExamples } from './examples.ts';
import { classify, regress } from './inference.ts';
import { MODEL_LIST_PATH, modelListDocument, sharedStatusDocument } from './kserve.ts';
import { type Call, parsePath, type Target } from './path.ts';
import { RequestDocument } from './request.ts';
import { predictRest } from './rest-predict.ts';
import { asTfServingError, invalidArgument, TfServingError } from './status.ts';

export interface TfServingRequest extends HttpRequest {
  readonly origin?: string | undefined;
}

export interface TfServingOptions {
  /** Longest time for an answer. Default 30000, the reference's. */
  readonly timeoutMs?: number | undefined;
  /** Aborted when the client went away. */
  readonly signal?: CancelSignal | undefined;
  /** Where requests are written down. Default: nowhere. */
  readonly logs?: RequestLogs | null | undefined;
  /** Pages of other sites may read the answers. Default false. */
  readonly cors?: boolean | undefined;
  /** The status of a model tells what KServe's clients look for, too: `name` and `ready`. Default false. */
  readonly kserve?: boolean | undefined;
}

export interface TfServingResponse extends HttpResponse<string> {
  /** What was called, for those who count. */
  readonly served: ServedCall;
}

export interface ServedCall {
  /** Null when the path names none. */
  readonly model: string | null;
  readonly call: Call | null;
  readonly code: RpcStatus | 'OK';
  /** `tf.Example`s of the request. */
  readonly examples: number;
}

/** What of the predictor the protocol needs. */
export type RestModels = Pick<Predictor, 'use' | 'status' | 'models'>;

const TIMEOUT_MS = 30_000;
const JSON_HEADERS = { 'content-type': 'application/json' } as const;
const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, GET',
  'access-control-allow-headers': 'Content-Type',
} as const;

/** Answers any request whose path begins with `/v1/`. Never rejects. */
export async function answerTfServing(
  predictor: RestModels,
  request: TfServingRequest,
  { timeoutMs = TIMEOUT_MS, signal, cors = false, logs = null, kserve = false }: TfServingOptions = {},
): Promise<TfServingResponse> {
  const basic = cors ? { ...JSON_HEADERS, ...CORS_HEADERS } : JSON_HEADERS;
  const run = { signal, deadline: performance.now() + timeoutMs };
  const answering = new Answering(predictor, run, { kserve, logs });
  try {
    const body = await answering.answer(request);
    return { status: 200, headers: basic, body, served: answering.served('OK') };
  } catch (error) {
    const failure = asTfServingError(error);
    const { code } = failure;
    const retryAfter = retryAfterSeconds(failure.cause);
    const headers = retryAfter === null ? basic : { ...basic, 'retry-after': String(retryAfter) };
    const internal = code === 'INTERNAL' ? { cause: failure.cause } : {};
    const body = writeError(failure.message);
    return { status: HTTP_STATUS[code], headers, body, served: answering.served(code), ...internal };
  }
}

/** One request on its way, so that also of one that fails it is known what it was. */
class Answering {
  readonly #predictor: RestModels;
  readonly #run: RunOptions;
  readonly #kserve: boolean;
  readonly #logs: RequestLogs | null;
  #target: Target | null = null;
  #examples = 0;

  constructor(
    predictor: RestModels,
    run: RunOptions,
    { kserve, logs }: { readonly kserve: boolean; readonly logs: RequestLogs | null },
  ) {
    this.#predictor = predictor;
    this.#run = run;
    this.#kserve = kserve;
    this.#logs = logs;
  }

  served(code: ServedCall['code']): ServedCall {
    const { model = null, call = null } = this.#target ?? {};
    return { model, call, code, examples: this.#examples };
  }

  async answer({ method, path, origin, body, contentEncoding }: TfServingRequest): Promise<string> {
    if (method === 'OPTIONS') {
      if (origin?.includes('http://') || origin?.includes('https://')) return '';
      throw invalidArgument('Origin header is missing in CORS preflight');
    }
    if (method === 'GET' && path === MODEL_LIST_PATH) {
      return modelListDocument(this.#predictor.models().map(({ name }) => name));
    }
    const target = parsePath(method, path);
    this.#target = target;
    switch (target.call) {
      case 'status':
        return this.#status(target);
      case 'metadata':
        return this.#use(target, async ({ name, version, signatures }) =>
          metadataDocument({ name, version, signatures }),
        );
      case 'predict': {
        const document = new RequestDocument(await plainBody(body, contentEncoding));
        // Its name is checked before the model is looked up.
        void document.signature;
        return this.#use(target, (model) => predictRest(model, document, { ...this.#run, logs: this.#logs }));
      }
      case 'classify':
        return this.#infer(target, await plainBody(body, contentEncoding), async (model, signature, examples) => {
          const classes = await classify(model, signature, examples, this.#run);
          if (this.#logs?.isDrawn(model.name)) {
            this.#logs.write(model.name, classifyCall(model, signature, examples, classes));
          }
          return writeClassifications(classes);
        });
      case 'regress':
        return this.#infer(target, await plainBody(body, contentEncoding), async (model, signature, examples) => {
          const numbers = await regress(model, signature, examples, this.#run);
          if (this.#logs?.isDrawn(model.name)) {
            this.#logs.write(model.name, regressCall(model, signature, examples, numbers));
          }
          return writeRegressions(numbers);
        });
    }
  }

  /** A label is ignored here, as in the reference: all versions are told. */
  async #status({ model, version, label }: Target): Promise<string> {
    const versions = await this.#predictor.status(model);
    if (versions.length === 0) {
      throw new TfServingError('NOT_FOUND', `Could not find any versions of model ${model}`);
    }
    if (version === null && label === null && this.#kserve) return sharedStatusDocument(model, versions);
    if (version === null) return statusDocument(versions);
    const found = versions.filter((candidate) => BigInt(candidate.version) === version);
    if (found.length > 0) return statusDocument(found);
    throw new TfServingError('NOT_FOUND', `Could not find version ${version} of model ${model}`);
  }

  #infer(
    target: Target,
    body: Uint8Array,
    work: (model: ModelInUse, signature: string, examples: readonly Uint8Array[]) => Promise<string>,
  ): Promise<string> {
    const document = new RequestDocument(body);
    const { signature } = document;
    const examples = readExamples(document.exactRoot);
    this.#examples = examples.length;
    return this.#use(target, (model) => work(model, signature, examples));
  }

  #use({ model, version, label }: Target, work: (model: ModelInUse) => Promise<string>): Promise<string> {
    return useServable(this.#predictor, { name: model, version, label }, work);
  }
}
