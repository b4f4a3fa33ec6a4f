/** @file Writes a graph as an ONNX model file (IR version 9, opset 18). */
import { type Graph, GraphError, type GraphNode, type Value } from '../graph/graph.ts';
import type { Op } from '../graph/ops.ts';
import { verifyGraph } from '../graph/verify.ts';
import { LOWERING_RULES, type LoweringRule } from './lowering/index.ts';
import { OnnxWriter } from './writer.ts';

export interface EmitOptions {
  /** Name of the graph in the file. */
  readonly name: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export function emitOnnx(graph: Graph, { name, metadata }: EmitOptions): Uint8Array {
  verifyGraph(graph);
  const writer = new OnnxWriter(name);
  const names = new Map<number, string>();
  for (const input of graph.inputs) {
    names.set(input.value.id, input.name);
    writer.input(input.name, input.value.type, input.value.shape);
  }
  for (const { value, data, name: constantName } of graph.constants) {
    names.set(value.id, writer.constant(value.type, data, value.shape as readonly number[], constantName));
  }
  const outputNames = new Map<number, string>();
  for (const output of graph.outputs) {
    if (!names.has(output.value.id) && !outputNames.has(output.value.id)) outputNames.set(output.value.id, output.name);
  }
  for (const node of graph.nodes) {
    writer.scope = node.scope;
    const output = outputNames.get(node.output.id) ?? writer.freshName(node.op);
    lower(
      writer,
      node,
      node.inputs.map((input) => nameOf(names, input)),
      output,
    );
    names.set(node.output.id, output);
  }
  for (const output of graph.outputs) {
    const source = nameOf(names, output.value);
    if (source !== output.name) writer.node('Identity', [source], {}, output.name);
    writer.output(output.name, output.value.type, output.value.shape);
  }
  return writer.toBytes(metadata);
}

function lower<O extends Op>(writer: OnnxWriter, node: GraphNode<O>, inputs: readonly string[], output: string): void {
  const rule: LoweringRule<O> = LOWERING_RULES[node.op];
  rule({ writer, inputs, types: node.inputs, attributes: node.attributes, result: node.output, output });
}

function nameOf(names: ReadonlyMap<number, string>, value: Value): string {
  const name = names.get(value.id);
  if (name === undefined) throw new GraphError(`Value ${value.id} is used before it is computed.`);
  return name;
}
