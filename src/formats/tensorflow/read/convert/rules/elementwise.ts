/** @file Operators that treat all elements alike. */
import type { DataType } from '../../../../../contracts/index.ts';
import { ONNX_TYPE_NUMBERS } from '../../../../../proto/index.ts';
import { Unsupported } from '../../refuse.ts';
import type { Call, Conversion, Rule } from '../context.ts';
import { isComplete, type Known, numbersOf, reshapeKnown } from '../known.ts';
import { broadcastShapes, type Dims, type Layout, type Value } from '../value.ts';
import { scalar } from './functions.ts';

/** Names of tensors in one order of axes, for an operator that broadcasts them. */
export interface Broadcast {
  readonly names: readonly string[];
  readonly layout: Layout;
  readonly shape: Dims | null;
}

export function broadcast(to: Conversion, inputs: readonly Value[]): Broadcast {
  const shape = inputs.map((input) => input.shape).reduce(broadcastShapes);
  const layout = commonLayout(inputs);
  return { names: inputs.map((input) => to.in(input, layout)), layout, shape };
}

/** Channels first where the larger tensors are so already. */
export function commonLayout(inputs: readonly Value[]): Layout {
  const first = inputs.filter((input) => input.layout === 'channelsFirst');
  if (first.length === 0 || inputs.some(({ shape }) => shape === null || shape.length > 4)) return 'plain';
  const others = inputs.filter((input) => input.layout === 'plain' && input.node !== null);
  return others.length === 0 || first.some(({ shape }) => shape?.[1] !== 1 || shape[2] !== 1)
    ? 'channelsFirst'
    : 'plain';
}

/** ONNX's operator of two inputs. */
export function binary(op: string, dtype?: DataType): Rule {
  return ({ inputs, to }) => {
    const [a, b] = inputs;
    const { names, layout, shape } = broadcast(to, [a, b]);
    return to.emit(op, names, {}, { dtype: dtype ?? a.dtype, shape, layout });
  };
}

/** Multiplication and addition of a number for each channel are kept together: a normalisation. */
interface Scaled {
  readonly source: Value;
  readonly scale: Known;
}
const SCALED = new WeakMap<Value, Scaled>();

/** A constant with one number for each channel of this picture. */
function perChannel(picture: Value, other: Value): Known | null {
  const channels = picture.shape?.[3];
  if (picture.layout !== 'channelsFirst' || picture.dtype !== 'DT_FLOAT' || !other.known || !isComplete(other.known))
    return null;
  const { shape, data } = other.known;
  return data.length === channels && shape.at(-1) === channels && shape.length <= 4
    ? reshapeKnown(other.known, [channels])
    : null;
}

const multiply: Rule = (call) => {
  const result = binary('Mul')(call) as Value;
  for (const [source, other] of [call.inputs, [call.inputs[1], call.inputs[0]]]) {
    const scale = perChannel(source, other);
    if (scale) SCALED.set(result, { source, scale });
  }
  return result;
};

const add: Rule = (call) => {
  for (const [sum, other] of [call.inputs, [call.inputs[1], call.inputs[0]]]) {
    const scaled = SCALED.get(sum);
    const offset = scaled && perChannel(sum, other);
    if (offset) return normalise(call.to, scaled, offset);
  }
  return binary('Add')(call);
};

/** `x * scale + offset`: the runtime folds it into a convolution before it, or computes it in one pass. */
function normalise(to: Conversion, { source, scale }: Scaled, offset: Known): Value {
  const count = scale.data.length;
  const fill = (value: number): string =>
    to.draft.constant({
      dtype: 'DT_FLOAT',
      shape: [count],
      data: new Float32Array(count).fill(value) as Known['data'],
    });
  const names = [to.channelsFirst(source), to.draft.constant(scale), to.draft.constant(offset), fill(0), fill(1)];
  return to.emit(
    'BatchNormalization',
    names,
    { epsilon: { float: 0 } },
    { dtype: 'DT_FLOAT', shape: source.shape, layout: 'channelsFirst' },
  );
}

