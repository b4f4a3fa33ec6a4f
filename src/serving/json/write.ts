/** @file Answers as TensorFlow Serving writes them: RapidJSON's layout, and its own way with decimals. */
import type { DataType, TensorStorage, TensorValue } from '../../contracts/index.ts';
import { checkWrittenSize } from '../tensors/written-size.ts';
import { formatFloat32, formatFloat64 } from './decimals.ts';
import { INDENT, quote } from './dump.ts';

/** By name. */
export type OutputTensors = ReadonlyMap<string, TensorValue>;

/** A type that the reference cannot write as JSON. */
export class NoJsonForm extends Error {
  readonly dtype: DataType;

  constructor(dtype: DataType) {
    super(`There is no JSON for tensors of type ${dtype}.`);
    this.dtype = dtype;
  }
}

/** Text of the element at a place; `indent` is that of the line on which it stands. */
type ElementWriter = (index: number, indent: string) => string;

const ELEMENTS: {
  readonly [T in DataType]: ((data: TensorStorage[T], asBytes: boolean) => ElementWriter) | null;
} = {
  DT_FLOAT: (data) => (index) => formatFloat32(data[index]),
  DT_DOUBLE: (data) => (index) => formatFloat64(data[index]),
  DT_HALF: null,
  DT_BFLOAT16: null,
  DT_INT8: (data) => (index) => String(data[index]),
  DT_UINT8: (data) => (index) => String(data[index]),
  DT_INT16: (data) => (index) => String(data[index]),
  DT_UINT16: null,
  DT_INT32: (data) => (index) => String(data[index]),
  DT_UINT32: (data) => (index) => String(data[index]),
  DT_INT64: (data) => (index) => String(data[index]),
  DT_UINT64: (data) => (index) => String(data[index]),
  DT_BOOL: (data) => (index) => (data[index] === 0 ? 'false' : 'true'),
  DT_STRING: (data, asBytes) => (index, indent) =>
    asBytes
      ? `{\n${indent}${INDENT}"b64": "${bufferOf(data[index]).toString('base64')}"\n${indent}}`
      : quote(bufferOf(data[index]).toString('utf8')),
};

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Texts are written as bytes when the name says that they are some. @throws NoJsonForm, `request_too_large` */
function elementsOf(name: string, tensor: TensorValue): ElementWriter {
  const rule = ELEMENTS[tensor.dtype] as ((data: TensorValue['data'], asBytes: boolean) => ElementWriter) | null;
  if (!rule) throw new NoJsonForm(tensor.dtype);
  checkWrittenSize(tensor, 'JSON');
  return rule(tensor.data, name.endsWith('_bytes'));
}

/**
 * `{"predictions": [...]}`: lists of numbers on one line. Several outputs make an object of each row.
 * @param tensors at least one; all have the same first dimension
 * @throws NoJsonForm
 */
export function writePredictions(tensors: OutputTensors): string {
  const named = tensors.size > 1;
  const columns = [...tensors].map(([name, tensor]) => ({ name, row: rowsOf(name, tensor, named ? 3 : 2) }));
  const [first] = tensors.values();
  const rows = Array.from({ length: first.shape[0] }, (_, row) => {
    if (!named) return columns[0].row(row);
    const fields = columns.map((column) => `${INDENT.repeat(3)}${quote(column.name)}: ${column.row(row)}`);
    return `${INDENT.repeat(2)}{\n${fields.join(',\n')}\n${INDENT.repeat(2)}}`;
  });
  if (rows.length === 0) return `{\n${INDENT}"predictions": []\n}`;
  const text = named ? `\n${rows.join(',\n')}` : rows.join(', ');
  return `{\n${INDENT}"predictions": [${text}\n${INDENT}]\n}`;
}

/** Text of one row (first dimension), which stands `depth` lists and objects deep. */
function rowsOf(name: string, tensor: TensorValue, depth: number): (row: number) => string {
  const element = elementsOf(name, tensor);
  const shape = tensor.shape.slice(1);
  const length = shape.reduce((product, size) => product * size, 1);
  return (row) => {
    let at = row * length;
    const level = (dimension: number): string => {
      if (dimension === shape.length) return element(at++, INDENT.repeat(depth + dimension));
      const items: string[] = [];
      for (let i = 0; i < shape[dimension]; i++) items.push(level(dimension + 1));
      return `[${items.join(', ')}]`;
    };
    return level(0);
  };
}

/** `{"outputs": ...}`: every number on a line of its own. Several outputs make an object. @throws NoJsonForm */
export function writeOutputs(tensors: OutputTensors): string {
  if (tensors.size === 1) {
    const [[name, tensor]] = tensors;
    return `{\n${INDENT}"outputs": ${whole(name, tensor, INDENT)}\n}`;
  }
  const inner = INDENT.repeat(2);
  const fields = [...tensors].map(([name, tensor]) => `${inner}${quote(name)}: ${whole(name, tensor, inner)}`);
  return `{\n${INDENT}"outputs": {\n${fields.join(',\n')}\n${INDENT}}\n}`;
}

function whole(name: string, tensor: TensorValue, indent: string): string {
  const element = elementsOf(name, tensor);
  const { shape } = tensor;
  let at = 0;
  const level = (dimension: number, outer: string): string => {
    if (dimension === shape.length) return element(at++, outer);
    if (shape[dimension] === 0) return '[]';
    const inner = outer + INDENT;
    const items: string[] = [];
    for (let i = 0; i < shape[dimension]; i++) items.push(inner + level(dimension + 1, inner));
    return `[\n${items.join(',\n')}\n${outer}]`;
  };
  return level(0, indent);
}

/** A label and its score; a signature may have only one of the two. */
export interface ScoredLabel {
  readonly label: string;
  readonly score: number;
}

/** `{"results": [[["label", score], ...], ...]}`, although the reference's documentation says `result`. */
export function writeClassifications(results: readonly (readonly ScoredLabel[])[]): string {
  const lists = results.map(
    (classes) => `[${classes.map(({ label, score }) => `[${quote(label)}, ${formatFloat32(score)}]`).join(', ')}]`,
  );
  return `{\n${INDENT}"results": [${lists.join(', ')}\n${INDENT}]\n}`;
}

/** `{"results": [value, ...]}` */
export function writeRegressions(values: readonly number[]): string {
  return `{\n${INDENT}"results": [${values.map(formatFloat32).join(', ')}]\n}`;
}
