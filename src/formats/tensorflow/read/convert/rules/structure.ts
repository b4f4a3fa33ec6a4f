/** @file Operators that change the shape of a tensor, or take parts of it. */
import { Unsupported } from '../../refuse.ts';
import type { Call, Conversion, Rule } from '../context.ts';
import { type Known, numbersOf } from '../known.ts';
import { countOf, type Dims, physicalAxis, toPhysical, type Value } from '../value.ts';
import { needKnown } from './elementwise.ts';

export function needShape({ name, op, inputs }: Call, index = 0): Dims {
  const shape = inputs[index]?.shape;
  if (!shape) throw new Unsupported(`"${name}" (${op}) gets a tensor whose number of dimensions is not known`, [op]);
  return shape;
}

export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

const reshape: Rule = (call) => {
  const { inputs, to } = call;
  const [x, target] = inputs;
  const asked = target.known;
  if (!asked) return dynamicReshape(call, target.shape?.[0] ?? null);
  const sizes = Array.from({ length: asked.data.length }, (_, i) => asked.data[i] as number | null);
  const open = sizes.filter((size) => size === null || size === -1).length;
  if (open > 1) return dynamicReshape(call, sizes.length, sizes);
  const count = countOf(x.shape);
  const rest = sizes.reduce<number>((product, size) => (size === null || size === -1 ? product : product * size), 1);
  const missing = count === null ? null : count / rest;
  const shape = sizes.map((size) => (size === null || size === -1 ? missing : size));
  return sameShape(x.shape, shape) ? x : to.reshape(x, shape);
};

function sameShape(a: Dims | null, b: Dims): boolean {
  return a !== null && a.length === b.length && a.every((size, axis) => size === b[axis] && size !== null);
}

function dynamicReshape(
  { inputs: [x, target], to }: Call,
  rank: number | null,
  sizes: readonly (number | null)[] = [],
): Value {
  const shape =
    rank === null
      ? null
      : Array.from({ length: rank }, (_, axis) => (sizes[axis] === -1 ? null : (sizes[axis] ?? null)));
  return to.emit('Reshape', [to.plain(x), int64(to, target)], {}, { dtype: x.dtype, shape });
}

/** What ONNX wants as int64. */
export function int64(to: Conversion, value: Value): string {
  const name = to.plain(value);
  return value.dtype === 'DT_INT64' ? name : to.draft.node('Cast', [name], { to: 7 });
}

const shapeRule: Rule = ({ inputs, attributes, to }) => {
  const dtype = attributes.type('out_type', 'DT_INT32') ?? 'DT_INT32';
  return inputs.map((x) => {
    const known: Known | null = x.shape && { dtype, shape: [x.shape.length], data: [...x.shape] };
    if (known && !x.shape?.includes(null)) return to.constant(known);
    if (x.special) return { ...to.special({ kind: 'nothing' }, dtype, known?.shape ?? null), known };
    const node = to.draft.node('Shape', [to.plain(x)]);
    return to.value(
      dtype === 'DT_INT64' ? node : to.draft.node('Cast', [node], { to: 6 }),
      dtype,
      known?.shape ?? [null],
      'plain',
      known,
    );
  });
};

const expandDims: Rule = (call) => {
  const shape = needShape(call);
  const [axis] = needKnown(call, 1);
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return unsqueeze(call.to, call.inputs[0], [at]);
};

export function unsqueeze(to: Conversion, x: Value, axes: readonly number[]): Value {
  const shape = [...(x.shape ?? [])];
  for (const axis of [...axes].sort((a, b) => a - b)) shape.splice(axis, 0, 1);
  if (axes.length === 0) return x;
  return to.emit('Unsqueeze', [to.plain(x), to.draft.ints(axes)], {}, { dtype: x.dtype, shape });
}

export function squeeze(to: Conversion, x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  const shape = x.shape?.filter((_, axis) => !axes.includes(axis)) ?? null;
  // Without its rows and columns, a picture's channels come last in either order.
  const layout = x.layout === 'channelsFirst' && axes.includes(1) && axes.includes(2) ? x.layout : 'plain';
  const places = axes.map((axis) => physicalAxis(layout, axis));
  return to.emit('Squeeze', [to.in(x, layout), to.draft.ints(places)], {}, { dtype: x.dtype, shape });
}

