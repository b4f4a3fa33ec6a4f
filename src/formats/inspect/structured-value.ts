/** @file Arguments of TensorFlow functions, which a SavedModel keeps as Python values, written as Python writes them. */
import type { SavedModelArgument, SavedModelFunction } from '../../contracts/index.ts';
import type { tf } from '../../proto/index.ts';
import { typeName } from './type-names.ts';

const PYTHON_TYPES: Readonly<Record<string, string>> = {
  DT_FLOAT: 'float32',
  DT_DOUBLE: 'float64',
  DT_HALF: 'float16',
};

/** @param signature a pair: positional arguments, named ones */
export function structuredArguments(signature: tf.StructuredValue): SavedModelFunction['options'][number] {
  const [positional, named] = items(signature);
  const fields = named?.kind.case === 'dictValue' ? named.kind.value.fields : {};
  return { arguments: items(positional).map(argument), named: Object.keys(fields).sort() };
}

function items(value: tf.StructuredValue | undefined): readonly tf.StructuredValue[] {
  const kind = value?.kind;
  return kind?.case === 'tupleValue' || kind?.case === 'listValue' ? kind.value.values : [];
}

function argument(value: tf.StructuredValue): SavedModelArgument {
  const { kind } = value;
  if (kind.case === 'tensorSpecValue') return { name: kind.value.name, type: 'TensorSpec', value: text(value) };
  return { name: null, type: typeOf(value), value: text(value) };
}

function typeOf({ kind }: tf.StructuredValue): string {
  switch (kind.case) {
    case 'tupleValue':
      return 'tuple';
    case 'listValue':
      return 'list';
    case 'dictValue':
      return 'dict';
    case 'boolValue':
      return 'bool';
    case 'int64Value':
      return 'int';
    case 'float64Value':
      return 'float';
    case 'stringValue':
      return 'str';
    case 'noneValue':
      return 'NoneType';
    case 'namedTupleValue':
      return kind.value.name;
    default:
      return kind.case ?? 'NoneType';
  }
}

function text(value: tf.StructuredValue): string {
  const { kind } = value;
  switch (kind.case) {
    case 'tensorSpecValue': {
      const { name, shape, dtype } = kind.value;
      const named = name === '' ? 'None' : `'${name}'`;
      return `TensorSpec(shape=${shapeText(shape)}, dtype=tf.${pythonType(dtype)}, name=${named})`;
    }
    case 'tupleValue':
    case 'listValue':
      return `[${kind.value.values.map(text).join(', ')}]`;
    case 'dictValue':
      return `{${Object.entries(kind.value.fields)
        .map(([key, field]) => `'${key}': ${text(field)}`)
        .join(', ')}}`;
    case 'boolValue':
      return kind.value ? 'True' : 'False';
    case 'int64Value':
    case 'float64Value':
      return String(kind.value);
    case 'stringValue':
      return `'${kind.value}'`;
    case 'tensorDtypeValue':
      return `tf.${pythonType(kind.value)}`;
    case 'tensorShapeValue':
      return shapeText(kind.value);
    default:
      return 'None';
  }
}

function shapeText(shape: tf.TensorShapeProto | undefined): string {
  if (!shape || shape.unknownRank) return '<unknown>';
  const sides = shape.dim.map(({ size }) => (size < 0n ? 'None' : String(size)));
  return sides.length === 1 ? `(${sides[0]},)` : `(${sides.join(', ')})`;
}

function pythonType(number: number): string {
  const name = typeName(number);
  return PYTHON_TYPES[name] ?? name.replace(/^DT_/, '').toLowerCase();
}
