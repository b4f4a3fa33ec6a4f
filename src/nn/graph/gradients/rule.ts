/** @file What a gradient rule is. */
import type { GraphBuilder } from '../builder.ts';
import type { Value } from '../graph.ts';
import type { Op, OpAttributes } from '../ops.ts';

/** One use of an operation, seen from behind. */
export interface GradientCall<O extends Op> {
  readonly builder: GraphBuilder;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly attributes: OpAttributes[O];
  /** Gradient of the loss by the output; of the output's shape. */
  readonly gradient: Value;
}

/** Computes the gradient by one input; only called when somebody needs it. Null where an input has none. */
export type InputGradient = (() => Value) | null;

/** Gives one entry for every input. */
export type GradientRule<O extends Op> = (call: GradientCall<O>) => readonly InputGradient[];

export interface NonDifferentiable {
  readonly reason: string;
}

/** The row of an operation that no gradient passes through. */
export function nonDifferentiable(reason: string): NonDifferentiable {
  return { reason };
}

export type GradientRules<O extends Op> = { readonly [P in O]: GradientRule<P> | NonDifferentiable };
