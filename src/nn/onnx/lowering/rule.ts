/** @file What a lowering rule is: one of our operations in, ONNX nodes out. */
import type { TensorType } from '../../graph/graph.ts';
import type { Op, OpAttributes, Pads, Pair, Shape } from '../../graph/ops.ts';
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
function reshapeTarget(writer: OnnxWriter, shape: Shape): string {
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

/**
 * Pads the last two axes of `[n, c, h, w]` with zeros; negative pads crop. The axes are not named: the runtime fails where
 * it moves a transposition past a Pad that names them. Zeros before a max-pool need more care: `pad2d` has it.
 */
export function padPixels(writer: OnnxWriter, x: string, pads: Pads, output?: string): string {
  return writer.node('Pad', [x, padAmounts(writer, pads)], {}, output);
}

/** The pixels under the windows: padding added where it is positive, pixels cropped where it is negative. */
export function framed(writer: OnnxWriter, x: string, size: Pair, pads: Pads, value?: number): string {
  const [top, left, bottom, right] = pads;
  const starts = [Math.max(-top, 0), Math.max(-left, 0)];
  const ends = [size[0] + Math.min(bottom, 0), size[1] + Math.min(right, 0)];
  const cropped = pads.some((pad) => pad < 0) ? slice(writer, x, [2, 3], starts, ends) : x;
  const grown = positive(pads);
  if (grown.every((pad) => pad === 0)) return cropped;
  const inputs = [cropped, padAmounts(writer, grown)];
  return writer.node('Pad', value === undefined ? inputs : [...inputs, writer.float(value)]);
}

/** The pads that add pixels. */
export function positive([top, left, bottom, right]: Pads): Pads {
  return [Math.max(top, 0), Math.max(left, 0), Math.max(bottom, 0), Math.max(right, 0)];
}

/** The pads that crop. */
export function negative([top, left, bottom, right]: Pads): Pads {
  return [Math.min(top, 0), Math.min(left, 0), Math.min(bottom, 0), Math.min(right, 0)];
}

function padAmounts(writer: OnnxWriter, [top, left, bottom, right]: Pads): string {
  return writer.ints(0, 0, top, left, 0, 0, bottom, right);
}
