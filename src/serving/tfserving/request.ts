/** @file Bodies of `:predict` calls: JSON to tensors, with the reference's rules and texts (`json_tensor.cc`). */
import { type JsonObject, JsonParseError, type JsonValue, parseJson } from '../json/parse.ts';
import { dumpJson } from '../json/write.ts';
import { type DataType, DEFAULT_SIGNATURE, type Signatures } from '../signatures.ts';
import { invalidArgument, TfServingError } from './status.ts';

export type InputTensor =
  | { readonly dtype: 'DT_FLOAT'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'DT_STRING'; readonly shape: readonly number[]; readonly data: readonly Uint8Array[] };

export interface PredictBody {
  readonly signature: string;
  /** `row` answers with `predictions`, `columnar` with `outputs`. */
  readonly format: 'row' | 'columnar';
  readonly input: InputTensor;
}

/**
 * @param document the body, which was read before the model was looked up: bad JSON to an unknown model is bad JSON
 * @throws TfServingError
 */
export function readPredictBody(document: JsonObject, signatureName: string, signatures: Signatures): PredictBody {
  const found = Object.hasOwn(signatures, signatureName) ? signatures[signatureName] : undefined;
  if (!found) throw invalidArgument(`Serving signature name: "${signatureName}" not found in signature def`);
  const [inputName, { dtype }] = Object.entries(found.inputs)[0];
  const instances = document.get('instances');
  const inputs = document.get('inputs');
  if (instances !== undefined && inputs !== undefined) {
    // The blank at the end is the reference's.
    throw formatError(document, "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ");
  }
  if (instances !== undefined) {
    const rows = readInstances(document, instances);
    return { signature: signatureName, format: 'row', input: tensorOfRows(rows, inputName, dtype) };
  }
  if (inputs === undefined) throw invalidArgument("Missing 'inputs' or 'instances' key");
  return { signature: signatureName, format: 'columnar', input: tensorOfInputs(inputs, inputName, dtype) };
}

/** The body as a JSON object. @throws TfServingError */
export function readDocument(body: Uint8Array): JsonObject {
  if (body.length === 0) throw invalidArgument('JSON Parse error: The document is empty');
  let document: JsonValue;
  try {
    document = parseJson(body);
  } catch (error) {
    if (!(error instanceof JsonParseError)) throw error;
    throw invalidArgument(`JSON Parse error: ${error.message} at offset: ${error.offset}`);
  }
  if (document instanceof Map) return document;
  throw formatError(document, 'Is not object');
}

/** @returns `serving_default` when none is given */
export function readSignatureName(document: JsonObject): string {
  const name = document.get('signature_name');
  if (name === undefined || name === '') return DEFAULT_SIGNATURE;
  if (typeof name === 'string') return name;
  throw formatError(document, "not formatted correctly. 'signature_name' key must be a string value.");
}

function readInstances(document: JsonObject, instances: JsonValue): readonly JsonValue[] {
  if (!Array.isArray(instances)) throw formatError(document, "Expecting 'instances' to be an list/array");
  if (instances.length === 0) throw formatError(document, "No values in 'instances' array");
  return instances;
}

/** Rows are one value or list each, or one object each with the input's name as its only key. All have the same shape. */
function tensorOfRows(rows: readonly JsonValue[], inputName: string, dtype: DataType): InputTensor {
  const named = isNamed(rows[0]);
  const shape = shapeOf(named ? ((rows[0] as JsonObject).get(inputName) ?? null) : rows[0]);
  const filler = newFiller(dtype, shape, rows.length);
  for (const [index, row] of rows.entries()) {
    let where = `Failed to process element: ${index} of 'instances' list. Error: `;
    let value = row;
    if (named) {
      if (!isNamed(row)) throw invalidArgument(`Expecting object but got list at item ${index} of input list`);
      value = namedValue(row, index, inputName);
      where = `Failed to process element: ${index} key: ${inputName} of 'instances' list. Error: `;
    } else if (isNamed(row)) {
      throw invalidArgument(`Expecting value/list but got object at item ${index} of input list`);
    }
    try {
      fillRow(filler, value, shape);
    } catch (error) {
      if (!(error instanceof TfServingError)) throw error;
      throw invalidArgument(where + error);
    }
  }
  return filler.tensor([rows.length, ...shape]);
}

function namedValue(row: JsonObject, index: number, inputName: string): JsonValue {
  for (const key of row.keys()) {
    if (key === inputName) continue;
    const inner = invalidArgument(`JSON object: does not have named input: ${key}`);
    throw invalidArgument(`Failed to process element: ${index} key: ${key} of 'instances' list. Error: ${inner}`);
  }
  const value = row.get(inputName);
  if (value !== undefined) return value;
  throw invalidArgument(
    `Failed to process element: ${index} of 'instances' list. JSON object: ${dumpJson(row)} keys must be equal to: ${inputName}`,
  );
}

/** The first row decides the shape; each later one is read with its own, then compared. */
function fillRow(filler: Filler, value: JsonValue, shape: readonly number[]): void {
  const own = shapeOf(value);
  filler.fill(value, own);
  if (product(own) !== product(shape)) {
    throw invalidArgument(`Expecting tensor size: ${product(shape)} but got: ${product(own)}`);
  }
  if (own.length !== shape.length || own.some((size, i) => size !== shape[i])) {
    throw invalidArgument(`Expecting shape [${shape.join(',')}] but got: [${own.join(',')}]`);
  }
}

