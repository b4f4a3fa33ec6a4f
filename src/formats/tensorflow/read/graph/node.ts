/** @file A graph without functions: every call is replaced by what it calls. */
import type { Attributes } from './attributes.ts';

export interface FlatNode {
  /** With the calls that lead to it: `call/inner`. */
  readonly name: string;
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly FlatRef[];
}

/** One output of a node. */
export interface FlatRef {
  readonly node: FlatNode;
  readonly index: number;
}

/** Operators that the graph itself gets, beside TensorFlow's. */
export const SYNTHETIC = {
  /** A tensor that the signature takes. */
  feed: 'Feed',
  /** On a branch that is never taken. */
  dead: 'Dead',
  /** What a loop changes from turn to turn. */
  loopVariable: 'LoopVariable',
  /** What a loop takes in one turn, of what its input holds for all of them. */
  mapItem: 'MapItem',
  /** The results of a loop over pictures, stacked. Its input is what one turn computes, and maybe its shape. */
  mapStack: 'MapStack',
} as const;

/** A table that several nodes share has one name. */
export function tableName({ name, attributes }: Pick<FlatNode, 'name' | 'attributes'>): string {
  return attributes.text('shared_name', '') || name;
}
