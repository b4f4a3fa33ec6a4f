/** @file Operators that take tensors apart, and put them together. */
import { Unsupported } from '../../refuse.ts';
import type { Call, Conversion, Rule } from '../context.ts';
import { numbersOf } from '../known.ts';
import { planSlice, type SlicePlan } from '../slice.ts';
import { type Dims, physicalAxis, type Value } from '../value.ts';
import { needKnown } from './elementwise.ts';
import { axisOf, int64, needShape, squeeze, unsqueeze } from './structure.ts';

const pack: Rule = ({ inputs, attributes, to }) => {
  const rank = inputs[0].shape?.length ?? 0;
  const axis = attributes.int('axis', 0);
  const at = axis < 0 ? axis + rank + 1 : axis;
  const parts = inputs.map((x) => to.plain(unsqueeze(to, x, [at])));
  const shape = inputs[0].shape && [...inputs[0].shape.slice(0, at), inputs.length, ...inputs[0].shape.slice(at)];
  return to.emit('Concat', parts, { axis: at }, { dtype: inputs[0].dtype, shape });
};

const unpack: Rule = (call) => {
  const shape = needShape(call);
  const at = axisOf(call.attributes.int('axis', 0), shape.length);
  return split(call, at, new Array<number>(call.attributes.int('num', shape[at] ?? 0)).fill(1)).map((part) =>
    squeeze(call.to, part, [at]),
  );
};

function concat(call: Call, inputs: readonly Value[], axis: number): Value {
  const { to } = call;
  const rank = inputs.find(({ shape }) => shape)?.shape?.length;
  if (rank === undefined) throw new Unsupported(`"${call.name}" joins tensors of unknown dimensions`, [call.op]);
  const at = axisOf(axis, rank);
  const pictures = rank === 4 && inputs.some(({ layout }) => layout === 'channelsFirst');
  const layout = pictures ? 'channelsFirst' : 'plain';
  const shape = Array.from({ length: rank }, (_, i) => {
    const sizes = inputs.map((input) => input.shape?.[i] ?? null);
    if (i !== at) return sizes.find((size) => size !== null) ?? null;
    return sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0);
  });
  const names = inputs.map((input) => to.in(input, layout));
  return to.emit('Concat', names, { axis: physicalAxis(layout, at) }, { dtype: inputs[0].dtype, shape, layout });
}

function split(call: Call, axis: number, sizes: readonly number[], x: Value = call.inputs[0]): Value[] {
  const { to } = call;
  const names = to.draft.nodes(
    'Split',
    [to.in(x, x.layout), to.draft.ints(sizes)],
    { axis: physicalAxis(x.layout, axis) },
    sizes.length,
  );
  return names.map((name, i) => {
    const shape = x.shape?.map((size, at) => (at === axis ? sizes[i] : size)) ?? null;
    return to.value(name, x.dtype, shape, x.layout);
  });
}

/** Inputs: axis, tensor. */
const splitEqually: Rule = (call) => {
  const shape = needShape(call, 1);
  const axis = axisOf(needKnown(call, 0)[0], shape.length);
  const count = call.attributes.int('num_split', 1);
  const size = shape[axis];
  if (size === null) throw new Unsupported(`"${call.name}" splits an axis whose size is not known`, [call.op]);
  return split(call, axis, new Array<number>(count).fill(size / count), call.inputs[1]);
};

/** Inputs: tensor, sizes, axis. */
const splitBySizes: Rule = (call) => {
  const shape = needShape(call);
  const axis = axisOf(needKnown(call, 2)[0], shape.length);
  const asked = needKnown(call, 1);
  const rest = asked.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return split(
    call,
    axis,
    asked.map((size) => (size < 0 ? (shape[axis] ?? 0) - rest : size)),
  );
};

const END = 2 ** 31 - 1;

function slice(to: Conversion, x: Value, plan: SlicePlan): Value {
  const keeps = plan.shrunk.length === 0 && plan.added.length === 0;
  const layout = keeps ? x.layout : 'plain';
  const { slices } = plan;
  let name = to.in(x, layout);
  if (slices.length > 0) {
    const list = (values: readonly number[]): string => to.draft.ints(values);
    name = to.draft.node('Slice', [
      name,
      list(slices.map(({ start, step }) => start ?? (step > 0 ? 0 : END))),
      list(slices.map(({ end, step }) => end ?? (step > 0 ? END : -END))),
      list(slices.map(({ axis }) => physicalAxis(layout, axis))),
      list(slices.map(({ step }) => step)),
    ]);
  }
  if (plan.shrunk.length > 0) name = to.draft.node('Squeeze', [name, to.draft.ints(plan.shrunk)]);
  if (plan.added.length > 0) name = to.draft.node('Unsqueeze', [name, to.draft.ints(plan.added)]);
  return to.value(name, x.dtype, plan.shape, layout);
}