function tensorOfInputs(inputs: JsonValue, inputName: string, dtype: DataType): InputTensor {
  let value = inputs;
  if (isNamed(inputs)) {
    const given = inputs.get(inputName);
    if (given === undefined) throw invalidArgument(`Missing named input: ${inputName} in 'inputs' object.`);
    value = given;
  }
  const shape = shapeOf(value);
  const filler = newFiller(dtype, shape, 1);
  filler.fill(value, shape);
  return filler.tensor(shape);
}

interface Filler {
  /** Appends the value's elements in row-major order. */
  fill(value: JsonValue, shape: readonly number[]): void;
  tensor(shape: readonly number[]): InputTensor;
}

function newFiller(dtype: DataType, shape: readonly number[], rows: number): Filler {
  return dtype === 'DT_FLOAT' ? new FloatFiller(product(shape) * rows) : new BytesFiller();
}

/** The first elements may promise more numbers than there are: this much is believed, then the array grows. */
const BELIEVED_NUMBERS = 1 << 20;

class FloatFiller implements Filler {
  #data: Float32Array;
  #count = 0;

  constructor(promised: number) {
    this.#data = new Float32Array(Math.min(promised, BELIEVED_NUMBERS));
  }

  fill(value: JsonValue, shape: readonly number[]): void {
    walk(value, shape, 0, (element) => {
      if (typeof element !== 'number') throw typeError(element, 'float');
      if (this.#count === this.#data.length) this.#grow();
      this.#data[this.#count++] = element;
    });
  }

  tensor(shape: readonly number[]): InputTensor {
    const whole = this.#data.length === this.#count;
    return { dtype: 'DT_FLOAT', shape, data: whole ? this.#data : this.#data.slice(0, this.#count) };
  }

  #grow(): void {
    const larger = new Float32Array(Math.max(16, this.#data.length * 2));
    larger.set(this.#data);
    this.#data = larger;
  }
}

/** An empty text takes three bytes of a body and a hundred of memory. */
const MAX_STRINGS = 100_000;

class BytesFiller implements Filler {
  readonly #data: Uint8Array[] = [];

  fill(value: JsonValue, shape: readonly number[]): void {
    walk(value, shape, 0, (element) => {
      if (this.#data.length === MAX_STRINGS) throw invalidArgument(`More than ${MAX_STRINGS} strings in one request`);
      this.#data.push(bytesOf(element));
    });
  }

  tensor(shape: readonly number[]): InputTensor {
    return { dtype: 'DT_STRING', shape, data: this.#data };
  }
}

function walk(value: JsonValue, shape: readonly number[], level: number, element: (value: JsonValue) => void): void {
  if (!Array.isArray(value)) {
    if (level === shape.length) {
      element(value);
      return;
    }
    throw invalidArgument(
      `JSON Value: ${dumpJson(value)} found at incorrect level: ${level + 1} in the JSON DOM. Expected at level: ${shape.length}`,
    );
  }
  if (level >= shape.length) {
    throw invalidArgument(`Encountered list at unexpected level: ${level} expected < ${shape.length}`);
  }
  if (value.length !== shape[level]) {
    throw invalidArgument(
      `Encountered list at unexpected size: ${value.length} at level: ${level} expected size: ${shape[level]}`,
    );
  }
  for (const item of value) walk(item, shape, level + 1, element);
}

/** Sizes of the first list at each level. */
function shapeOf(value: JsonValue): number[] {
  const shape: number[] = [];
  let level: JsonValue | undefined = value;
  while (Array.isArray(level)) {
    shape.push(level.length);
    level = level[0];
  }
  return shape;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}

/** An object that is not one of `{"b64": "..."}`. */
function isNamed(value: JsonValue): value is JsonObject {
  return value instanceof Map && !isBase64(value);
}

function isBase64(value: JsonObject): boolean {
  return value.size === 1 && typeof value.get('b64') === 'string';
}

function bytesOf(value: JsonValue): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (!(value instanceof Map)) throw typeError(value, 'string');
  if (!isBase64(value)) throw invalidArgument(`JSON Value: ${dumpJson(value)} not formatted correctly for base64 data`);
  const bytes = decodeBase64(value.get('b64') as string);
  if (bytes) return bytes;
  throw invalidArgument('Unable to base64 decode');
}

/** The standard alphabet, white space ignored, padding optional. Null when it is not that. */
export function decodeBase64(text: string): Uint8Array | null {
  const dense = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(dense)) return null;
  const digits = dense.replace(/=+$/, '').length;
  if (digits % 4 === 1 || (digits < dense.length && dense.length % 4 !== 0)) return null;
  return Buffer.from(dense, 'base64');
}

function typeError(value: JsonValue, expected: string): TfServingError {
  return invalidArgument(
    `JSON Value: ${dumpJson(value)} Type: ${typeName(value)} is not of expected type: ${expected}`,
  );
}

function typeName(value: JsonValue): string {
  if (value === null) return 'Null';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return 'String';
  if (typeof value === 'number') return 'Number';
  return Array.isArray(value) ? 'Array' : 'Object';
}

function formatError(value: JsonValue, text: string): TfServingError {
  return invalidArgument(`JSON Value: ${dumpJson(value)} ${text}`);
}
