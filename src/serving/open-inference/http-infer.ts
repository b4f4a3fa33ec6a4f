/** @file The body of an inference over HTTP and its answer: JSON, JSON with raw tensors behind it, or one raw tensor alone. */
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import type { TensorValue } from '../../contracts/index.ts';
import type { RunOptions } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import type { ServedTensor } from '../signatures/served.ts';
import { bytesPerElement } from '../tensors/storage.ts';
import { DATATYPES } from './datatypes.ts';
import type { OpenInferenceRequest, OpenInferenceResponse } from './http.ts';
import { type InferAnswer, infer } from './infer.ts';
import { type JsonInferRequest, readInferJson } from './infer-json.ts';
import { jsonOfTensor } from './json-tensors.ts';
import { rawOfTensor, tensorOfRaw } from './raw.ts';
import { invalid, OpenInferenceError } from './status.ts';

const HEADER_LENGTH = 'inference-header-content-length';
/** Of a compressed body, once it is inflated. */
const MAX_INFLATED_BYTES = 100 * 1024 * 1024;

const ungzip = promisify(gunzip);
const undeflate = promisify(inflate);

/** What the path of a request tells. */
export interface InferPlace {
  readonly model: string;
  /** Empty: the latest. */
  readonly version: string;
  /** Behind the question mark. */
  readonly query: string;
}

/** @throws OpenInferenceError, and what the model throws */
export async function inferOverHttp(
  predictor: Predictor,
  { body: sent, headerLength, contentEncoding }: OpenInferenceRequest,
  { model, version, query }: InferPlace,
  options: RunOptions,
): Promise<OpenInferenceResponse> {
  const body = contentEncoding === undefined ? sent : await plainBody(sent, contentEncoding);
  if (headerLength !== undefined && /^0+$/.test(headerLength.trim())) {
    const signature = new URLSearchParams(query).get('signature_name');
    const parameters = new Map(signature === null ? [] : [['signature_name', signature]]);
    const inputs = (name: string, info: ServedTensor) => loneTensor(name, info, body);
    const answer = await infer(predictor, { model, version, parameters, inputs, outputs: [] }, options);
    return binaryAnswer(answer, null, () => true);
  }
  const [json, raw] = splitBody(body, headerLength);
  const { id, isBinary, parameters, inputs, outputs } = readInferJson(json, raw);
  const answer = await infer(predictor, { model, version, parameters, inputs, outputs }, options);
  const someBinary = answer.outputs.some(({ name }) => isBinary(name));
  return someBinary ? binaryAnswer(answer, id, isBinary) : jsonAnswer(answer, id);
}

/** The part that is JSON, and the raw tensors behind it. */
function splitBody(body: Uint8Array, headerLength: string | undefined): [json: Uint8Array, raw: Uint8Array] {
  if (headerLength === undefined) return [body, new Uint8Array()];
  const length = /^\d{1,15}$/.test(headerLength.trim()) ? Number(headerLength) : Number.NaN;
  if (!(length <= body.length)) {
    throw invalid(
      `Inference-Header-Content-Length is '${headerLength.slice(0, 40)}', but the body has ${body.length} bytes`,
    );
  }
  return [body.subarray(0, length), body.subarray(length)];
}

/** A body that is one tensor: its type is the model's, and one dimension may be as long as there are numbers. */
function loneTensor(name: string, { dtype, shape }: ServedTensor, body: Uint8Array): TensorValue {
  if (dtype === 'DT_STRING') return { dtype, shape: [1], data: [body] };
  const free = shape?.filter((size) => size === -1).length ?? 0;
  if (shape === null || free > 1) {
    throw invalid(`input '${name}' has more than one variable size; a raw binary request cannot tell them`);
  }
  const row = shape.reduce((product, size) => (size === -1 ? product : product * size), bytesPerElement(dtype));
  const rows = row === 0 ? 0 : body.length / row;
  if (!Number.isInteger(rows) || (free === 0 && rows !== 1)) {
    throw invalid(
      `input '${name}' takes ${DATATYPES[dtype]} [${shape}], of which the ${body.length} bytes that came are no multiple`,
    );
  }
  const sizes = shape.map((size) => (size === -1 ? rows : size));
  return tensorOfRaw({ name, dtype, shape: sizes, count: body.length / bytesPerElement(dtype) }, body);
}

function jsonAnswer(answer: InferAnswer, id: JsonInferRequest['id']): OpenInferenceResponse {
  const outputs = answer.outputs.map(({ name, value }) => `${head(name, value)},"data":${jsonOfTensor(name, value)}}`);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `${opening(answer, id)}[${outputs}]}` };
}

function binaryAnswer(
  answer: InferAnswer,
  id: JsonInferRequest['id'],
  isBinary: (name: string) => boolean,
): OpenInferenceResponse {
  const raw: Uint8Array[] = [];
  const outputs = answer.outputs.map(({ name, value }) => {
    if (!isBinary(name)) return `${head(name, value)},"data":${jsonOfTensor(name, value)}}`;
    const bytes = rawOfTensor(value);
    raw.push(bytes);
    return `${head(name, value)},"parameters":{"binary_data_size":${bytes.length}}}`;
  });
  const json = Buffer.from(`${opening(answer, id)}[${outputs}]}`);
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', [HEADER_LENGTH]: String(json.length) },
    body: Buffer.concat([json, ...raw]),
  };
}

function opening({ model, version }: InferAnswer, id: JsonInferRequest['id']): string {
  const named = `{"model_name":${JSON.stringify(model)},"model_version":${JSON.stringify(version)}`;
  return `${named}${id === null ? '' : `,"id":${JSON.stringify(id)}`},"outputs":`;
}

function head(name: string, { dtype, shape }: TensorValue): string {
  return `{"name":${JSON.stringify(name)},"datatype":"${DATATYPES[dtype]}","shape":[${shape}]`;
}

async function plainBody(body: Uint8Array, contentEncoding: string): Promise<Uint8Array> {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return body;
  const inflater = encoding === 'gzip' ? ungzip : encoding === 'deflate' ? undeflate : null;
  if (!inflater) {
    throw new OpenInferenceError(
      'UNIMPLEMENTED',
      `Content-Encoding '${encoding.slice(0, 40)}' is not supported; use gzip or deflate`,
    );
  }
  try {
    return await inflater(body, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch {
    throw invalid(`the body cannot be inflated as ${encoding}, or is more than 100 MiB then`);
  }
}
