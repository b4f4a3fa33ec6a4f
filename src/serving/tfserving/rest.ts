/** @file TensorFlow Serving's REST interface: status, metadata, `:predict`, with the reference's texts. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { PictorError, type TensorValue } from '../../contracts/index.ts';
import { writeError } from '../json/dump.ts';
import { NoJsonForm, type OutputTensors, writeOutputs, writePredictions } from '../json/write.ts';
import type { ModelInUse, ModelTarget } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import { metadataDocument, statusDocument } from './documents.ts';
import { readExamples } from './examples.ts';
import { typeText } from './json-tensors.ts';
import { parsePath, type Target } from './path.ts';
import { RequestDocument, readPredictBody } from './request.ts';
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
      return withModel(predictor, target, async ({ name, version, signatures }) =>
        metadataDocument({ name, version, signatures }),
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
  const document = new RequestDocument(bytes);
  const { signature } = document;
  return withModel(predictor, target, async (model) => {
    if (!Object.hasOwn(model.signatures, signature)) {
      throw invalidArgument(`Serving signature name: "${signature}" not found in signature def`);
    }
    const { format, inputs } = readPredictBody(document, model.signatures[signature].inputs);
    const outputs = await run(model, signature, inputs);
    return format === 'row' ? asRows(outputs) : written(outputs, writeOutputs);
  });
}

/** Rows need the same number of them in every output. */
function asRows(outputs: OutputTensors): string {
  let expected: number | undefined;
  for (const [name, { shape }] of outputs) {
    if (shape.length === 0) throw invalidArgument(`Tensor name: ${name} has no shape information `);
    expected ??= shape[0];
    if (shape[0] === expected) continue;
    throw invalidArgument(`Tensor name: ${name} has inconsistent batch size: ${shape[0]} expecting: ${expected}`);
  }
  return written(outputs, writePredictions);
}

function written(outputs: OutputTensors, write: (outputs: OutputTensors) => string): string {
  try {
    return write(outputs);
  } catch (error) {
    if (!(error instanceof NoJsonForm)) throw error;
    throw invalidArgument(`Failed to write JSON value for tensor type: ${typeText(error.dtype)}`);
  }
}

async function run(
  model: ModelInUse,
  signature: string,
  inputs: ReadonlyMap<string, TensorValue>,
): Promise<OutputTensors> {
  const [name] = Object.keys(model.signatures[signature].inputs);
  try {
    return await model.run(signature, inputs);
  } catch (error) {
    if (!(error instanceof PictorError) || error.status >= 500 || error.status === 429) throw error;
    if (error.code === 'input_shape_mismatch') {
      const { input, got, expected } = error.details as { input: string; got: number[]; expected: number[] };
      throw invalidArgument(`Input tensor ${input} has shape [${got}], but the signature expects [${expected}]`);
    }
    throw invalidArgument(`Input tensor ${name} of signature ${signature}: ${error.message} ${error.fix}`);
  }
}

/** These take serialised examples, which no signature of a trained model does. */
async function refuseExamples(predictor: Predictor, target: Target, bytes: Uint8Array): Promise<string> {
  const document = new RequestDocument(bytes);
  const { signature } = document;
  readExamples(document.exactRoot);
  const { call } = target;
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
