/** @file A graph as plain data: values, the nodes that compute them, what goes in and what comes out. */
import type { DataType, Op, OpAttributes, Shape } from './ops.ts';

export interface TensorType {
  readonly type: DataType;
  readonly shape: Shape;
}

/** Something that a graph computes or is given; every value has one source. */
export interface Value extends TensorType {
  readonly id: number;
}

export type GraphNode<O extends Op = Op> = {
  readonly [P in O]: {
    readonly op: P;
    readonly inputs: readonly Value[];
    readonly attributes: OpAttributes[P];
    readonly output: Value;
    /** What it was made for, such as the name of a layer: for error messages and node names. */
    readonly scope: string;
  };
}[O];

export interface GraphInput {
  readonly name: string;
  readonly value: Value;
}

/** Numbers that are part of the graph. Kept in full precision until they are written. */
export interface GraphConstant {
  readonly value: Value;
  readonly data: ArrayLike<number>;
  /** Weights have a name; other constants do not. */
  readonly name: string | null;
}

export interface Graph {
  readonly inputs: readonly GraphInput[];
  readonly constants: readonly GraphConstant[];
  /** In an order in which they can be computed. */
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphInput[];
}

/** A graph that breaks a rule. Never the fault of a user: networks are checked before graphs are built. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

export function describeType(type: TensorType): string {
  return `${type.type}[${type.shape.join(', ')}]`;
}

/** The dimension as a number. */
export function fixed(shape: Shape, axis: number): number {
  const dimension = shape[axis];
  if (typeof dimension !== 'number') {
    throw new GraphError(`Dimension ${axis} of [${shape.join(', ')}] is not known; a number was expected.`);
  }
  return dimension;
}

/** Number of elements; every dimension must be known. */
export function elementCount(shape: Shape): number {
  return shape.reduce<number>((count, _, axis) => count * fixed(shape, axis), 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}
