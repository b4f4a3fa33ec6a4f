/** @file Puts graphs together, checking the shape of every node as it is added. */
import {
  describeType,
  type Graph,
  type GraphConstant,
  GraphError,
  type GraphInput,
  type GraphNode,
  sameShape,
  type Value,
} from './graph.ts';
import type { DataType, Op, OpAttributes, Shape } from './ops.ts';
import { SHAPE_RULES, type ShapeRule } from './shapes/index.ts';

export class GraphBuilder {
  readonly #inputs: GraphInput[] = [];
  readonly #constants: GraphConstant[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #outputs: GraphInput[] = [];
  readonly #producers = new Map<number, GraphNode>();
  #nextId = 0;
  /** What the next nodes are for. */
  scope = '';

  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  /** The node that computes a value, if it is not an input or a constant. */
  producer(value: Value): GraphNode | undefined {
    return this.#producers.get(value.id);
  }

  input(name: string, type: DataType, shape: Shape): Value {
    const value = this.#value(type, shape);
    this.#inputs.push({ name, value });
    return value;
  }

  constant(data: number | ArrayLike<number>, shape: readonly number[] = [], type: DataType = 'float32'): Value {
    const value = this.#value(type, shape);
    this.#constants.push({ value, data: typeof data === 'number' ? [data] : data, name: null });
    return value;
  }

  /** A constant with a name: part of the model file, under that name. */
  weight(name: string, data: Float32Array, shape: readonly number[]): Value {
    const value = this.#value('float32', shape);
    this.#constants.push({ value, data, name });
    return value;
  }

  apply<O extends Op>(op: O, inputs: readonly Value[], attributes: OpAttributes[O]): Value {
    const rule: ShapeRule<O> = SHAPE_RULES[op];
    let output: Value;
    try {
      const { type, shape } = rule(inputs, attributes);
      output = this.#value(type, shape);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      const taken = inputs.map(describeType).join(', ');
      throw new GraphError(`${op} in "${this.scope}" cannot take (${taken}): ${error.message}`, { cause: error });
    }
    const node = { op, inputs, attributes, output, scope: this.scope } as unknown as GraphNode;
    this.#nodes.push(node);
    this.#producers.set(output.id, node);
    return output;
  }

  output(name: string, value: Value): void {
    this.#outputs.push({ name, value });
  }

  /** The graph so far, without the nodes and constants that no output needs. Inputs stay, needed or not. */
  finish(): Graph {
    const needed = new Set(this.#outputs.map((output) => output.value.id));
    const nodes = this.#nodes
      .toReversed()
      .filter((node) => {
        if (!needed.has(node.output.id)) return false;
        for (const input of node.inputs) needed.add(input.id);
        return true;
      })
      .toReversed();
    const constants = this.#constants.filter((constant) => needed.has(constant.value.id));
    return { inputs: [...this.#inputs], constants, nodes, outputs: [...this.#outputs] };
  }

  add(a: Value, b: Value): Value {
    return this.apply('add', [a, b], {});
  }

  subtract(a: Value, b: Value): Value {
    return this.apply('subtract', [a, b], {});
  }

  multiply(a: Value, b: Value): Value {
    return this.apply('multiply', [a, b], {});
  }

  divide(a: Value, b: Value): Value {
    return this.apply('divide', [a, b], {});
  }

  /** Multiplies by a number. */
  scale(a: Value, factor: number): Value {
    return this.multiply(a, this.constant(factor));
  }

  reshape(a: Value, shape: Shape): Value {
    return sameShape(a.shape, shape) ? a : this.apply('reshape', [a], { shape });
  }

  cast(a: Value, to: DataType): Value {
    return a.type === to ? a : this.apply('cast', [a], { to });
  }

  reduceSum(a: Value, axes: readonly number[], keepDimensions = false): Value {
    return axes.length === 0 ? a : this.apply('reduceSum', [a], { axes, keepDimensions });
  }

  #value(type: DataType, shape: Shape): Value {
    return { id: this.#nextId++, type, shape: [...shape] };
  }
}
