/** @file Checks one operation against its float64 reference, and its gradient against finite differences. */
import { expect } from 'vitest';
import { RandomGenerator } from '../../contracts/index.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { differentiate } from '../graph/differentiate.ts';
import { GRADIENT_RULES } from '../graph/gradients/index.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { DataType, Op, OpAttributes } from '../graph/ops.ts';
import { emitOnnx } from '../onnx/emit.ts';
import { type Array64, array64, countOf } from './array64.ts';
import { blockOfRuntime, runModel, type TestTensors } from './onnx-session.ts';
import { evaluateGraph } from './reference.ts';

export interface CaseInput {
  readonly shape: readonly number[];
  readonly type?: DataType;
  /** Default: seeded normal numbers. */
  readonly fill?: (random: RandomGenerator, index: number) => number;
}

export interface OpCase<O extends Op> {
  readonly what: string;
  readonly inputs: readonly CaseInput[];
  readonly attributes: OpAttributes[O];
  /** Set when finite differences say nothing here, such as on ties; the values are checked all the same. */
  readonly noDifferences?: true;
}

/**
 * 1. The ONNX file gives what the reference gives. 2. The gradient that `differentiate` adds equals central
 * differences of the reference, all in float64. 3. The gradient's ONNX file gives what its graph gives in float64.
 */
export async function checkOp<O extends Op>(op: O, { inputs, attributes, noDifferences }: OpCase<O>): Promise<void> {
  const random = new RandomGenerator(7, op);
  const feeds = new Map(
    inputs.map(({ shape, type = 'float32', fill = (r: RandomGenerator) => r.nextNormal() }, index) => {
      // Numbers that float32 holds exactly, so that both sides start from the same ones.
      const data = Float64Array.from({ length: countOf(shape) }, (_, i) => Math.fround(fill(random, i)));
      return [`x${index}`, array64(shape, data, type)] as const;
    }),
  );
  const forward = forwardGraph(op, attributes, feeds);
  await expectSameAsReference(forward, feeds);
  const floats = [...feeds.keys()].filter((name) => feeds.get(name)?.type === 'float32');
  const gradients = gradientGraph(op, attributes, feeds, random, floats);
  if (!gradients) return;
  await expectSameAsReference(gradients.graph, feeds);
  if (noDifferences) return;
  const analytic = evaluateGraph(gradients.graph, feeds);
  for (const name of gradients.names) {
    const numeric = centralDifferences(gradients.graph, feeds, name);
    expectClose(analytic.get(`grad:${name}`) as Array64, numeric, 1e-6, `${op}: gradient by ${name}`);
  }
}

/** Runs a graph's ONNX file and compares every output with the reference, to float32 accuracy. */
export async function expectSameAsReference(
  graph: Graph,
  feeds: ReadonlyMap<string, Array64>,
  tolerance = 2e-5,
  floor?: number,
): Promise<void> {
  const expected = evaluateGraph(graph, feeds);
  for (const channelBlock of new Set([1, await blockOfRuntime()])) {
    const actual = await runModel(emitOnnx(graph, { name: 'test', channelBlock }), feeds);
    expectSame(actual, expected, tolerance, floor);
  }
}

function expectSame(
  actual: TestTensors,
  expected: ReadonlyMap<string, Array64>,
  tolerance: number,
  floor: number | undefined,
): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, tensor] of expected) {
    const result = actual.get(name);
    expect(result?.shape, `shape of ${name}`).toEqual(tensor.shape);
    expect(result?.type, `type of ${name}`).toBe(tensor.type);
    expectClose(array64(tensor.shape, result?.data ?? []), tensor.data, tolerance, name, floor);
  }
}

/** Errors are measured against the largest number of the tensor, `floor` at least: float32 sums cancel. */
export function expectClose(
  actual: Array64,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
  floor = 1e-3,
): void {
  expect(actual.data.length, `${what}: number of elements`).toBe(expected.length);
  const scale = Array.from(expected).reduce((largest, value) => Math.max(largest, Math.abs(value)), floor);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual.data[i] - expected[i]);
    if (!(error <= tolerance * scale)) {
      expect.fail(`${what}[${i}] is ${actual.data[i]}; ${expected[i]} was expected (to ${tolerance * scale}).`);
    }
  }
}

/** Gradient of the output `total` by the elements of one input: (f(x + h) - f(x - h)) / 2h in float64. */
export function centralDifferences(
  graph: Graph,
  feeds: ReadonlyMap<string, Array64>,
  name: string,
  { total: output = 'total', elements }: { readonly total?: string; readonly elements?: readonly number[] } = {},
): Float64Array {
  const input = feeds.get(name) as Array64;
  const forward = withOnly(graph, output);
  const step = 1e-6;
  const total = (index: number, change: number): number => {
    const data = Float64Array.from(input.data);
    data[index] += change;
    const result = evaluateGraph(forward, new Map(feeds).set(name, { ...input, data }));
    return (result.get(output) as Array64).data[0];
  };
  const indices = elements ?? Array.from(input.data, (_, index) => index);
  return Float64Array.from(indices, (index) => (total(index, step) - total(index, -step)) / (2 * step));
}

/** The part of a graph that one output needs. */
function withOnly(graph: Graph, name: string): Graph {
  const outputs = graph.outputs.filter((output) => output.name === name);
  const needed = new Set(outputs.map((output) => output.value.id));
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!needed.has(node.output.id)) return false;
    for (const input of node.inputs) needed.add(input.id);
    return true;
  });
  return { ...graph, nodes: nodes.toReversed(), outputs };
}

function inputValues(builder: GraphBuilder, feeds: ReadonlyMap<string, Array64>): Map<string, Value> {
  return new Map([...feeds].map(([name, { type, shape }]) => [name, builder.input(name, type, shape)]));
}

function forwardGraph<O extends Op>(op: O, attributes: OpAttributes[O], feeds: ReadonlyMap<string, Array64>): Graph {
  const builder = new GraphBuilder();
  builder.output('y', builder.apply(op, [...inputValues(builder, feeds).values()], attributes));
  return builder.finish();
}

/** `total` is a weighted sum of the results; null when the operation has no gradient, which must be said why. */
function gradientGraph<O extends Op>(
  op: O,
  attributes: OpAttributes[O],
  feeds: ReadonlyMap<string, Array64>,
  random: RandomGenerator,
  candidates: readonly string[],
): { graph: Graph; names: readonly string[] } | null {
  const builder = new GraphBuilder();
  const values = inputValues(builder, feeds);
  const result = builder.apply(op, [...values.values()], attributes);
  if (result.type !== 'float32') {
    expect(isDifferentiable(op), `${op} gives ${result.type}`).toBe(false);
    return null;
  }
  const shape = result.shape as readonly number[];
  const weights = Float64Array.from({ length: countOf(shape) }, () => Math.fround(random.nextNormal()));
  const weighted = builder.multiply(result, builder.constant(weights, shape));
  const total = builder.reduceSum(
    weighted,
    shape.map((_, axis) => axis),
  );
  builder.output('total', total);
  const targets = candidates.map((name) => values.get(name) as Value);
  if (!isDifferentiable(op)) {
    expect(() => differentiate(builder, total, [...values.values()])).toThrow(/has no gradient: .+\.$/);
    return null;
  }
  const gradients = differentiate(builder, total, targets);
  candidates.forEach((name, index) => {
    builder.output(`grad:${name}`, gradients[index]);
  });
  return { graph: builder.finish(), names: candidates };
}

export function isDifferentiable(op: Op): boolean {
  return typeof GRADIENT_RULES[op] === 'function';
}