const squeezeRule: Rule = (call) => {
  const shape = needShape(call);
  const asked = call.attributes.ints('squeeze_dims').map((axis) => axisOf(axis, shape.length));
  const axes = asked.length > 0 ? asked : shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  return squeeze(call.to, call.inputs[0], axes);
};

const CHANNELS_LAST_OF_FIRST = '0,2,3,1';

const transpose: Rule = (call) => {
  const [x] = call.inputs;
  const { to } = call;
  const permutation = needKnown(call, 1);
  const shape = x.shape && permutation.map((axis) => (x.shape as Dims)[axis]);
  if (permutation.every((axis, i) => axis === i)) return x;
  const physical = permutation.map((axis) => physicalAxis(x.layout, axis));
  const node = to.in(x, x.layout);
  if (physical.every((axis, i) => axis === i)) return to.value(node, x.dtype, shape);
  // A network in PyTorch's order, turned back: it already has the order that ONNX wants.
  if (physical.join() === CHANNELS_LAST_OF_FIRST && !x.known) return to.value(node, x.dtype, shape, 'channelsFirst');
  return to.emit('Transpose', [node], { perm: physical }, { dtype: x.dtype, shape });
};

const pad =
  (mode: (call: Call) => string): Rule =>
  (call) => {
    const { inputs, to } = call;
    const [x, , value] = inputs;
    const shape = needShape(call);
    if (!numbersOf(inputs[1].known)) return dynamicPad(call, shape, mode(call));
    const pads = needKnown(call, 1);
    const layout = x.layout;
    const pairs = shape.map((_, axis) => [pads[2 * axis], pads[2 * axis + 1]]);
    const placed = toPhysical(layout, pairs);
    const names = [
      to.in(x, layout),
      to.draft.ints([...placed.map(([before]) => before), ...placed.map(([, after]) => after)]),
    ];
    if (value) names.push(to.plain(value));
    const result = shape.map((size, axis) => (size === null ? null : size + pairs[axis][0] + pairs[axis][1]));
    return to.emit('Pad', names, { mode: mode(call) }, { dtype: x.dtype, shape: result, layout });
  };

/** Rows of what goes before and behind each axis become one list: all before, then all behind. */
function dynamicPad({ inputs: [x, pads, value], to }: Call, shape: Dims, mode: string): Value {
  const turned = to.draft.node('Transpose', [int64(to, pads)], { perm: [1, 0] });
  const names = [to.plain(x), to.draft.node('Reshape', [turned, to.draft.ints([-1])])];
  if (value) names.push(to.plain(value));
  const added = (at: number): number | null => (pads.known?.data[at] as number | undefined) ?? null;
  const sizes = shape.map((size, axis) => {
    const [before, behind] = [added(2 * axis), added(2 * axis + 1)];
    return size === null || before === null || behind === null ? null : size + before + behind;
  });
  return to.emit('Pad', names, { mode }, { dtype: x.dtype, shape: sizes });
}

const mirror = (call: Call): string => {
  const mode = call.attributes.text('mode', 'REFLECT');
  if (mode !== 'REFLECT') throw new Unsupported(`"${call.name}" pads in the mode ${mode}`, [call.op]);
  return 'reflect';
};

