/** @file TensorFlow Serving's REST interface: status, metadata, `:predict`, with the reference's texts. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { PictorError } from '../../contracts/index.ts';
import { dumpJson, writeError, writeOutputs, writePredictions } from '../json/write.ts';
import type { PredictedRows } from '../packed-rows.ts';
import type { ModelInUse, ModelTarget, Predictor } from '../predictor.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import { metadataDocument, statusDocument } from './documents.ts';
import { outputTensors } from './outputs.ts';
import { parsePath, type Target } from './path.ts';
import { type InputTensor, readDocument, readPredictBody, readSignatureName } from './request.ts';
import { asTfServingError, HTTP_STATUS, invalidArgument, TfServingError } from './status.ts';

export interface TfServingRequest {
  readonly method: string;
  /** As it came, percent signs, query and all. */
  readonly path: string;
  readonly body: Uint8Array;
  readonly contentEncoding?: string | undefined;
  readonly origin?: string | undefined;
}

export interface TfServingResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What went wrong inside, for the log: the answer does not tell. */
  readonly cause?: unknown;
}

const JSON_HEADERS = { 'content-type': 'application/json' } as const;
/** As the reference: a longer body counts as empty. */
const MAX_INFLATED_BYTES = 100 * 1024 * 1024;

const inflate = promisify(gunzip);

/** Answers any request whose path begins with `/v1/`. Never rejects. */
export async function answerTfServing(predictor: Predictor, request: TfServingRequest): Promise<TfServingResponse> {
  try {
    const body = await answer(predictor, request);
    return { status: 200, headers: JSON_HEADERS, body };
  } catch (error) {
    const failure = asTfServingError(error);
    const retryAfter = retryAfterSeconds(failure.cause);
    const headers = retryAfter === null ? JSON_HEADERS : { ...JSON_HEADERS, 'retry-after': String(retryAfter) };
    const internal = failure.code === 'INTERNAL' ? { cause: failure.cause } : {};
    return { status: HTTP_STATUS[failure.code], headers, body: writeError(failure.message), ...internal };
  }
}

async function answer(predictor: Predictor, request: TfServingRequest): Promise<string> {
  const { method, path, origin } = request;
  if (method === 'OPTIONS') {
    if (origin?.includes('http://') || origin?.includes('https://')) return '';
    throw invalidArgument('Origin header is missing in CORS preflight');
  }
  const target = parsePath(method, path);
  switch (target.call) {
    case 'status':
      return status(predictor, target);
    case 'metadata':
      return withModel(predictor, target, async ({ manifest, signatures }) =>
        metadataDocument({ name: manifest.name, version: manifest.version, signatures }),
      );
    case 'predict':
      return predict(predictor, target, await plainBody(request));
    case 'classify':
    case 'regress':
      return refuseExamples(predictor, target, await plainBody(request));
  }
}

/** A label is ignored here, as in the reference: all versions are told. */
async function status(predictor: Predictor, { model, version }: Target): Promise<string> {
  const versions = await predictor.status(model);
  if (versions.length === 0) {
    throw new TfServingError('NOT_FOUND', `Could not find any versions of model ${model}`);
  }
  if (version === null) return statusDocument(versions);
  const found = versions.filter((candidate) => BigInt(candidate.version) === version);
  if (found.length > 0) return statusDocument(found);
  throw new TfServingError('NOT_FOUND', `Could not find version ${version} of model ${model}`);
}

async function predict(predictor: Predictor, target: Target, bytes: Uint8Array): Promise<string> {
  const document = readDocument(bytes);
  const signature = readSignatureName(document);
  return withModel(predictor, target, async (model) => {
    const { format, input } = readPredictBody(document, signature, model.signatures);
    const outputs = outputTensors(model, signature, await run(model, signature, input));
    return format === 'row' ? writePredictions(outputs) : writeOutputs(outputs);
  });
}

async function run(model: ModelInUse, signature: string, input: InputTensor): Promise<PredictedRows> {
  const { shape } = input;
  const name = model.signatures[signature].input;
  if (input.dtype === 'DT_FLOAT') {
    const { height, width, channels } = model.manifest.input;
    const expected = [height, width, channels];
    if (shape.length !== 4 || expected.some((size, i) => shape[i + 1] !== size)) {
      throw shapeError(name, shape, [-1, ...expected]);
    }
    return model.predictRows({ pixels: input.data, count: shape[0] });
  }
  // One picture may come without a list around it, or as rows of one.
  if (shape.slice(1).some((size) => size !== 1)) throw shapeError(name, shape, [-1]);
  try {
    return await model.predictRows({ files: input.data });
  } catch (error) {
    if (!(error instanceof PictorError) || error.status >= 500 || error.status === 429) throw error;
    throw invalidArgument(`Input tensor ${name} of signature ${signature}: ${error.message} ${error.fix}`);
  }
}

function shapeError(name: string, shape: readonly number[], expected: readonly number[]): TfServingError {
  return invalidArgument(`Input tensor ${name} has shape [${shape}], but the signature expects [${expected}]`);
}

/** These take serialised examples, which no signature of a trained model does. */
async function refuseExamples(predictor: Predictor, target: Target, bytes: Uint8Array): Promise<string> {
  const document = readDocument(bytes);
  const signature = readSignatureName(document);
  const { call } = target;
  const examples = document.get('examples');
  const shown = () => `JSON Value: ${dumpJson(document)} `;
  if (examples === undefined) {
    throw invalidArgument(`${shown()}When method is classify, key 'examples' is expected and was not found`);
  }
  if (!Array.isArray(examples)) throw invalidArgument(`${shown()}Expecting 'examples' value to be an list/array`);
  if (examples.length === 0) throw invalidArgument(`${shown()}'examples' value is an empty array`);
  return withModel(predictor, target, async ({ signatures }) => {
    if (!Object.hasOwn(signatures, signature)) {
      throw invalidArgument(`No signature was found with the name: ${signature}`);
    }
    const expected = `tensorflow/serving/${call}`;
    throw invalidArgument(
      `Expected ${call} signature method_name to be ${expected}. Was: tensorflow/serving/predict. Use :predict for this model.`,
    );
  });
}

/** @throws TfServingError in the reference's words when there is no such model, version or label */
async function withModel(
  predictor: Predictor,
  { model, version, label }: Target,
  work: (model: ModelInUse) => Promise<string>,
): Promise<string> {
  if (label !== null) throw invalidArgument(`Unrecognized servable version label: ${label}`);
  const wanted = version === null ? `Latest(${model})` : `Specific(${model}, ${version})`;
  const notFound = () => new TfServingError('NOT_FOUND', `Servable not found for request: ${wanted}`);
  if (version !== null && version > BigInt(Number.MAX_SAFE_INTEGER)) throw notFound();
  const target: ModelTarget = version === null ? { name: model } : { name: model, version: Number(version) };
  try {
    return await predictor.use(target, work);
  } catch (error) {
    if (!(error instanceof PictorError)) throw error;
    if (error.code === 'model_not_found' || error.code === 'model_version_not_found') throw notFound();
    throw error;
  }
}

/** The body, inflated when it is compressed. One that cannot be inflated counts as empty, as in the reference. */
async function plainBody({ body, contentEncoding }: TfServingRequest): Promise<Uint8Array> {
  if (!contentEncoding?.includes('gzip')) return body;
  try {
    return await inflate(body, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch {
    return new Uint8Array();
  }
}
