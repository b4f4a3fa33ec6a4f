/** @file Evaluates graphs in float64, in plain loops: the oracle for what the ONNX files compute. */
import type { Graph, GraphNode } from '../graph/graph.ts';
import type { Op } from '../graph/ops.ts';
import { type Array64, array64, type ReferenceRule, type ReferenceRules } from './array64.ts';
import { ELEMENTWISE_REFERENCE } from './reference-elementwise.ts';
import { NONLINEAR_REFERENCE } from './reference-nonlinear.ts';
import { NORMALIZATION_REFERENCE } from './reference-normalization.ts';
import { PICTURE_REFERENCE } from './reference-pictures.ts';
import { STRUCTURE_REFERENCE } from './reference-structure.ts';
import { WINDOW_REFERENCE } from './reference-windows.ts';

export const REFERENCE_RULES: ReferenceRules<Op> = {
  ...ELEMENTWISE_REFERENCE,
  ...STRUCTURE_REFERENCE,
  ...WINDOW_REFERENCE,
  ...NONLINEAR_REFERENCE,
  ...NORMALIZATION_REFERENCE,
  ...PICTURE_REFERENCE,
};

/** Outputs of a graph, by name. */
export function evaluateGraph(graph: Graph, feeds: ReadonlyMap<string, Array64>): Map<string, Array64> {
  const values = new Map<number, Array64>();
  for (const { name, value } of graph.inputs) {
    const feed = feeds.get(name);
    if (!feed) throw new Error(`Input ${name} is missing.`);
    values.set(value.id, feed);
  }
  for (const { value, data } of graph.constants) {
    values.set(value.id, array64(value.shape as readonly number[], data, value.type));
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => values.get(input.id) as Array64);
    values.set(node.output.id, evaluateNode(node, inputs));
  }
  return new Map(graph.outputs.map(({ name, value }) => [name, values.get(value.id) as Array64]));
}

function evaluateNode<O extends Op>(node: GraphNode<O>, inputs: readonly Array64[]): Array64 {
  const rule: ReferenceRule<O> = REFERENCE_RULES[node.op];
  return rule(inputs, node.attributes);
}