const gather: Rule = (call) => {
  const { inputs, attributes, to } = call;
  const [x, indices] = inputs;
  const shape = needShape(call);
  const axis = inputs.length > 2 ? axisOf(needKnown(call, 2)[0], shape.length) : 0;
  if (attributes.int('batch_dims', 0) !== 0) throw new Unsupported(`"${call.name}" gathers by batches`, [call.op]);
  const result = indices.shape && [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
  return to.emit('Gather', [to.plain(x), to.plain(indices)], { axis }, { dtype: x.dtype, shape: result });
};

const gatherNd: Rule = (call) => {
  const { inputs, to } = call;
  const [x, indices] = inputs;
  const [shape, places] = [needShape(call), needShape(call, 1)];
  const depth = places.at(-1) ?? null;
  const result = depth === null ? null : [...places.slice(0, -1), ...shape.slice(depth)];
  return to.emit('GatherND', [to.plain(x), int64(to, indices)], {}, { dtype: x.dtype, shape: result });
};

function sizesOf(known: Known | null): Dims | null {
  return known && Array.from({ length: known.data.length }, (_, i) => known.data[i] as number | null);
}

const fill: Rule = ({ inputs: [sizes, value], to }) =>
  to.emit('Expand', [to.plain(value), int64(to, sizes)], {}, { dtype: value.dtype, shape: sizesOf(sizes.known) });

const broadcastTo: Rule = ({ inputs: [x, sizes], to }) =>
  to.emit('Expand', [to.plain(x), int64(to, sizes)], {}, { dtype: x.dtype, shape: sizesOf(sizes.known) });

const range: Rule = ({ inputs, to }) =>
  to.emit(
    'Range',
    inputs.map((input) => to.plain(input)),
    {},
    { dtype: inputs[0].dtype, shape: [null] },
  );

const tile: Rule = ({ inputs: [x, times], to }) => {
  const counts = sizesOf(times.known);
  const shape =
    x.shape?.map((size, axis) =>
      size === null || !counts || counts[axis] === null ? null : size * (counts[axis] as number),
    ) ?? null;
  return to.emit('Tile', [to.plain(x), int64(to, times)], {}, { dtype: x.dtype, shape });
};

/** ONNX's own counts negative classes from the end; TensorFlow's gives none of them a mark. */
const oneHot: Rule = (call) => {
  const { inputs, attributes, to } = call;
  const [indices, , on, off] = inputs;
  const classes = needKnown(call, 1)[0];
  const rank = needShape(call).length;
  const axis = attributes.int('axis', -1);
  const at = axis < 0 ? rank : axis;
  const numbers = Array.from({ length: classes }, (_, i) => i);
  const row = { dtype: 'DT_INT64', shape: [classes, ...new Array<number>(rank - at).fill(1)], data: numbers } as const;
  const asked = to.draft.node('Unsqueeze', [int64(to, indices), to.draft.ints([at])]);
  const hit = to.draft.node('Equal', [asked, to.draft.constant(row)]);
  const shape = [...(indices.shape ?? [])];
  shape.splice(at, 0, classes);
  return to.emit('Where', [hit, to.plain(on), to.plain(off)], {}, { dtype: on.dtype, shape });
};

const like =
  (value: number): Rule =>
  ({ inputs: [x], to }) => {
    const one = to.constant({
      dtype: x.dtype,
      shape: [],
      data: x.dtype === 'DT_FLOAT' ? (Float32Array.of(value) as Known['data']) : [value],
    });
    const sizes = to.draft.node('Shape', [to.plain(x)]);
    return to.emit('Expand', [to.plain(one), sizes], {}, { dtype: x.dtype, shape: x.shape });
  };

const rank: Rule = (call) => call.to.constant({ dtype: 'DT_INT32', shape: [], data: [needShape(call).length] });

const size: Rule = ({ inputs: [x], attributes, to }) => {
  const dtype = attributes.type('out_type', 'DT_INT32') ?? 'DT_INT32';
  const count = countOf(x.shape);
  if (count !== null) return to.constant({ dtype, shape: [], data: [count] });
  const node = to.draft.node('Size', [to.in(x, x.layout)]);
  return to.value(dtype === 'DT_INT64' ? node : to.draft.node('Cast', [node], { to: 6 }), dtype, []);
};

export const STRUCTURE_RULES = {
  Reshape: reshape,
  Shape: shapeRule,
  ShapeN: shapeRule,
  Rank: rank,
  Size: size,
  ExpandDims: expandDims,
  Squeeze: squeezeRule,
  Transpose: transpose,
  Pad: pad(() => 'constant'),
  PadV2: pad(() => 'constant'),
  MirrorPad: pad(mirror),
  Gather: gather,
  GatherV2: gather,
  GatherNd: gatherNd,
  Fill: fill,
  BroadcastTo: broadcastTo,
  Range: range,
  Tile: tile,
  OneHot: oneHot,
  ZerosLike: like(0),
  OnesLike: like(1),
} as const satisfies Record<string, Rule>;
