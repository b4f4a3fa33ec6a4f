/** @file Bodies of REST calls: the document, its signature, and the tensors of `:predict` (`json_tensor.cc`). */
import type { TensorInfo, TensorValue } from '../../contracts/index.ts';
import { type DenseBody, readDenseBody } from '../json/dense.ts';
import { dumpJson } from '../json/dump.ts';
import { JsonParseError, type ParsedJson, parseJson } from '../json/parse.ts';
import type { JsonObject, JsonValue } from '../json/values.ts';
import { DEFAULT_SIGNATURE } from '../signatures/served.ts';
import { isNamed, newFiller, product, shapeOf, type TensorFiller, takesIntegers } from './json-tensors.ts';
import { invalidArgument, TfServingError } from './status.ts';

/** A signature's inputs by name. */
export type InputInfos = Readonly<Record<string, Pick<TensorInfo, 'dtype'>>>;

export interface PredictBody {
  /** `row` answers with `predictions`, `columnar` with `outputs`. */
  readonly format: 'row' | 'columnar';
  readonly inputs: ReadonlyMap<string, TensorValue>;
}

/**
 * A request's body. It is read before the model is looked up (bad JSON to an unknown model is bad JSON), so it is not
 * known which types its numbers must have: lists of numbers alone are read quickly, and read again where that does not do.
 */
export class RequestDocument {
  readonly #bytes: Uint8Array;
  readonly dense: DenseBody | null;
  #parsed: ParsedJson | undefined;

  /** @throws TfServingError */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.dense = readDenseBody(bytes);
    if (!this.dense) asObject(this.#plain.value);
  }

  get root(): JsonObject {
    return asObject(this.#plain.value);
  }

  /** With `1.0` told from `1`. */
  get exactRoot(): JsonObject {
    return this.#plain.isAmbiguous ? asObject(parse(this.#bytes, 'exact').value) : this.root;
  }

  /** @returns `serving_default` when none is given */
  get signature(): string {
    const name = this.dense ? this.dense.signatureName : this.root.get('signature_name');
    if (name === undefined || name === '') return DEFAULT_SIGNATURE;
    if (typeof name === 'string') return name;
    throw formatError(this.root, "not formatted correctly. 'signature_name' key must be a string value.");
  }

  get #plain(): ParsedJson {
    this.#parsed ??= parse(this.#bytes, 'plain');
    return this.#parsed;
  }
}

function parse(bytes: Uint8Array, decimals: 'plain' | 'exact'): ParsedJson {
  if (bytes.length === 0) throw invalidArgument('JSON Parse error: The document is empty');
  try {
    return parseJson(bytes, decimals);
  } catch (error) {
    if (!(error instanceof JsonParseError)) throw error;
    throw invalidArgument(`JSON Parse error: ${error.message} at offset: ${error.offset}`);
  }
}

function asObject(value: JsonValue): JsonObject {
  if (value instanceof Map) return value;
  throw formatError(value, 'Is not object');
}

/** @throws TfServingError */
export function readPredictBody(document: RequestDocument, infos: InputInfos): PredictBody {
  const { dense } = document;
  const names = Object.keys(infos);
  if (dense && names.length === 1 && infos[names[0]].dtype === 'DT_FLOAT') {
    const { key, shape, data } = dense;
    const format = key === 'instances' ? 'row' : 'columnar';
    return { format, inputs: new Map([[names[0], { dtype: 'DT_FLOAT', shape, data }]]) };
  }
  if (names.some((name) => takesIntegers(infos[name].dtype))) return readTensors(document.exactRoot, infos);
  try {
    return readTensors(document.root, infos);
  } catch (error) {
    // The text quotes numbers as they were written.
    const exact = document.exactRoot;
    if (exact === document.root) throw error;
    return readTensors(exact, infos);
  }
}

function readTensors(document: JsonObject, infos: InputInfos): PredictBody {
  const instances = document.get('instances');
  const inputs = document.get('inputs');
  if (instances !== undefined && inputs !== undefined) {
    // The blank at the end is the reference's.
    throw formatError(document, "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ");
  }
  if (instances !== undefined) {
    return { format: 'row', inputs: tensorsOfRows(readInstances(document, instances), infos) };
  }
  if (inputs === undefined) throw invalidArgument("Missing 'inputs' or 'instances' key");
  return { format: 'columnar', inputs: tensorsOfInputs(inputs, infos) };
}

