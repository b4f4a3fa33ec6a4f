/** @file What an optimizer is: the slots it keeps, and how a step changes parameters and slots. */
import type { OptimizerKind, OptimizerSpec } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';

export interface SlotInfo {
  /** Name of the graph's input; its new value is the output `new:NAME`. */
  readonly name: string;
  /** What every element starts with. */
  readonly initial: number;
}

/** Everything is element-wise over flat vectors; `step` (1 in the first step) and `learningRate` are scalars. */
export interface UpdateCall<K extends OptimizerKind> {
  readonly builder: GraphBuilder;
  readonly optimizer: Extract<OptimizerSpec, { kind: K }>;
  readonly parameters: Value;
  readonly gradient: Value;
  readonly step: Value;
  readonly learningRate: Value;
  /** The slot's value before the step. */
  slot(name: string): Value;
}

export interface UpdateResult {
  readonly parameters: Value;
  readonly slots: Readonly<Record<string, Value>>;
}

export interface OptimizerRule<K extends OptimizerKind> {
  slots(optimizer: Extract<OptimizerSpec, { kind: K }>): readonly SlotInfo[];
  update(call: UpdateCall<K>): UpdateResult;
}

/** `keep old + (1 - keep) value` */
export function decayedMean(builder: GraphBuilder, old: Value, value: Value, keep: number): Value {
  return builder.add(builder.scale(old, keep), builder.scale(value, 1 - keep));
}
