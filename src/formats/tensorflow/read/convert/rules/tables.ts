/** @file Hash tables whose entries are known when a model is read. */
import type { DataType } from '../../../../../contracts/index.ts';
import { ONNX_TYPE_NUMBERS } from '../../../../../proto/index.ts';
import { tableName } from '../../graph/node.ts';
import { Unsupported } from '../../refuse.ts';
import type { Call, Rule } from '../context.ts';
import type { OnnxAttribute } from '../draft.ts';
import { isComplete, type Known } from '../known.ts';
import type { Value } from '../value.ts';

const table: Rule = (call) => {
  const { to, op } = call;
  const found = to.tables.get(tableName(call));
  if (!found) throw new Unsupported(`nothing fills the table "${call.name}"`, [op]);
  if (found instanceof Unsupported) throw found;
  return to.special({ kind: 'table', table: found }, 'DT_STRING', []);
};

/** What the encoder of ONNX computes with: whole numbers are int64. */
type Kind = 'strings' | 'int64s' | 'floats';
const KINDS: Readonly<Partial<Record<DataType, Kind>>> = {
  DT_STRING: 'strings',
  DT_INT64: 'int64s',
  DT_INT32: 'int64s',
  DT_BOOL: 'int64s',
  DT_FLOAT: 'floats',
};
const WIDE: Readonly<Record<Kind, DataType>> = { strings: 'DT_STRING', int64s: 'DT_INT64', floats: 'DT_FLOAT' };

function kindOf({ dtype }: Known, { op }: Call): Kind {
  const kind = KINDS[dtype];
  if (!kind) throw new Unsupported(`it has a table of ${dtype}`, [op]);
  return kind;
}

function entries(kind: Kind, { data }: Known): OnnxAttribute {
  if (kind === 'strings') return { texts: Array.from(data as ArrayLike<Uint8Array>) };
  const numbers = Array.from(data as ArrayLike<number>);
  return kind === 'floats' ? { floats: numbers } : numbers;
}

function single(kind: Kind, { data }: Known): OnnxAttribute {
  const [value] = [data[0]];
  if (kind === 'strings') return { text: value as Uint8Array };
  return kind === 'floats' ? { float: value as number } : (value as number);
}

function cast({ to }: Call, x: Value, dtype: DataType): string {
  return x.dtype === dtype ? to.plain(x) : to.draft.node('Cast', [to.plain(x)], { to: ONNX_TYPE_NUMBERS[dtype] });
}

/** Inputs: table, keys, what stands for keys that are not in it. */
const find: Rule = (call) => {
  const { inputs, to, op, name } = call;
  const [{ special }, asked, missing] = inputs;
  if (special?.kind !== 'table') throw new Unsupported(`"${name}" asks no table that is known`, [op]);
  if (missing?.known?.data.length !== 1 || !isComplete(missing.known)) {
    throw new Unsupported(`"${name}" has a default that is known only when it runs`, [op]);
  }
  const { keys, values } = special.table;
  const [from, into] = [kindOf(keys, call), kindOf(values, call)];
  if (keys.data.length === 0) {
    const sizes = to.draft.node('Shape', [to.plain(asked)]);
    return to.emit('Expand', [to.plain(missing), sizes], {}, { dtype: values.dtype, shape: asked.shape });
  }
  const found = to.draft.node(
    'LabelEncoder',
    [cast(call, asked, WIDE[from])],
    {
      [`keys_${from}`]: entries(from, keys),
      [`values_${into}`]: entries(into, values),
      [`default_${into.slice(0, -1)}`]: single(into, missing.known),
    },
    'ai.onnx.ml',
  );
  const result = to.value(found, WIDE[into], asked.shape);
  return to.value(cast(call, result, values.dtype), values.dtype, asked.shape);
};

const size: Rule = ({ inputs: [{ special }], to, op, name }) => {
  if (special?.kind !== 'table') throw new Unsupported(`"${name}" asks no table that is known`, [op]);
  return to.constant({ dtype: 'DT_INT64', shape: [], data: [special.table.keys.data.length] });
};

/** All texts fall into one bucket; others than that would need TensorFlow's own hash. */
const oneBucket: Rule = ({ inputs: [x], attributes, to, op, name }) => {
  if (attributes.int('num_buckets', 0) !== 1) throw new Unsupported(`"${name}" hashes texts into buckets`, [op]);
  const sizes = to.draft.node('Shape', [to.plain(x)]);
  const zero = to.draft.constant({ dtype: 'DT_INT64', shape: [], data: [0] });
  return to.emit('Expand', [zero, sizes], {}, { dtype: 'DT_INT64', shape: x.shape });
};

/** Of whole numbers as they are. */
const asText: Rule = ({ inputs: [x], attributes, to, op, name }) => {
  const isWhole = x.dtype === 'DT_INT32' || x.dtype === 'DT_INT64' || x.dtype === 'DT_UINT8';
  const isPlain = attributes.int('width', -1) === -1 && attributes.text('fill', '') === '';
  if (!isWhole || !isPlain) throw new Unsupported(`"${name}" writes numbers that are not whole, or in columns`, [op]);
  return to.emit('Cast', [to.plain(x)], { to: ONNX_TYPE_NUMBERS.DT_STRING }, { dtype: 'DT_STRING', shape: x.shape });
};

export const TABLE_RULES = {
  HashTable: table,
  HashTableV2: table,
  LookupTableFind: find,
  LookupTableFindV2: find,
  LookupTableSize: size,
  LookupTableSizeV2: size,
  StringToHashBucketFast: oneBucket,
  AsString: asText,
} as const satisfies Record<string, Rule>;
