/** @file Records (`tf.Example`) that a graph parses: what it takes of them, so that serving can parse them instead. */
import type { DataType, ExampleFeature } from '../../../../../contracts/index.ts';
import { Unsupported } from '../../refuse.ts';
import { type Call, dimsOf, type Rule } from '../context.ts';
import { isComplete, type Known } from '../known.ts';
import type { Value } from '../value.ts';

/** Texts of keys and defaults, by the number of the feature. */
interface Layout {
  readonly sparse: number;
  readonly keys: readonly string[];
  readonly defaults: readonly Value[];
}

const LAYOUTS: Readonly<Record<string, (call: Call) => Layout>> = {
  ParseExample({ inputs, attributes }) {
    const [sparse, dense] = [attributes.int('Nsparse', 0), attributes.int('Ndense', 0)];
    const keys = inputs.slice(2 + sparse, 2 + sparse + dense).flatMap(textsOf);
    return { sparse, keys, defaults: inputs.slice(2 + sparse + dense) };
  },
  ParseExampleV2: ({ inputs, attributes }) => ({
    sparse: attributes.int('num_sparse', 0),
    keys: textsOf(inputs[3]),
    defaults: inputs.slice(5),
  }),
  ParseSingleExample: ({ inputs, attributes }) => ({
    sparse: attributes.int('num_sparse', 0),
    keys: attributes.texts('dense_keys'),
    defaults: inputs.slice(1),
  }),
};

export const parseExamples: Rule = (call) => {
  const { inputs, attributes, to, op, name } = call;
  const [{ special }] = inputs;
  if (special?.kind !== 'files') throw new Unsupported(`"${name}" parses what the signature does not take`, [op]);
  const { sparse, keys, defaults } = LAYOUTS[op](call);
  const types = attributes.types('Tdense');
  const shapes = attributes.shapes('dense_shapes');
  const nothing = to.special({ kind: 'nothing' }, 'DT_FLOAT', null);
  const dense = keys.map((key, i): Value => {
    const shape = shapes[i];
    const dtype = types[i];
    if (!shape || shape.some((size) => size < 0))
      throw new Unsupported(`the feature "${key}" has no fixed length`, [op]);
    if (!isFeatureType(dtype)) throw new Unsupported(`the feature "${key}" has the type ${dtype}`, [op]);
    const feature: ExampleFeature = { key, dtype, shape, default: defaultOf(defaults[i]?.known ?? null) };
    const node = to.examples.add(special.alias, feature);
    if (dtype === 'DT_STRING')
      return to.special({ kind: 'files', alias: node, shape: [-1, ...shape] }, dtype, [null, ...(dimsOf(shape) ?? [])]);
    return to.value(to.numbers(node, dtype, [-1, ...shape]), dtype, [null, ...(dimsOf(shape) ?? [])]);
  });
  return [...new Array<Value>(3 * sparse).fill(nothing), ...dense];
};

function isFeatureType(dtype: DataType | null): dtype is ExampleFeature['dtype'] {
  return dtype === 'DT_FLOAT' || dtype === 'DT_INT64' || dtype === 'DT_STRING';
}

function textsOf({ known }: Value): string[] {
  if (known?.dtype !== 'DT_STRING')
    throw new Unsupported('the names of features are not in the graph', ['ParseExample']);
  return Array.from(known.data as ArrayLike<Uint8Array>, (text) => Buffer.from(text).toString('utf8'));
}

/** No elements at all: every record must have the feature. */
function defaultOf(known: Known | null): readonly (number | string)[] | null {
  if (!known || known.data.length === 0 || !isComplete(known)) return null;
  if (known.dtype === 'DT_STRING')
    return Array.from(known.data as ArrayLike<Uint8Array>, (text) => Buffer.from(text).toString('utf8'));
  return Array.from(known.data as ArrayLike<number>);
}
