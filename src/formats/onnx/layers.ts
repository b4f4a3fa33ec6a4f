/** @file The operators of an ONNX graph as rows: with output shapes, weights and operations. */
import { create, toBinary } from '@bufbuild/protobuf';
import { onnx } from '../../proto/index.ts';
import { probeGraph } from '../../runtime/index.ts';
import type { LayerRow } from '../imported-model.ts';
import { FLOAT_TYPES } from './types.ts';

type Shape = readonly number[] | null;

/** How the operations of an operator are counted, for its first output. Others move numbers, or are counted as none. */
const PRODUCTS = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'FusedMatMul', 'FusedConv']);
const POOLS = new Set(['MaxPool', 'AveragePool']);
const ONE_EACH = new Set(
  (
    'Add Sub Mul Div Relu LeakyRelu PRelu Sigmoid Tanh Softmax LogSoftmax Exp Log Sqrt Pow Neg Abs Clip Elu Selu Gelu ' +
    'HardSigmoid HardSwish Erf BatchNormalization LayerNormalization InstanceNormalization Max Min Sum Mean Softplus ' +
    'Reciprocal Where'
  ).split(' '),
);
const WHOLE_INPUT = new Set(['GlobalAveragePool', 'GlobalMaxPool', 'ReduceMean', 'ReduceSum', 'ReduceMax', 'ArgMax']);

export interface OnnxLayers {
  readonly layers: readonly LayerRow[];
  /** Of every value, by its name, as the runtime infers it. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** @param model not changed */
export async function onnxLayers(model: onnx.ModelProto, signal?: AbortSignal): Promise<OnnxLayers> {
  const graph = model.graph!;
  const shapes = await valueShapes(model, signal);
  const weights = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]));
  for (const [name, tensor] of weights) shapes.set(name, tensor.dims.map(Number));
  const counted = new Set<string>();
  const layers = graph.node
    .filter(({ opType }) => opType !== 'Constant')
    .map((node, index): LayerRow => {
      const own = node.input.filter((input) => weights.has(input) && !counted.has(input));
      for (const input of own) counted.add(input);
      const outputShape = shapes.get(node.output[0]) ?? null;
      return {
        name: node.name || node.output[0] || `${node.opType}_${index}`,
        type: node.domain ? `${node.domain}.${node.opType}` : (node.opType ?? ''),
        outputShape,
        parameters: own.reduce((sum, input) => sum + numbersOf(weights.get(input)!), 0),
        flops: flopsOf(
          node,
          node.input.map((input) => shapes.get(input) ?? null),
          outputShape,
        ),
      };
    });
  return { layers, shapes };
}

/** How many numbers a graph's weights are; whole numbers (shapes, axes) are none. */
export function onnxParameters({ graph }: onnx.ModelProto): number {
  return (graph?.initializer ?? []).reduce((sum, tensor) => sum + numbersOf(tensor), 0);
}

function numbersOf(tensor: onnx.TensorProto): number {
  if (!FLOAT_TYPES.has(tensor.dataType ?? 0)) return 0;
  return tensor.dims.reduce((product, side) => product * Number(side), 1);
}

/** Makes every value an output, so that the runtime tells the shape that it infers for it. */
async function valueShapes(model: onnx.ModelProto, signal?: AbortSignal): Promise<Map<string, readonly number[]>> {
  const graph = model.graph!;
  const named = new Set(graph.output.map(({ name }) => name ?? ''));
  const inner = graph.node.flatMap(({ output }) => output.filter((name) => name !== '' && !named.has(name)));
  const output = [...graph.output, ...inner.map((name) => create(onnx.ValueInfoProtoSchema, { name }))];
  const opened = create(onnx.ModelProtoSchema, {
    ...model,
    graph: create(onnx.GraphProtoSchema, { ...graph, output }),
  });
  const probe = await probeGraph(toBinary(onnx.ModelProtoSchema, opened), { signal });
  const shapes = new Map<string, readonly number[]>();
  for (const { name, tensor } of [...probe.inputs, ...probe.outputs]) if (tensor) shapes.set(name, tensor.shape);
  return shapes;
}

/** For one sample: the first size counts once where it is free. */
function flopsOf(node: onnx.NodeProto, inputs: readonly Shape[], output: Shape): number | null {
  const op = node.opType ?? '';
  const size = sizeOf(output);
  if (PRODUCTS.has(op)) {
    const summed = summedBy(node, inputs);
    return size === null || summed === null ? null : 2 * size * summed;
  }
  if (POOLS.has(op)) {
    const kernel = node.attribute.find(({ name }) => name === 'kernel_shape')?.ints ?? [];
    return size === null ? null : size * kernel.reduce((product, side) => product * Number(side), 1);
  }
  if (ONE_EACH.has(op)) return size;
  if (WHOLE_INPUT.has(op)) return sizeOf(inputs[0] ?? null);
  return 0;
}

/** How many products are added up for one number of the result. */
function summedBy(node: onnx.NodeProto, [left, right]: readonly Shape[]): number | null {
  const transB = node.attribute.find(({ name }) => name === 'transB')?.i === 1n;
  if (node.opType?.endsWith('Conv')) return right ? product(right.slice(1)) : null;
  if (node.opType === 'ConvTranspose') {
    const strides = node.attribute.find(({ name }) => name === 'strides')?.ints.map(Number) ?? [];
    return right ? (right[0] * product(right.slice(2))) / product(strides) : null;
  }
  if (right && right.length >= 2) return right[transB ? right.length - 1 : right.length - 2];
  return left && left.length > 0 ? positive(left[left.length - 1]) : null;
}

function sizeOf(shape: Shape): number | null {
  if (shape === null) return null;
  const [first, ...rest] = shape;
  if (rest.some((side) => side < 0)) return null;
  return product(rest) * (first === undefined || first < 0 ? 1 : first);
}

function product(sides: readonly number[]): number {
  return sides.reduce((result, side) => result * side, 1);
}

function positive(side: number): number | null {
  return side > 0 ? side : null;
}
