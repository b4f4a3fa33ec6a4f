/** @file Rewrites a graph that was compiled for opset 18 for another opset. */
import { create } from '@bufbuild/protobuf';
import { PictorError } from '../../../contracts/index.ts';
import { onnx } from '../../../proto/index.ts';

export const OPSETS = { oldest: 13, newest: 21 } as const;
/** The one that graphs are compiled for. */
export const COMPILED_OPSET = 18;

const TYPES = { int: 2, ints: 7 } as const;

/** IR version by the first opset that came with it: older readers refuse newer ones. Source: onnx/docs/Versioning.md. */
const IR_VERSIONS: readonly (readonly [opset: number, ir: number])[] = [
  [21, 10],
  [19, 9],
  [15, 8],
  [13, 7],
];

/** What older opsets have otherwise: nodes that take the place of a node, by operator. */
const OLDER_FORMS: Readonly<Record<string, { readonly before: number; readonly rewrite: Rewrite }>> = {
  ReduceMax: { before: 18, rewrite: axesAsAttribute },
  ReduceMean: { before: 18, rewrite: axesAsAttribute },
};

/** Operators that are written as every opset from the oldest one here has them. */
const SAME_FORM: ReadonlySet<string> = new Set(
  `Abs Add AveragePool BatchNormalization Cast Clip Concat Conv ConvTranspose Div Elu Equal Erf Exp Expand Floor Gather
  Gemm GlobalAveragePool Greater HardSigmoid Identity LeakyRelu Less Log MatMul Max MaxPool Min Mul Neg Pad Pow Relu
  ReduceSum Reshape Resize Round Shape Sigmoid Sign Slice Softmax Softplus Sqrt Squeeze Sub Tanh Transpose Unsqueeze Where`.split(
    /\s+/,
  ),
);

type Rewrite = (node: onnx.NodeProto, graph: onnx.GraphProto) => readonly onnx.NodeProto[];

/**
 * Changes the model in place.
 * @throws `export_option_invalid` for an opset outside of `OPSETS`; `export_unsupported` when an operator cannot be written for that opset, which is named
 */
export function setOpset(model: onnx.ModelProto, opset: number): void {
  const graph = model.graph as onnx.GraphProto;
  const { oldest, newest } = OPSETS;
  if (!Number.isInteger(opset) || opset < oldest || opset > newest) {
    throw new PictorError('export_option_invalid', `ONNX opset ${opset} is not written.`, {
      fix: `Choose an opset from ${oldest} to ${newest}.`,
    });
  }
  const node = graph.node.flatMap((one) => {
    const { opType = '' } = one;
    const older = OLDER_FORMS[opType];
    if (older) return opset < older.before ? older.rewrite(one, graph) : [one];
    if (opset >= COMPILED_OPSET || SAME_FORM.has(opType)) return [one];
    throw new PictorError('export_unsupported', `Operator ${opType} needs ONNX opset ${COMPILED_OPSET} or later.`, {
      fix: `Choose an opset from ${COMPILED_OPSET} to ${newest}.`,
    });
  });
  graph.node = node;
  for (const one of model.opsetImport) if (!one.domain) one.version = BigInt(opset);
  model.irVersion = BigInt(IR_VERSIONS.find(([from]) => opset >= from)?.[1] ?? 7);
}

function axesAsAttribute(node: onnx.NodeProto, graph: onnx.GraphProto): readonly onnx.NodeProto[] {
  const [x, axes] = node.input;
  const attribute = [...node.attribute, intsAttribute('axes', integersOf(graph, axes))];
  return [create(onnx.NodeProtoSchema, { ...node, input: [x], attribute })];
}

/** Numbers of a constant. */
function integersOf(graph: onnx.GraphProto, name: string): number[] {
  const tensor = graph.initializer.find((one) => one.name === name);
  if (!tensor?.rawData) throw new Error(`${name} is no constant.`);
  const { buffer, byteOffset, length } = Uint8Array.from(tensor.rawData);
  return Array.from(new BigInt64Array(buffer, byteOffset, length / 8), Number);
}

export function int64s(name: string, values: readonly number[]): onnx.TensorProto {
  const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return create(onnx.TensorProtoSchema, { name, dataType: 7, dims: [BigInt(values.length)], rawData });
}

export function intAttribute(name: string, value: number): onnx.AttributeProto {
  return create(onnx.AttributeProtoSchema, { name, type: TYPES.int, i: BigInt(value) });
}

export function intsAttribute(name: string, values: readonly number[]): onnx.AttributeProto {
  return create(onnx.AttributeProtoSchema, { name, type: TYPES.ints, ints: values.map(BigInt) });
}
