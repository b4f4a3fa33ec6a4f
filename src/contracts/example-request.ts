/** @file A `:predict` request that a model's own signature takes, as a line for a shell. */
import type { InspectedSignature, InspectedTensor } from './inspection.ts';
import type { DataType } from './tensors.ts';

/** A number of each type as JSON; null where TensorFlow Serving's REST has no JSON for it. */
const LITERALS: Readonly<Record<DataType, string | null>> = {
  DT_FLOAT: '1.0',
  DT_DOUBLE: '1.0',
  DT_HALF: null,
  DT_BFLOAT16: null,
  DT_INT8: '1',
  DT_UINT8: '1',
  DT_INT16: '1',
  DT_UINT16: null,
  DT_INT32: '1',
  DT_UINT32: '1',
  DT_INT64: '1',
  DT_UINT64: '1',
  DT_BOOL: 'true',
  DT_STRING: '"text"',
};
const DEFAULT_SIGNATURE = 'serving_default';
/** More numbers are not written out: the line makes them. */
const MAX_WRITTEN = 32;
/** Height and width where a signature leaves them open; networks halve them several times. */
const OPEN_SIDE = 64;

/**
 * Sends one row of ones, in the shape and type that the signature wants.
 * @param url of the model, up to its name: `http://localhost:8501/v1/models/half_plus_two`
 * @returns null when no signature takes what can be written without knowing more: a `tf.Example`, half floats
 */
export function predictExample(
  url: string,
  signatures: Readonly<Record<string, InspectedSignature>>,
): { readonly signature: string; readonly code: string } | null {
  const names = Object.keys(signatures).filter((name) => isWritable(signatures[name]));
  const signature = names.find((name) => name === DEFAULT_SIGNATURE) ?? names[0];
  if (signature === undefined) return null;
  const { inputs } = signatures[signature];
  const numbers = Object.values(inputs).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const isWritten = numbers <= MAX_WRITTEN;
  const chosen = signature === DEFAULT_SIGNATURE ? '' : `"signature_name": ${JSON.stringify(signature)}, `;
  const body = quoted(`{${chosen}${rows(inputs, isWritten ? writtenOut : made)}}`);
  const code = isWritten
    ? `curl ${url}:predict \\\n  -d ${body}`
    : `node -p ${body.replace(/^'/, "'JSON.stringify(").replace(/'$/, ")'")} |\n  curl ${url}:predict -d @-`;
  return { signature, code };
}

/** Strings of `classify` and `regress` are serialised `tf.Example`s, whose features only the model's maker knows. */
function isWritable({ method, inputs }: InspectedSignature): boolean {
  const tensors = Object.values(inputs);
  const takesTexts = tensors.some(({ dtype }) => dtype === 'DT_STRING');
  return tensors.every(({ dtype }) => LITERALS[dtype] !== null) && !(takesTexts && !method.endsWith('/predict'));
}

/** By rows where every input has a place for them, else by columns. */
function rows(inputs: InspectedSignature['inputs'], write: typeof made): string {
  const entries = Object.entries(inputs);
  const hasRows = entries.length > 0 && entries.every(([, { shape }]) => shape === null || (shape[0] ?? 0) < 0);
  const literal = ({ dtype }: InspectedTensor) => LITERALS[dtype] ?? '';
  const fields = (from: number) =>
    entries.map(
      ([name, tensor]) => `${JSON.stringify(name)}: ${write(sidesOf(tensor.shape).slice(from), literal(tensor))}`,
    );
  if (!hasRows) return `"inputs": {${fields(0).join(', ')}}`;
  if (entries.length > 1) return `"instances": [{${fields(1).join(', ')}}]`;
  const [[, only]] = entries;
  return `"instances": [${write(sidesOf(only.shape).slice(1), literal(only))}]`;
}

function sidesOf(shape: readonly number[] | null): number[] {
  const open = shape?.length === 4 ? OPEN_SIDE : 1;
  return (shape ?? [-1]).map((side, axis) => (side >= 0 ? side : axis === 0 ? 1 : open));
}

function sizeOf(shape: readonly number[] | null): number {
  return sidesOf(shape).reduce((product, side) => product * side, 1);
}

/** `[[1.0, 1.0]]` */
function writtenOut([side, ...inner]: readonly number[], literal: string): string {
  if (side === undefined) return literal;
  return `[${Array(side).fill(writtenOut(inner, literal)).join(', ')}]`;
}

/** `Array(1).fill(Array(2).fill(1.0))` */
function made([side, ...inner]: readonly number[], literal: string): string {
  return side === undefined ? literal : `Array(${side}).fill(${made(inner, literal)})`;
}

/** Names come from files: whatever is in them stays one word of the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