function readInstances(document: JsonObject, instances: JsonValue): readonly JsonValue[] {
  if (!Array.isArray(instances)) throw formatError(document, "Expecting 'instances' to be an list/array");
  if (instances.length === 0) throw formatError(document, "No values in 'instances' array");
  return instances;
}

/** Rows are one value or list each, or one object each with exactly the inputs' names. All have the same shape. */
function tensorsOfRows(rows: readonly JsonValue[], infos: InputInfos): Map<string, TensorValue> {
  const names = Object.keys(infos).sort();
  const named = isNamed(rows[0]);
  if (!named && names.length > 1) {
    throw invalidArgument(
      'instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map',
    );
  }
  const columns = new Map(names.map((name) => [name, new Column(infos[name], rows.length)]));
  for (const [index, row] of rows.entries()) {
    if (named) {
      if (!isNamed(row)) throw invalidArgument(`Expecting object but got list at item ${index} of input list`);
      addNamedRow(row, index, columns);
    } else {
      if (isNamed(row)) throw invalidArgument(`Expecting value/list but got object at item ${index} of input list`);
      const column = columns.get(names[0]);
      within(`Failed to process element: ${index} of 'instances' list. Error: `, () => column?.add(row));
    }
  }
  return new Map([...columns].map(([name, column]) => [name, column.tensor(rows.length)]));
}

function addNamedRow(row: JsonObject, index: number, columns: ReadonlyMap<string, Column>): void {
  for (const [key, value] of row) {
    within(`Failed to process element: ${index} key: ${key} of 'instances' list. Error: `, () => {
      const column = columns.get(key);
      if (!column) throw invalidArgument(`JSON object: does not have named input: ${key}`);
      column.add(value);
    });
  }
  if (row.size === columns.size) return;
  throw invalidArgument(
    `Failed to process element: ${index} of 'instances' list. JSON object: ${dumpJson(row)} keys must be equal to: ${[...columns.keys()].join(',')}`,
  );
}

/** One error quotes another. */
function within(where: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TfServingError)) throw error;
    throw invalidArgument(where + error);
  }
}

/** One input over all rows. The first row decides the shape; each later one is read with its own, then compared. */
class Column {
  readonly #info: InputInfos[string];
  readonly #rows: number;
  #filler: TensorFiller | undefined;
  #shape: readonly number[] = [];

  constructor(info: InputInfos[string], rows: number) {
    this.#info = info;
    this.#rows = rows;
  }

  add(value: JsonValue): void {
    const own = shapeOf(value);
    if (!this.#filler) {
      this.#shape = own;
      this.#filler = newFiller(this.#info.dtype, product(own) * this.#rows);
    }
    const shape = this.#shape;
    this.#filler.fill(value, own);
    if (product(own) !== product(shape)) {
      throw invalidArgument(`Expecting tensor size: ${product(shape)} but got: ${product(own)}`);
    }
    if (own.length !== shape.length || own.some((size, i) => size !== shape[i])) {
      throw invalidArgument(`Expecting shape [${shape.join(',')}] but got: [${own.join(',')}]`);
    }
  }

  tensor(rows: number): TensorValue {
    const filler = this.#filler ?? newFiller(this.#info.dtype, 0);
    return filler.tensor([rows, ...this.#shape]);
  }
}

/** The one input's value, or an object of all inputs; what else is in it does not count. */
function tensorsOfInputs(inputs: JsonValue, infos: InputInfos): Map<string, TensorValue> {
  const names = Object.keys(infos);
  if (!isNamed(inputs)) {
    if (names.length > 1) {
      throw invalidArgument(
        'inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map',
      );
    }
    return new Map([[names[0], tensorOf(inputs, infos[names[0]])]]);
  }
  return new Map(
    names.map((name) => {
      const value = inputs.get(name);
      if (value === undefined) throw invalidArgument(`Missing named input: ${name} in 'inputs' object.`);
      return [name, tensorOf(value, infos[name])];
    }),
  );
}

function tensorOf(value: JsonValue, { dtype }: InputInfos[string]): TensorValue {
  const shape = shapeOf(value);
  const filler = newFiller(dtype, product(shape));
  filler.fill(value, shape);
  return filler.tensor(shape);
}

export function formatError(value: JsonValue, text: string): TfServingError {
  return invalidArgument(`JSON Value: ${dumpJson(value)} ${text}`);
}
