/** @file The JSON of an inference, strict: what is not as the specification says is refused with its place. */
import type { TensorValue } from '../../contracts/index.ts';
import { parseJson } from '../json/parse.ts';
import type { JsonObject } from '../json/values.ts';
import { decodeBase64 } from '../tfserving/base64.ts';
import type { InferRequest, Parameter, RequestedOutput } from './infer.ts';
import { isWide, tensorOfJson } from './json-tensors.ts';
import { tensorOfRaw } from './raw.ts';
import { invalid } from './status.ts';
import { type Declared, declared } from './tensors.ts';

export interface JsonInferRequest extends Pick<InferRequest, 'parameters' | 'outputs'> {
  /** Null when there was none. */
  readonly id: string | null;
  readonly inputs: ReadonlyMap<string, TensorValue>;
  /** Whether an output was asked for as raw bytes. */
  readonly isBinary: (output: string) => boolean;
}

/** Lists and objects cost far more memory than the bytes that ask for them. */
const MAX_CONTAINERS = 4_000_000;

/**
 * @param raw tensors that lie behind the JSON, in the order of the inputs that tell a `binary_data_size`
 * @throws OpenInferenceError
 */
export function readInferJson(json: Uint8Array, raw: Uint8Array): JsonInferRequest {
  const document = objectOf(parse(json), 'the request');
  const parameters = parametersOf(document.parameters, 'the request');
  const requested = listOf(document.outputs ?? [], "'outputs'").map(readOutput);
  const inputs = readInputs(listOf(document.inputs, "'inputs'"), raw, json);
  const { id = null } = document;
  if (id !== null && typeof id !== 'string') throw invalid("'id' must be a text");
  const allBinary = parameters.get('binary_data_output') === true;
  const binary = new Map(requested.map(({ name, isBinary }) => [name, isBinary ?? allBinary]));
  const outputs = requested.map(({ name, classes }): RequestedOutput => ({ name, classes }));
  return { id, parameters, inputs, outputs, isBinary: (name) => binary.get(name) ?? allBinary };
}

function parse(bytes: Uint8Array): unknown {
  if (mostContainers(bytes) > MAX_CONTAINERS)
    throw invalid(`the JSON has more than ${MAX_CONTAINERS} lists and objects`);
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : '';
    throw invalid(`failed to parse the request JSON buffer: ${reason}`);
  }
}

/** How many lists and objects there may be; what is too short for too many is not looked through. */
function mostContainers(bytes: Uint8Array): number {
  if (bytes.length <= MAX_CONTAINERS) return bytes.length;
  let containers = 0;
  for (const byte of bytes) if (byte === 0x5b || byte === 0x7b) containers++;
  return containers;
}

function readInputs(list: readonly unknown[], raw: Uint8Array, json: Uint8Array): Map<string, TensorValue> {
  const inputs = new Map<string, TensorValue>();
  let at = 0;
  let exact: readonly unknown[] | null = null;
  for (const [index, item] of list.entries()) {
    const { name, datatype, shape, data, parameters: given } = objectOf(item, `input ${index}`);
    if (typeof name !== 'string') throw invalid(`input ${index} has no 'name'`);
    if (inputs.has(name)) throw invalid(`input '${name}' comes twice`);
    if (typeof datatype !== 'string') throw invalid(`input '${name}' has no 'datatype'`);
    const tensor = declared(name, datatype, sizesOf(name, shape));
    const parameters = parametersOf(given, `input '${name}'`);
    const size = parameters.get('binary_data_size');
    if (size !== undefined) {
      if (data !== undefined) throw invalid(`input '${name}' has both 'data' and a binary_data_size`);
      const length = Number.isSafeInteger(size) && (size as number) >= 0 ? (size as number) : Number.NaN;
      if (!(at + length <= raw.length)) {
        throw invalid(
          `input '${name}': its binary_data_size is ${size}, but ${raw.length - at} bytes are left behind the JSON`,
        );
      }
      inputs.set(name, tensorOfRaw(tensor, raw.subarray(at, at + length)));
      at += length;
      continue;
    }
    if (data === undefined) throw invalid(`input '${name}' has no 'data'`);
    if (isWide(tensor.dtype) && exact === null) exact = exactInputs(json);
    inputs.set(name, tensorOf(tensor, exact && isWide(tensor.dtype) ? exactData(exact[index]) : data, parameters));
  }
  if (at < raw.length) throw invalid(`${raw.length - at} bytes behind the JSON belong to no input`);
  return inputs;
}

/** Texts may be base64, so that JSON can hold bytes that are no text: `"parameters": {"content_type": "base64"}`. */
function tensorOf(tensor: Declared, data: unknown, parameters: ReadonlyMap<string, Parameter>): TensorValue {
  const value = tensorOfJson(tensor, data);
  if (value.dtype !== 'DT_STRING' || parameters.get('content_type') !== 'base64') return value;
  const texts = value.data.map((text, index) => {
    const bytes = decodeBase64(Buffer.from(text).toString('latin1'));
    if (bytes) return bytes;
    throw invalid(`input '${tensor.name}': element ${index} is no base64`);
  });
  return { ...value, data: texts };
}

/** `JSON.parse` rounds integers beyond 2^53: these are read again, digit by digit. */
function exactInputs(json: Uint8Array): readonly unknown[] {
  const inputs = (parseJson(json).value as JsonObject).get('inputs');
  return Array.isArray(inputs) ? inputs : [];
}

function exactData(input: unknown): unknown {
  return input instanceof Map ? input.get('data') : undefined;
}

function readOutput(item: unknown, index: number): RequestedOutput & { readonly isBinary: boolean | null } {
  const { name, parameters: given } = objectOf(item, `output ${index}`);
  if (typeof name !== 'string') throw invalid(`output ${index} has no 'name'`);
  const parameters = parametersOf(given, `output '${name}'`);
  const isBinary = parameters.get('binary_data');
  if (isBinary !== undefined && typeof isBinary !== 'boolean') {
    throw invalid(`output '${name}': 'binary_data' must be true or false`);
  }
  return { name, classes: classesOf(name, parameters), isBinary: isBinary ?? null };
}

/** @throws OpenInferenceError */
export function classesOf(output: string, parameters: ReadonlyMap<string, Parameter>): number {
  const classes = Number(parameters.get('classification') ?? 0);
  if (Number.isSafeInteger(classes) && classes >= 0) return classes;
  throw invalid(`output '${output}': 'classification' must be a number of classes`);
}

function sizesOf(name: string, shape: unknown): readonly number[] {
  if (Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size))) return shape;
  throw invalid(`input '${name}': 'shape' must be a list of whole numbers`);
}

function parametersOf(value: unknown, of: string): ReadonlyMap<string, Parameter> {
  if (value === undefined || value === null) return new Map();
  const entries = Object.entries(objectOf(value, `'parameters' of ${of}`));
  for (const [name, parameter] of entries) {
    if (typeof parameter === 'string' || typeof parameter === 'number' || typeof parameter === 'boolean') continue;
    throw invalid(`parameter '${name.slice(0, 40)}' of ${of} must be a text, a number, true or false`);
  }
  return new Map(entries as [string, Parameter][]);
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`${what} must be a list`);
}

/** Of what JSON makes: `__proto__` is a key like any other there. */
function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${what} must be an object`);
}
