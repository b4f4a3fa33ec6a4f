/** @file ONNX graphs of a few operators, of any type, written message by message. */
import { create, toBinary } from '@bufbuild/protobuf';
import { onnx } from '../../proto/index.ts';

/** Numbers of `TensorProto.DataType`. */
export const ONNX = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  half: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
} as const;

export interface TinyValue {
  readonly name: string;
  readonly type: number;
  /** -1 is any size; null: not told. */
  readonly shape: readonly number[] | null;
}

export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export function tinyOnnx(
  inputs: readonly TinyValue[],
  outputs: readonly TinyValue[],
  nodes: readonly TinyNode[],
  constants: Readonly<Record<string, number>> = {},
): Uint8Array {
  const graph = create(onnx.GraphProtoSchema, {
    name: 'tiny',
    input: inputs.map(valueInfo),
    output: outputs.map(valueInfo),
    node: nodes.map(({ op, inputs: input, outputs: output }) =>
      create(onnx.NodeProtoSchema, { opType: op, input: [...input], output: [...output] }),
    ),
    initializer: Object.entries(constants).map(([name, value]) =>
      create(onnx.TensorProtoSchema, { name, dataType: ONNX.float, dims: [], floatData: [value] }),
    ),
  });
  const opsetImport = [create(onnx.OperatorSetIdProtoSchema, { domain: '', version: 17n })];
  return toBinary(onnx.ModelProtoSchema, create(onnx.ModelProtoSchema, { irVersion: 8n, opsetImport, graph }));
}

/** `y = x + added`, for floats of any rank. */
export function addingOnnx(added: number, shape: readonly number[] | null = [-1, 1]): Uint8Array {
  const [x, y] = ['x', 'y'].map((name) => ({ name, type: ONNX.float, shape }));
  return tinyOnnx([x], [y], [{ op: 'Add', inputs: ['x', 'b'], outputs: ['y'] }], { b: added });
}

function valueInfo({ name, type, shape }: TinyValue): onnx.ValueInfoProto {
  const dims = (shape ?? []).map((size) =>
    create(onnx.TensorShapeProto_DimensionSchema, {
      value: size < 0 ? { case: 'dimParam', value: 'n' } : { case: 'dimValue', value: BigInt(size) },
    }),
  );
  const shapes = shape === null ? {} : { shape: create(onnx.TensorShapeProtoSchema, { dim: dims }) };
  const tensor = create(onnx.TypeProto_TensorSchema, { elemType: type, ...shapes });
  return create(onnx.ValueInfoProtoSchema, {
    name,
    type: create(onnx.TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}
