/** @file Each rule of a graph has a graph that breaks it. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import { differentiate } from './differentiate.ts';
import type { Graph } from './graph.ts';
import { verifyGraph } from './verify.ts';

function sample(): Graph {
  const builder = new GraphBuilder();
  builder.scope = 'dense';
  const x = builder.input('x', 'float32', ['batch', 3]);
  const w = builder.input('w', 'float32', [3, 2]);
  const y = builder.apply('matrixMultiply', [x, w], { transposeA: false, transposeB: false });
  builder.output('y', builder.add(y, builder.constant([1, 2], [2])));
  return builder.finish();
}

describe('verifyGraph', () => {
  it('accepts a graph that was built', () => {
    verifyGraph(sample());
  });

  const [product, sum] = sample().nodes;
  const wrong: [what: string, change: (graph: Graph) => Partial<Graph>, message: string][] = [
    [
      'a use before the source',
      () => ({ nodes: [sum, product] }),
      'add in "dense" (float32[batch, 2], float32[2]) uses value 2 before it is computed.',
    ],
    [
      'a source twice',
      () => ({ nodes: [product, product, sum] }),
      'Value 2 has two sources; the second is matrixMultiply in "dense".',
    ],
    [
      'another shape than the rule gives',
      () => ({ nodes: [{ ...product, output: { ...product.output, shape: ['batch', 5] } } as typeof product, sum] }),
      'matrixMultiply in "dense" (float32[batch, 3], float32[3, 2]) gives float32[batch, 2], not float32[batch, 5].',
    ],
    [
      'inputs that do not fit',
      ({ inputs }) => ({ inputs: [inputs[0], { ...inputs[1], value: { ...inputs[1].value, shape: [4, 2] } }] }),
      'was made for float32[3, 2] but gets float32[4, 2].',
    ],
    [
      'a constant of another size',
      ({ constants }) => ({ constants: [{ ...constants[0], data: [1] }] }),
      'A constant float32[2] has 1 numbers; 2 were expected.',
    ],
    [
      'an output from nowhere',
      ({ outputs }) => ({ outputs: [{ ...outputs[0], value: { ...outputs[0].value, id: 99 } }] }),
      'Output "y" is not computed by the graph.',
    ],
    [
      'two inputs of one name',
      ({ inputs }) => ({ inputs: [inputs[0], { ...inputs[1], name: 'x' }] }),
      'Two inputs of the graph are named "x".',
    ],
    [
      'two outputs of one name',
      ({ outputs }) => ({ outputs: [outputs[0], outputs[0]] }),
      'Two outputs of the graph are named "y".',
    ],
  ];

  it.each(wrong)('refuses %s', (_, change, message) => {
    const graph = sample();
    expect(() => verifyGraph({ ...graph, ...change(graph) })).toThrow(message);
  });
});

describe('GraphBuilder', () => {
  it('names the operation, its purpose and the shapes when they do not fit', () => {
    const builder = new GraphBuilder();
    builder.scope = 'conv2d_1';
    const x = builder.input('x', 'float32', [2, 3, 8, 8]);
    const kernel = builder.input('kernel', 'float32', [4, 2, 3, 3]);
    expect(() => builder.apply('conv2d', [x, kernel], { kernel: [3, 3], strides: [1, 1], pads: [0, 0, 0, 0] })).toThrow(
      'conv2d in "conv2d_1" cannot take (float32[2, 3, 8, 8], float32[4, 2, 3, 3]): a kernel [out, 3, 3, 3] was expected.',
    );
  });

  it('leaves out what no output needs', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2]);
    builder.add(x, builder.constant(1));
    builder.output('y', builder.scale(x, 2));
    const { nodes, constants } = builder.finish();
    expect(nodes.map((node) => node.op)).toEqual(['multiply']);
    expect(constants.map((constant) => constant.data)).toEqual([[2]]);
  });
});

describe('differentiate', () => {
  it('adds up the gradients of a value that is used twice', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', []);
    const [gradient] = differentiate(builder, builder.multiply(x, x), [x]);
    expect(builder.producer(gradient)?.op).toBe('add');
  });

  it('computes no gradient that nobody asked for', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2, 3]);
    const w = builder.input('w', 'float32', [3, 4]);
    const y = builder.apply('matrixMultiply', [x, w], { transposeA: false, transposeB: false });
    const total = builder.reduceSum(y, [0, 1]);
    const before = builder.nodes.length;
    differentiate(builder, total, [w]);
    expect(builder.nodes.slice(before).map((node) => node.op)).toEqual(['reshape', 'broadcast', 'matrixMultiply']);
  });

  it('refuses a value that does not take part', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', []);
    const other = builder.input('other', 'float32', []);
    expect(() => differentiate(builder, builder.scale(x, 2), [other])).toThrow('does not take part');
  });
});
