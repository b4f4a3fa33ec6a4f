/** @file Tensors in float64, and what a reference rule is. */
import type { DataType, Op, OpAttributes, Shape } from '../graph/ops.ts';

export interface Array64 {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type ReferenceRule<O extends Op> = (inputs: readonly Array64[], attributes: OpAttributes[O]) => Array64;

export type ReferenceRules<O extends Op> = { readonly [P in O]: ReferenceRule<P> };

export function array64(shape: readonly number[], data: ArrayLike<number>, type: DataType = 'float32'): Array64 {
  return { type, shape, data: Float64Array.from(data) };
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, dimension) => count * dimension, 1);
}

/** Shape with its one named dimension, if any, found from the number of elements. */
export function resolveShape(shape: Shape, count: number): number[] {
  const known = shape.reduce<number>((product, size) => (typeof size === 'number' ? product * size : product), 1);
  return shape.map((size) => (typeof size === 'number' ? size : count / known));
}
