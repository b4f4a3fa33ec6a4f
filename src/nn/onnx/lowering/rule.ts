/** @file What a lowering rule is: one of our operations in, ONNX nodes out. */
import type { TensorType } from '../../graph/graph.ts';
import type { Op, OpAttributes, Shape } from '../../graph/ops.ts';
import type { OnnxWriter } from '../writer.ts';

export interface LoweringCall<O extends Op> {
  readonly writer: OnnxWriter;
  /** ONNX names of the inputs. */
  readonly inputs: readonly string[];
  readonly types: readonly TensorType[];
  readonly attributes: OpAttributes[O];
  readonly result: TensorType;
  /** Name that the result must get. */
  readonly output: string;
}

export type LoweringRule<O extends Op> = (call: LoweringCall<O>) => void;

export type LoweringRules<O extends Op> = { readonly [P in O]: LoweringRule<P> };

/** The same operation exists in ONNX. */
export function direct<O extends Op>(opType: string): LoweringRule<O> {
  return ({ writer, inputs, output }) => {
    writer.node(opType, inputs, {}, output);
  };
}

/** A shape as ONNX's `Reshape` takes it: at most one dimension that is found when the graph runs. */
export function reshapeTarget(writer: OnnxWriter, shape: Shape): string {
  return writer.ints(...shape.map((dimension) => (typeof dimension === 'number' ? dimension : -1)));
}

export function reshape(writer: OnnxWriter, x: string, shape: Shape, output?: string): string {
  return writer.node('Reshape', [x, reshapeTarget(writer, shape)], {}, output);
}

/** Part of a tensor: for each of `axes` from `starts` up to (not including) `ends`. */
export function slice(
  writer: OnnxWriter,
  x: string,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps?: readonly number[],
): string {
  const lists = [starts, ends, axes, ...(steps?.some((step) => step !== 1) ? [steps] : [])];
  return writer.node('Slice', [x, ...lists.map((list) => writer.ints(...list))]);
}

/** Pads the last two axes of `[n, c, h, w]`; `value` is 0 unless given. */
export function padPixels(
  writer: OnnxWriter,
  x: string,
  pads: readonly number[],
  value?: number,
  output?: string,
): string {
  if (pads.every((pad) => pad === 0) && output === undefined) return x;
  const [top, left, bottom, right] = pads;
  const inputs = [x, writer.ints(0, 0, top, left, 0, 0, bottom, right)];
  return writer.node('Pad', value === undefined ? inputs : [...inputs, writer.float(value)], {}, output);
}
