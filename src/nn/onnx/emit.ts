/** @file Writes a graph as an ONNX model file (IR version 9, opset 18). */
import type { Graph, GraphNode } from '../graph/graph.ts';
import type { Op } from '../graph/ops.ts';
import { verifyGraph } from '../graph/verify.ts';
import { BLOCKED_RULES, type BlockedRule } from './blocked/index.ts';
import { Layouts } from './layouts.ts';
import { LOWERING_RULES, type LoweringRule } from './lowering/index.ts';
import { OnnxWriter } from './writer.ts';

export interface EmitOptions {
  /** Name of the graph in the file. */
  readonly name: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Channels in a block of the runtime's own layout for convolutions, which only that runtime on that kind of processor can
   * read. Default 1: plain ONNX, for any runtime.
   */
  readonly channelBlock?: number;
}

export function emitOnnx(graph: Graph, { name, metadata, channelBlock = 1 }: EmitOptions): Uint8Array {
  verifyGraph(graph);
  const writer = new OnnxWriter(name);
  const given = new Set([...graph.inputs, ...graph.constants].map(({ value }) => value.id));
  const outputNames = new Map<number, string>();
  for (const { value, name: outputName } of graph.outputs) {
    if (!given.has(value.id) && !outputNames.has(value.id)) outputNames.set(value.id, outputName);
  }
  const layouts = new Layouts(writer, channelBlock, outputNames);
  for (const input of graph.inputs) {
    layouts.setPlain(input.value, input.name);
    writer.input(input.name, input.value.type, input.value.shape);
  }
  for (const { value, data, name: constantName } of graph.constants) {
    layouts.setPlain(value, writer.constant(value.type, data, value.shape as readonly number[], constantName));
  }
  for (const node of graph.nodes) {
    writer.scope = node.scope;
    if (channelBlock === 1 || !lowerBlocked(writer, layouts, channelBlock, node)) lower(writer, layouts, node);
  }
  for (const output of graph.outputs) {
    const source = layouts.plain(output.value);
    if (source !== output.name) writer.node('Identity', [source], {}, output.name);
    writer.output(output.name, output.value.type, output.value.shape);
  }
  return writer.toBytes(metadata);
}

function lowerBlocked<O extends Op>(writer: OnnxWriter, layouts: Layouts, block: number, node: GraphNode<O>): boolean {
  const rule = BLOCKED_RULES[node.op] as BlockedRule<O> | undefined;
  const { inputs, attributes, output: result } = node;
  return rule?.({ writer, layouts, block, inputs, attributes, result }) ?? false;
}

function lower<O extends Op>(writer: OnnxWriter, layouts: Layouts, node: GraphNode<O>): void {
  const rule: LoweringRule<O> = LOWERING_RULES[node.op];
  const inputs = node.inputs.map((input) => layouts.plain(input));
  const output = layouts.newName(node.output, node.op);
  rule({ writer, inputs, types: node.inputs, attributes: node.attributes, result: node.output, output });
  layouts.setPlain(node.output, output);
}
