/** @file One signature's graph, converted to ONNX. */
import type { DataType } from '../../../../contracts/index.ts';
import type { FlatNode, FlatRef } from '../graph/node.ts';
import { SYNTHETIC } from '../graph/node.ts';
import { inOrder } from '../graph/order.ts';
import { Unsupported } from '../refuse.ts';
import { type Call, Conversion, dimsOf } from './context.ts';
import { fold } from './fold.ts';
import { computeType, isComplete, type Known } from './known.ts';
import { computing } from './pending-picture.ts';
import { ELEMENTWISE_RULES } from './rules/elementwise.ts';
import { FUNCTION_RULES } from './rules/functions.ts';
import { ruleOf } from './rules/index.ts';
import { COUNT_RULES, FILE_RULES, PENDING_RULES, pictureValue } from './rules/pictures.ts';
import type { PendingPicture, Value } from './value.ts';

/** A tensor that a graph takes or gives. */
export interface Port {
  /** What the signature calls it. */
  readonly alias: string;
  readonly dtype: DataType;
  /** With -1 for any size; null for any number of dimensions. */
  readonly shape: readonly number[] | null;
}

export interface InputPort extends Port {
  readonly node: FlatNode;
}

export interface OutputPort extends Port {
  readonly ref: FlatRef;
}

/** Operators that no number depends on, or that loops and calls are resolved by. */
const SYNTHETIC_OPS: ReadonlySet<string> = new Set([SYNTHETIC.feed, SYNTHETIC.loopVariable]);
/** Operators that only ask for the shape of what they get. */
const SHAPE_OPS: ReadonlySet<string> = new Set(['Shape', 'ShapeN', 'Rank']);
/** These need all channels of a pixel, but no other pixel. */
const PER_PIXEL: ReadonlySet<string> = new Set(Object.keys({ ...ELEMENTWISE_RULES, ...FUNCTION_RULES }));

/** Operators in these nodes that have no rule. */
export function unknownOps(nodes: readonly FlatNode[]): string[] {
  const unknown = nodes.map(({ op }) => op).filter((op) => !SYNTHETIC_OPS.has(op) && !ruleOf(op));
  return [...new Set(unknown)].sort();
}

function fixFor(unknown: readonly string[]): string | undefined {
  if (!unknown.some((op) => op.includes('Random'))) return undefined;
  return 'It was saved with its random augmentation: import the .keras or .h5 file, or save it without those layers.';
}

/** Called with every node and what it gives. */
export type NodeListener = (node: FlatNode, inputs: readonly Value[], outputs: readonly Value[]) => void;

/**
 * Writes the graph of the outputs into the conversion.
 * @throws Unsupported
 */
export function convertGraph(
  to: Conversion,
  inputs: readonly InputPort[],
  outputs: readonly OutputPort[],
  onNode: NodeListener = () => {},
): Map<string, string> {
  const nodes = inOrder(outputs.map(({ ref }) => ref));
  const unknown = unknownOps(nodes);
  if (unknown.length > 0) throw new Unsupported(`it uses ${unknown.join(', ')}`, unknown, fixFor(unknown));
  const values = new Map<FlatNode, readonly Value[]>(inputs.map((input) => [input.node, [inputValue(to, input)]]));
  for (const node of nodes) {
    if (values.has(node)) continue;
    const given = node.inputs.map(({ node: from, index }) => valueAt(values.get(from), index, to));
    const results = convertNode(to, node, given);
    values.set(node, results);
    onNode(node, given, results);
  }
  const taken = new Set<string>(to.inputs);
  const names = new Map<string, string>();
  for (const { alias, dtype, shape, ref } of outputs) {
    const value = finished(to, valueAt(values.get(ref.node), ref.index, to));
    let name = alias;
    while (taken.has(name)) name = `${name}_output`;
    taken.add(name);
    const half = dtype !== computeType(dtype);
    const from = half
      ? to.draft.node('Cast', [to.plain(value)], { to: dtype === 'DT_HALF' ? 10 : 16 })
      : to.plain(value);
    to.draft.output(name, from, half ? dtype : value.dtype, value.shape?.map((size) => size ?? -1) ?? shape);
    names.set(alias, name);
  }
  return names;
}

/** What tensors are, where no input is needed for it; null for what is not known. @throws Unsupported */
export function evaluate(file: string, refs: readonly FlatRef[]): (Known | null)[] {
  const to = new Conversion(file, { variables: new Map(), tables: new Map() });
  const values = new Map<FlatNode, readonly Value[]>();
  for (const node of inOrder(refs)) {
    const given = node.inputs.map(({ node: from, index }) => valueAt(values.get(from), index, to));
    values.set(node, convertNode(to, node, given));
  }
  return refs.map(({ node, index }) => {
    const { known } = valueAt(values.get(node), index, to);
    return known && isComplete(known) ? known : null;
  });
}