const biasAdd: Rule = (call) => {
  const { inputs, attributes, to } = call;
  const [x, bias] = inputs;
  if (attributes.text('data_format', 'NHWC') !== 'NCHW' || !x.shape) return add(call);
  const shape = [bias.shape?.[0] ?? null, ...new Array<number>(x.shape.length - 2).fill(1)];
  const column =
    bias.known && isComplete(bias.known)
      ? to.constant(reshapeKnown(bias.known, shape as number[]))
      : to.reshape(bias, shape);
  return add({ ...call, inputs: [x, column] });
};

/**
 * Single numbers are sizes that are computed, of which whole ones are made: TensorFlow's optimiser multiplies with the
 * reciprocal of a constant, and what is rounded afterwards must be rounded as there. Source: ReduceDivToReciprocalMul in
 * tensorflow/core/grappler/optimizers/constant_folding.cc.
 */
const divide: Rule = (call) => {
  const [x, y] = call.inputs;
  const by = y.dtype === 'DT_FLOAT' ? numbersOf(y.known) : null;
  if (x.shape?.length !== 0 || by?.length !== 1) return binary('Div')(call);
  return call.to.emit('Mul', [call.to.plain(x), scalar(call.to, 1 / by[0], 'DT_FLOAT')], {}, x);
};

const isWhole = ({ dtype }: Value): boolean => dtype !== 'DT_FLOAT' && dtype !== 'DT_DOUBLE';

/** Whose lowest number divided by -1 is a trap of the processor, which ends the process. Narrower ones are computed in these. */
const TRAPPING: ReadonlySet<DataType> = new Set(['DT_INT32', 'DT_INT64']);

/**
 * Both sides of a division of whole numbers, with -1 below turned into 1 and what is above with it. The lowest number is its
 * own negative then, as TensorFlow has it.
 */
function withoutTrap(to: Conversion, [x, y]: readonly string[], b: Value): readonly string[] {
  if (!TRAPPING.has(b.dtype)) return [x, y];
  if (numbersOf(b.known)?.every((number) => number !== -1)) return [x, y];
  const minus = scalar(to, -1, b.dtype);
  const sign = to.draft.node('Where', [to.draft.node('Equal', [y, minus]), minus, scalar(to, 1, b.dtype)]);
  return [to.draft.node('Mul', [x, sign]), to.draft.node('Mul', [y, sign])];
}

const truncateDivide: Rule = ({ inputs, to }) => {
  const [a, b] = inputs;
  const { names, layout, shape } = broadcast(to, [a, b]);
  return to.emit('Div', withoutTrap(to, names, b), {}, { dtype: a.dtype, shape, layout });
};

const floorDivide: Rule = ({ inputs, to }) => {
  const [a, b] = inputs;
  const { names, layout, shape } = broadcast(to, [a, b]);
  const [x, y] = withoutTrap(to, names, b);
  const { draft } = to;
  // ONNX divides whole numbers towards zero; its remainder has the divisor's sign.
  const result = isWhole(a)
    ? draft.node('Div', [draft.node('Sub', [x, draft.node('Mod', [x, y])]), y])
    : draft.node('Floor', [draft.node('Div', [x, y])]);
  return to.value(result, a.dtype, shape, layout);
};

const floorModulo: Rule = ({ inputs, to }) => {
  const [a, b] = inputs;
  const { names, layout, shape } = broadcast(to, [a, b]);
  const [x, y] = withoutTrap(to, names, b);
  const { draft } = to;
  const floats = (): string =>
    draft.node('Sub', [x, draft.node('Mul', [draft.node('Floor', [draft.node('Div', [x, y])]), y])]);
  return to.value(isWhole(a) ? draft.node('Mod', [x, y]) : floats(), a.dtype, shape, layout);
};

const squaredDifference: Rule = ({ inputs: [a, b], to }) => {
  const { names, layout, shape } = broadcast(to, [a, b]);
  const difference = to.draft.node('Sub', names);
  return to.value(to.draft.node('Mul', [difference, difference]), a.dtype, shape, layout);
};