/** From and to places that only the graph knows; axes that are left out keep all they have. */
function dynamicStridedSlice(call: Call, shape: Dims): Value {
  const { inputs, attributes, to, name, op } = call;
  const [x, begin, end] = inputs;
  const steps = needKnown(call, 3);
  const others = ['new_axis_mask', 'shrink_axis_mask', 'ellipsis_mask'].some((mask) => attributes.int(mask, 0) !== 0);
  if (others || steps.some((step) => step < 0)) {
    throw new Unsupported(`"${name}" (${op}) begins or ends at a place that is not known`, [op]);
  }
  const masked = (mask: string): number[] => steps.map((_, axis) => (attributes.int(mask, 0) >> axis) & 1);
  const instead = (mask: string, value: number, otherwise: Value): string => {
    const all = { dtype: 'DT_BOOL', shape: [steps.length], data: masked(mask) } as const;
    return to.draft.node('Where', [to.draft.constant(all), to.draft.ints([value]), int64(to, otherwise)]);
  };
  const names = [
    to.plain(x),
    instead('begin_mask', 0, begin),
    instead('end_mask', END, end),
    to.draft.ints(steps.map((_, axis) => axis)),
    to.draft.ints(steps),
  ];
  const [starts, ends] = [masked('begin_mask'), masked('end_mask')];
  const sizes = shape.map((size, axis) => {
    const isWhole = axis >= steps.length || (starts[axis] === 1 && ends[axis] === 1 && steps[axis] === 1);
    return isWhole ? size : null;
  });
  return to.emit('Slice', names, {}, { dtype: x.dtype, shape: sizes });
}

const stridedSlice: Rule = (call) => {
  const isAll = call.inputs[2].special?.kind === 'fileCount';
  if (isAll && (call.attributes.int('begin_mask', 0) === 1 || needKnown(call, 1).every((begin) => begin === 0))) {
    return call.inputs[0];
  }
  const shape = needShape(call);
  if (!numbersOf(call.inputs[1].known) || !numbersOf(call.inputs[2].known)) return dynamicStridedSlice(call, shape);
  const plan = planSlice(shape, needKnown(call, 1), needKnown(call, 2), needKnown(call, 3), call.attributes);
  const result = slice(call.to, call.inputs[0], plan);
  return result;
};

/** Of pictures that are cut by what their own size says. */
const dynamicSlice: Rule = (call) => {
  const { inputs, to } = call;
  const [x, begin, size] = inputs;
  const shape = needShape(call);
  const starts = int64(to, begin);
  const rest = to.draft.node('Less', [int64(to, size), to.draft.ints([0])]);
  const end = to.draft.node('Add', [starts, int64(to, size)]);
  const ends = to.draft.node('Where', [rest, to.draft.ints([END]), end]);
  const known = (value: Value, axis: number): number | null => (value.known?.data[axis] as number | undefined) ?? null;
  const sizes = shape.map((whole, axis) => {
    const [first, count] = [known(begin, axis), known(size, axis)];
    if (count !== null && count >= 0) return count;
    return whole === null || first === null || count === null ? null : whole - first;
  });
  return to.emit('Slice', [to.plain(x), starts, ends], {}, { dtype: x.dtype, shape: sizes });
};

const sliceRule: Rule = (call) => {
  if (!numbersOf(call.inputs[1].known) || !numbersOf(call.inputs[2].known)) return dynamicSlice(call);
  const shape = needShape(call);
  const begins = needKnown(call, 1);
  const sizes = needKnown(call, 2);
  const slices = begins.flatMap((start, axis) => {
    const end = sizes[axis] < 0 ? null : start + sizes[axis];
    return start === 0 && (end === null || end === shape[axis]) ? [] : [{ axis, start, end, step: 1 }];
  });
  const left = (axis: number): number | null => (shape[axis] === null ? null : (shape[axis] as number) - begins[axis]);
  return slice(call.to, call.inputs[0], {
    slices,
    shrunk: [],
    added: [],
    shape: sizes.map((size, axis) => (size < 0 ? left(axis) : size)),
  });
};

const reverse: Rule = (call) => {
  const shape = needShape(call);
  const slices = needKnown(call, 1).map((axis) => ({
    axis: axisOf(axis, shape.length),
    start: null,
    end: null,
    step: -1,
  }));
  return slice(call.to, call.inputs[0], { slices, shrunk: [], added: [], shape });
};

export const PART_RULES = {
  Pack: pack,
  Unpack: unpack,
  Concat: (call) => concat(call, call.inputs.slice(1), needKnown(call, 0)[0]),
  ConcatV2: (call) => concat(call, call.inputs.slice(0, -1), needKnown(call, call.inputs.length - 1)[0]),
  Split: splitEqually,
  SplitV: splitBySizes,
  StridedSlice: stridedSlice,
  Slice: sliceRule,
  ReverseV2: reverse,
} as const satisfies Record<string, Rule>;
