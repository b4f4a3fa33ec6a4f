/** @file How much memory a graph's values need at once, by when each is made and last used. */
import { elementCount, type Graph, type Value } from './graph.ts';
import type { DataType, Op } from './ops.ts';

const BYTES: { readonly [T in DataType]: number } = { float32: 4, uint8: 1, int64: 8, bool: 1 };

/** Their results are their input's own memory. */
const VIEWS: readonly Op[] = ['reshape'];

export interface MemoryEstimate {
  /** Most bytes that values between inputs and outputs take at once. */
  readonly peakBytes: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

/**
 * Every value is kept from the node that makes it to the last one that uses it. What a node needs in between, such as
 * the patches of a convolution, and what the runtime keeps for later come on top.
 * @param graph every dimension must be known
 */
export function estimateMemory({ inputs, nodes, outputs }: Graph): MemoryEstimate {
  const sources = new Map<number, number>();
  const source = (value: Value): number => sources.get(value.id) ?? value.id;
  for (const { op, inputs: from, output } of nodes) if (VIEWS.includes(op)) sources.set(output.id, source(from[0]));
  const lastUse = new Map<number, number>();
  for (const [at, node] of nodes.entries()) for (const input of node.inputs) lastUse.set(source(input), at);
  for (const { value } of outputs) lastUse.set(source(value), nodes.length);
  // Inputs are there before and after.
  for (const { value } of inputs) lastUse.delete(value.id);

  const made = new Map<number, number>();
  const freed = new Map<number, number[]>();
  for (const [id, at] of lastUse) freed.set(at, [...(freed.get(at) ?? []), id]);
  let live = 0;
  let peakBytes = 0;
  for (const [at, { output }] of nodes.entries()) {
    if (source(output) === output.id && lastUse.has(output.id)) {
      made.set(output.id, bytesOf(output));
      live += bytesOf(output);
    }
    peakBytes = Math.max(peakBytes, live);
    for (const id of freed.get(at) ?? []) live -= made.get(id) ?? 0;
  }
  const sum = (values: readonly { readonly value: Value }[]) =>
    values.reduce((total, { value }) => total + bytesOf(value), 0);
  return { peakBytes, inputBytes: sum(inputs), outputBytes: sum(outputs) };
}

function bytesOf(value: Value): number {
  return elementCount(value.shape) * BYTES[value.type];
}