const divideNoNan: Rule = ({ inputs: [a, b], to }) => {
  const { names, layout, shape } = broadcast(to, [a, b]);
  const zero = scalar(to, 0, a.dtype);
  const quotient = to.draft.node('Where', [
    to.draft.node('Equal', [names[1], zero]),
    zero,
    to.draft.node('Div', names),
  ]);
  return to.value(quotient, a.dtype, shape, layout);
};

const notEqual: Rule = (call) => {
  const equal = binary('Equal', 'DT_BOOL')(call) as Value;
  return call.to.emit('Not', [call.to.in(equal, equal.layout)], {}, equal);
};

const addAll: Rule = ({ inputs, to }) => {
  if (inputs.length === 1) return inputs[0];
  const { names, layout, shape } = broadcast(to, inputs);
  return to.emit('Sum', names, {}, { dtype: inputs[0].dtype, shape, layout });
};

const clip: Rule = ({ inputs: [x, low, high], to }) => {
  const names = broadcast(to, [x, low, high]);
  const bounded = to.draft.node('Max', [names.names[0], names.names[1]]);
  return to.emit('Min', [bounded, names.names[2]], {}, { dtype: x.dtype, shape: x.shape, layout: names.layout });
};

const select: Rule = ({ op, inputs, to }) => {
  const [condition, yes, no] = inputs;
  const rows = op === 'Select' && condition.shape?.length === 1 && (yes.shape?.length ?? 0) > 1;
  const asked = rows
    ? to.reshape(condition, [condition.shape?.[0] ?? null, ...new Array<number>((yes.shape?.length ?? 1) - 1).fill(1)])
    : condition;
  const { names, layout, shape } = broadcast(to, [asked, yes, no]);
  return to.emit('Where', names, {}, { dtype: yes.dtype, shape, layout });
};

const cast: Rule = ({ attributes, inputs: [x], to, name }) => {
  const dtype = castType(attributes.type('DstT'));
  if (dtype === null || dtype === 'DT_STRING' || x.dtype === 'DT_STRING')
    throw new Unsupported(`"${name}" casts from or to texts`, ['Cast']);
  if (dtype === x.dtype) return x;
  return to.emit(
    'Cast',
    [to.in(x, x.layout)],
    { to: ONNX_TYPE_NUMBERS[dtype] },
    { dtype, shape: x.shape, layout: x.layout },
  );
};

export const ELEMENTWISE_RULES = {
  Add: add,
  AddV2: add,
  AddN: addAll,
  BiasAdd: biasAdd,
  BiasAddV1: add,
  Sub: binary('Sub'),
  Mul: multiply,
  RealDiv: divide,
  Div: truncateDivide,
  TruncateDiv: truncateDivide,
  DivNoNan: divideNoNan,
  FloorDiv: floorDivide,
  FloorMod: floorModulo,
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  SquaredDifference: squaredDifference,
  Equal: binary('Equal', 'DT_BOOL'),
  NotEqual: notEqual,
  Greater: binary('Greater', 'DT_BOOL'),
  GreaterEqual: binary('GreaterOrEqual', 'DT_BOOL'),
  Less: binary('Less', 'DT_BOOL'),
  LessEqual: binary('LessOrEqual', 'DT_BOOL'),
  LogicalAnd: binary('And', 'DT_BOOL'),
  LogicalOr: binary('Or', 'DT_BOOL'),
  Select: select,
  SelectV2: select,
  ClipByValue: clip,
  Cast: cast,
} as const satisfies Record<string, Rule>;

/** What is cast to; half precision is computed in float. */
function castType(dtype: DataType | null): DataType | null {
  return dtype === 'DT_HALF' || dtype === 'DT_BFLOAT16' ? 'DT_FLOAT' : dtype;
}

/** Numbers of an input that must be known when the model is read. @throws Unsupported */
export function needKnown({ name, op, inputs }: Call, index: number): number[] {
  const numbers = numbersOf(inputs[index]?.known ?? null);
  if (!numbers) throw new Unsupported(`"${name}" (${op}) has an input that is known only when it runs`, [op]);
  return numbers;
}