function inputValue(to: Conversion, { alias, dtype, shape }: Port): Value {
  if (dtype === 'DT_STRING') return to.special({ kind: 'files', alias, shape }, dtype, dimsOf(shape));
  const node = to.numbers(alias, dtype, shape);
  const type = computeType(dtype);
  return to.value(type === dtype ? node : to.draft.node('Cast', [node], { to: 1 }), type, dimsOf(shape));
}

function valueAt(values: readonly Value[] | undefined, index: number, to: Conversion): Value {
  return values?.[index] ?? to.special({ kind: 'nothing' }, 'DT_FLOAT', null);
}

function convertNode(to: Conversion, node: FlatNode, given: readonly Value[]): readonly Value[] {
  const { op, name, attributes } = node;
  if (op === SYNTHETIC.loopVariable) return [to.special({ kind: 'nothing' }, 'DT_INT32', [])];
  const early = ofPictures({ op, name, attributes, inputs: given, to });
  if (early) return Array.isArray(early) ? early : [early as Value];
  const inputs = given.map((input) => finished(to, input));
  const folded = inputs.every(({ known }) => known)
    ? fold(
        op,
        inputs.map(({ known }) => known as Known),
        attributes,
      )
    : null;
  if (folded?.every(isComplete)) return folded.map((known) => to.constant(known));
  const rule = ruleOf(op);
  if (!rule) throw new Unsupported(`it uses ${op}`, [op]);
  const result = rule({ op, name, attributes, inputs, to });
  const results: readonly Value[] = Array.isArray(result) ? result : [result as Value];
  // What is known of a size goes on, although the runtime has to compute the rest.
  return folded
    ? results.map((value, i) => ({ ...value, known: folded[i] ?? null, shape: folded[i]?.shape ?? value.shape }))
    : results;
}

/** Pictures whose size is still open are tensors only for those who need none of it. */
function ofPictures(call: Call): Value | readonly Value[] | null {
  const { op, inputs, to } = call;
  const first = inputs[0]?.special;
  if (first?.kind === 'files') return FILE_RULES[op]?.(call) ?? null;
  if (first?.kind === 'fileCount') return COUNT_RULES[op]?.(call) ?? null;
  const at = inputs.findIndex(({ special }) => special?.kind === 'picture');
  if (at < 0 || op === SYNTHETIC.mapStack) return null;
  const { special, dtype } = inputs[at];
  if (special?.kind !== 'picture') return null;
  if (SHAPE_OPS.has(op)) return ruleOf(op)?.(call) ?? null;
  if (at === 0 && PENDING_RULES[op]) return PENDING_RULES[op](call);
  const { picture } = special;
  const rule = ruleOf(op);
  const isPerPixel = PER_PIXEL.has(op) || op === 'StridedSlice' || op === 'Identity';
  if (!rule || !isPerPixel || !inputs.every((input) => input.known || isSamePicture(input, picture))) return null;
  if (op === 'StridedSlice' && (call.attributes.int('ellipsis_mask', 0) & 1) === 0) {
    if (picture.size !== null && picture.rank === 4) return null;
    throw new Unsupported(`"${call.name}" cuts pictures before it stretches them`, [op]);
  }
  const compute = (pixels: Value): Value => {
    const taken = inputs.map((input) =>
      input.special?.kind === 'picture' ? input.special.picture.compute(pixels) : input,
    );
    const result = rule({ ...call, inputs: taken });
    return (Array.isArray(result) ? result[0] : result) as Value;
  };
  const type = op === 'Cast' ? computeType(call.attributes.type('DstT') ?? dtype) : dtype;
  return pictureValue(to, computing(picture, compute), type);
}

/** What is computed of one picture in two ways can be put together. */
function isSamePicture({ special }: Value, { alias, rank, size }: PendingPicture): boolean {
  if (special?.kind !== 'picture') return false;
  const other = special.picture;
  return other.alias === alias && other.rank === rank && other.size?.join() === size?.join();
}

const FINISHED = new WeakMap<Value, Value>();

/** A picture as the tensor that it becomes; the same for all that use it. */
function finished(to: Conversion, value: Value): Value {
  const { special } = value;
  if (special?.kind !== 'picture' || special.picture.size === null || special.picture.rank === 3) return value;
  const known = FINISHED.get(value) ?? to.pictures.take(special.picture);
  FINISHED.set(value, known);
  return known;
}
