/** @file Checks a whole graph: every value has one source, every node its shapes, every name one meaning. */
import { describeType, type Graph, GraphError, type GraphNode, sameShape, type TensorType } from './graph.ts';
import type { Op } from './ops.ts';
import { SHAPE_RULES, type ShapeRule } from './shapes/index.ts';

/** Throws `GraphError` that names the node's operation, what it was made for, and the shapes. */
export function verifyGraph(graph: Graph): void {
  const known = new Map<number, TensorType>();
  const define = (id: number, type: TensorType, what: string): void => {
    if (known.has(id)) throw new GraphError(`Value ${id} has two sources; the second is ${what}.`);
    known.set(id, type);
  };
  for (const { name, value } of graph.inputs) define(value.id, value, `input "${name}"`);
  for (const { value, data } of graph.constants) {
    define(value.id, value, 'a constant');
    const count = value.shape.reduce<number>((size, dimension) => size * Number(dimension), 1);
    if (count !== data.length) {
      throw new GraphError(`A constant ${describeType(value)} has ${data.length} numbers; ${count} were expected.`);
    }
  }
  for (const node of graph.nodes) {
    verifyNode(node, known);
    define(node.output.id, node.output, `${node.op} in "${node.scope}"`);
  }
  for (const { name, value } of graph.outputs) {
    if (!known.has(value.id)) throw new GraphError(`Output "${name}" is not computed by the graph.`);
  }
  expectUnique(
    graph.inputs.map((input) => input.name),
    'inputs',
  );
  expectUnique(
    graph.outputs.map((output) => output.name),
    'outputs',
  );
}

function verifyNode<O extends Op>(node: GraphNode<O>, known: ReadonlyMap<number, TensorType>): void {
  const where = `${node.op} in "${node.scope}" (${node.inputs.map(describeType).join(', ')})`;
  for (const input of node.inputs) {
    const source = known.get(input.id);
    if (!source) throw new GraphError(`${where} uses value ${input.id} before it is computed.`);
    if (source.type !== input.type || !sameShape(source.shape, input.shape)) {
      throw new GraphError(`${where} was made for ${describeType(input)} but gets ${describeType(source)}.`);
    }
  }
  const rule: ShapeRule<O> = SHAPE_RULES[node.op];
  let result: TensorType;
  try {
    result = rule(node.inputs, node.attributes);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    throw new GraphError(`${where}: ${error.message}`, { cause: error });
  }
  if (result.type !== node.output.type || !sameShape(result.shape, node.output.shape)) {
    throw new GraphError(`${where} gives ${describeType(result)}, not ${describeType(node.output)}.`);
  }
}

function expectUnique(names: readonly string[], what: string): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new GraphError(`Two ${what} of the graph are named "${repeated}".`);
}
