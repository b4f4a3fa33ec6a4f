/** @file Matrix products, and what reduces a tensor along axes. */
import { Unsupported } from '../../refuse.ts';
import type { Call, Conversion, Rule } from '../context.ts';
import { isComplete, transposeKnown } from '../known.ts';
import { broadcastShapes, type Dims, physicalAxis, type Value } from '../value.ts';
import { needKnown } from './elementwise.ts';
import { axisOf, needShape } from './structure.ts';

/** The last two axes change places. */
function turned(to: Conversion, x: Value, wanted: boolean): { readonly name: string; readonly shape: Dims | null } {
  if (!wanted) return { name: to.plain(x), shape: x.shape };
  const rank = x.shape?.length;
  if (rank === undefined) throw new Unsupported('a tensor of unknown dimensions is transposed', []);
  const permutation = Array.from({ length: rank }, (_, axis) => axis);
  permutation.push(...permutation.splice(rank - 2).reverse());
  const shape = permutation.map((axis) => (x.shape as Dims)[axis]);
  if (x.known && isComplete(x.known)) return { name: to.draft.constant(transposeKnown(x.known, permutation)), shape };
  return { name: to.draft.node('Transpose', [to.plain(x)], { perm: permutation }), shape };
}

const product =
  (left: string, right: string): Rule =>
  ({ inputs: [a, b], attributes, to }) => {
    const [x, y] = [turned(to, a, attributes.bool(left, false)), turned(to, b, attributes.bool(right, false))];
    const batch = broadcastShapes(x.shape?.slice(0, -2) ?? null, y.shape?.slice(0, -2) ?? null);
    const columns = y.shape?.at(-1) ?? null;
    const shape = x.shape && y.shape ? [...(batch ?? []), x.shape.at(-2) ?? null, columns] : null;
    return to.emit('MatMul', [x.name, y.name], {}, { dtype: a.dtype, shape });
  };

const einsum: Rule = ({ inputs, attributes, to, name }) => {
  const equation = attributes.text('equation', '');
  if (equation.includes('...')) throw new Unsupported(`"${name}" has an ellipsis in ${equation}`, ['Einsum']);
  const [terms, result] = equation.split('->');
  const sizes = new Map<string, number | null>();
  for (const [i, term] of terms.split(',').entries()) {
    for (const [axis, letter] of [...term].entries())
      sizes.set(letter, sizes.get(letter) ?? inputs[i].shape?.[axis] ?? null);
  }
  const shape = [...result].map((letter) => sizes.get(letter) ?? null);
  return to.emit(
    'Einsum',
    inputs.map((input) => to.plain(input)),
    { equation },
    { dtype: inputs[0].dtype, shape },
  );
};

const reduce =
  (op: 'ReduceMean' | 'ReduceSum' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd'): Rule =>
  (call) => {
    const { inputs, attributes, to } = call;
    const [x] = inputs;
    const shape = needShape(call);
    const axes = needKnown(call, 1).map((axis) => axisOf(axis, shape.length));
    const keep = attributes.bool('keep_dims', attributes.bool('keepdims', false));
    if (axes.length === 0) return x;
    const ofPicture = x.layout === 'channelsFirst' && (keep || (axes.includes(1) && axes.includes(2)));
    const from = ofPicture ? 'channelsFirst' : 'plain';
    const result = keep
      ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      : shape.filter((_, axis) => !axes.includes(axis));
    const places = axes.map((axis) => physicalAxis(from, axis)).sort((a, b) => a - b);
    const layout = ofPicture && keep ? 'channelsFirst' : 'plain';
    // One pass over blocks of channels, where the runtime has them.
    const global = GLOBAL[op];
    if (ofPicture && places.join() === '2,3' && global && x.dtype === 'DT_FLOAT') {
      const pooled = to.draft.node(global, [to.channelsFirst(x)]);
      const name = keep ? pooled : to.draft.node('Squeeze', [pooled, to.draft.ints([2, 3])]);
      return to.value(name, x.dtype, result, layout);
    }
    const names = [to.in(x, from), to.draft.ints(places)];
    return to.emit(op, names, { keepdims: keep ? 1 : 0 }, { dtype: x.dtype, shape: result, layout });
  };

const GLOBAL: Readonly<Record<string, string>> = { ReduceMean: 'GlobalAveragePool', ReduceMax: 'GlobalMaxPool' };

/** ONNX reduces no booleans. */
const reduceBooleans =
  (op: 'ReduceMin' | 'ReduceMax'): Rule =>
  (call) => {
    const [x, ...axes] = call.inputs;
    const numbers = call.to.emit('Cast', [call.to.plain(x)], { to: 6 }, { dtype: 'DT_INT32', shape: x.shape });
    const reduced = reduce(op)({ ...call, inputs: [numbers, ...axes] }) as Value;
    return call.to.emit('Cast', [call.to.plain(reduced)], { to: 9 }, { dtype: 'DT_BOOL', shape: reduced.shape });
  };

const argument =
  (op: 'ArgMax' | 'ArgMin'): Rule =>
  (call) => {
    const { inputs, attributes, to } = call;
    const shape = needShape(call);
    const axis = axisOf(call.inputs.length > 1 ? needKnown(call, 1)[0] : 0, shape.length);
    const result = shape.filter((_, i) => i !== axis);
    const found = to.draft.node(op, [to.plain(inputs[0])], { axis, keepdims: 0 });
    return whole(call, found, attributes.type('output_type', 'DT_INT64') === 'DT_INT32', result);
  };

function whole({ to }: Call, name: string, narrow: boolean, shape: Dims): Value {
  return narrow ? to.emit('Cast', [name], { to: 6 }, { dtype: 'DT_INT32', shape }) : to.value(name, 'DT_INT64', shape);
}

const topK: Rule = (call) => {
  const { inputs, attributes, to } = call;
  const shape = needShape(call);
  const k = inputs.length > 1 ? needKnown(call, 1)[0] : attributes.int('k', 1);
  const [values, indices] = to.draft.nodes(
    'TopK',
    [to.plain(inputs[0]), to.draft.ints([k])],
    { axis: -1, sorted: 1 },
    2,
  );
  const result = [...shape.slice(0, -1), k];
  return [
    to.value(values, inputs[0].dtype, result),
    whole(call, indices, attributes.type('index_type', 'DT_INT32') === 'DT_INT32', result),
  ];
};

const cumulate: Rule = (call) => {
  const { inputs, attributes, to } = call;
  const all = {
    exclusive: Number(attributes.bool('exclusive', false)),
    reverse: Number(attributes.bool('reverse', false)),
  };
  return to.emit('CumSum', [to.plain(inputs[0]), to.plain(inputs[1])], all, {
    dtype: inputs[0].dtype,
    shape: inputs[0].shape,
  });
};

export const PRODUCT_RULES = {
  MatMul: product('transpose_a', 'transpose_b'),
  BatchMatMul: product('adj_x', 'adj_y'),
  BatchMatMulV2: product('adj_x', 'adj_y'),
  BatchMatMulV3: product('adj_x', 'adj_y'),
  Einsum: einsum,
  Mean: reduce('ReduceMean'),
  Sum: reduce('ReduceSum'),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  All: reduceBooleans('ReduceMin'),
  Any: reduceBooleans('ReduceMax'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  TopK: topK,
  TopKV2: topK,
  Cumsum: cumulate,
} as const satisfies Record<string, Rule>;
