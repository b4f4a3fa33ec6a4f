/** @file One signature's graph, converted to ONNX. */
import type { DataType } from '../../../../contracts/index.ts';
import type { FlatNode, FlatRef } from '../graph/node.ts';
import { SYNTHETIC } from '../graph/node.ts';
import { inOrder } from '../graph/order.ts';
import { Unsupported } from '../refuse.ts';
import { type Call, Conversion, dimsOf } from './context.ts';
import { fold } from './fold.ts';
import { computeType, isComplete, type Known } from './known.ts';
import { pictureBatch } from './picture-batch.ts';
import { innerOf, inTurns, outerOf, pictureOf } from './picture-part.ts';
import { ruleOf } from './rules/index.ts';
import { COUNT_RULES, FILE_RULES } from './rules/pictures.ts';
import type { Value } from './value.ts';

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
  const turns = inTurns(nodes);
  for (const node of nodes) {
    if (values.has(node)) continue;
    const given = node.inputs.map(({ node: from, index }) => valueAt(values.get(from), index, to));
    to.draft.origin = node.name;
    const results = convertNode(to, node, given, turns.has(node));
    values.set(node, results);
    onNode(node, given, results);
  }
  to.draft.origin = '';
  const taken = new Set<string>(to.inputs);
  const names = new Map<string, string>();
  for (const { alias, dtype, shape, ref } of outputs) {
    const value = batched(to, valueAt(values.get(ref.node), ref.index, to));
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
    values.set(node, convertNode(to, node, given, false));
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

function convertNode(to: Conversion, node: FlatNode, given: readonly Value[], isInTurn: boolean): readonly Value[] {
  const { op, name, attributes } = node;
  if (op === SYNTHETIC.loopVariable) return [to.special({ kind: 'nothing' }, 'DT_INT32', [])];
  const alias = pictureOf(op, given, isInTurn);
  if (alias !== null) {
    const results = convertNode(to.pictures.by(alias).conversion, node, given.map(innerOf), isInTurn);
    return results.map((result) => outerOf(to, alias, result));
  }
  const inputs = op === SYNTHETIC.mapStack ? given : given.map((input) => batched(to, input));
  const early = ofFiles({ op, name, attributes, inputs, to });
  if (early) return Array.isArray(early) ? early : [early as Value];
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

/** Files are no tensors: serving decodes them. */
function ofFiles(call: Call): Value | readonly Value[] | null {
  const { op, inputs } = call;
  const first = inputs[0]?.special;
  if (first?.kind === 'files') return FILE_RULES[op]?.(call) ?? null;
  if (first?.kind === 'fileCount') return COUNT_RULES[op]?.(call) ?? null;
  return null;
}

/** What was computed of one picture, as a tensor for all of them. */
function batched(to: Conversion, value: Value): Value {
  return value.special?.kind === 'picture' ? pictureBatch(to, value) : value;
}
