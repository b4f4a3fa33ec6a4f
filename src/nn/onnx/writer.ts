/** @file Collects the nodes and constants of an ONNX graph and writes the model file. */
import { create, toBinary } from '@bufbuild/protobuf';
import { onnx } from '../../proto/index.ts';
import type { DataType, Shape } from '../graph/ops.ts';

const IR_VERSION = 9n;
const OPSET_VERSION = 18n;

/** `TensorProto.DataType`. */
export const ONNX_TYPES: Readonly<Record<DataType, number>> = { float32: 1, uint8: 2, int64: 7, bool: 9 };

/** `AttributeProto.AttributeType`. */
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** The runtime's own operations on channel blocks, version 1; see `blocked/`. */
export const BLOCK_DOMAIN = 'com.microsoft.nchwc';

/** Numbers are ints; a float says so. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

export class OnnxWriter {
  readonly #graph: onnx.GraphProto;
  readonly #shared = new Map<string, string>();
  readonly #domains = new Map([['', OPSET_VERSION]]);
  #nextName = 0;
  /** Prefix of node names, such as the name of a layer. */
  scope = '';

  constructor(name: string) {
    this.#graph = create(onnx.GraphProtoSchema, { name });
  }

  /** Adds a node with one result; returns the name of the result. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output: string = this.freshName(opType),
    domain = '',
  ): string {
    if (domain !== '') this.#domains.set(domain, 1n);
    this.#graph.node.push(
      create(onnx.NodeProtoSchema, {
        opType,
        domain,
        name: `${this.scope ? `${this.scope}/` : ''}${opType}_${this.#graph.node.length}`,
        input: [...inputs],
        output: [output],
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      }),
    );
    return output;
  }

  freshName(hint: string): string {
    return `${this.scope ? `${this.scope}/` : ''}${hint.toLowerCase()}:${this.#nextName++}`;
  }

  /** A float32 constant. Small equal ones are shared. */
  floats(data: ArrayLike<number>, shape: readonly number[] = [data.length]): string {
    return this.#constant('float32', data, shape);
  }

  float(value: number): string {
    return this.floats([value], []);
  }

  /** An int64 constant, `[n]`. */
  ints(...data: number[]): string {
    return this.#constant('int64', data, [data.length]);
  }

  /** A constant of any type; with a name it is written under that name. */
  constant(type: DataType, data: ArrayLike<number>, shape: readonly number[], name: string | null): string {
    if (name === null) return this.#constant(type, data, shape);
    this.#graph.initializer.push(tensorProto(name, type, data, shape));
    return name;
  }

  input(name: string, type: DataType, shape: Shape): void {
    this.#graph.input.push(valueInfo(name, type, shape));
  }

  output(name: string, type: DataType, shape: Shape): void {
    this.#graph.output.push(valueInfo(name, type, shape));
  }

  toBytes(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    const model = create(onnx.ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'pictor',
      graph: this.#graph,
      opsetImport: [...this.#domains].map(([domain, version]) =>
        create(onnx.OperatorSetIdProtoSchema, { domain, version }),
      ),
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
    return toBinary(onnx.ModelProtoSchema, model);
  }

  #constant(type: DataType, data: ArrayLike<number>, shape: readonly number[]): string {
    const key = data.length <= 64 ? `${type}[${shape.join(',')}]${Array.from(data).join(',')}` : null;
    const known = key === null ? undefined : this.#shared.get(key);
    if (known) return known;
    const name = `constant:${this.#nextName++}`;
    this.#graph.initializer.push(tensorProto(name, type, data, shape));
    if (key !== null) this.#shared.set(key, name);
    return name;
  }
}

function attribute(name: string, value: OnnxAttribute): onnx.AttributeProto {
  if (typeof value === 'number') {
    return create(onnx.AttributeProtoSchema, { name, type: ATTRIBUTE_TYPES.int, i: BigInt(value) });
  }
  if (typeof value === 'string') {
    return create(onnx.AttributeProtoSchema, {
      name,
      type: ATTRIBUTE_TYPES.string,
      s: new TextEncoder().encode(value),
    });
  }
  if ('float' in value) return create(onnx.AttributeProtoSchema, { name, type: ATTRIBUTE_TYPES.float, f: value.float });
  return create(onnx.AttributeProtoSchema, { name, type: ATTRIBUTE_TYPES.ints, ints: value.map(BigInt) });
}

function tensorProto(
  name: string,
  type: DataType,
  data: ArrayLike<number>,
  shape: readonly number[],
): onnx.TensorProto {
  return create(onnx.TensorProtoSchema, {
    name,
    dataType: ONNX_TYPES[type],
    dims: shape.map(BigInt),
    rawData: littleEndian(type, data),
  });
}

const ELEMENT_BYTES: Readonly<Record<DataType, number>> = { float32: 4, int64: 8, uint8: 1, bool: 1 };

/** ONNX stores raw data in little-endian order, whatever the machine. */
function littleEndian(type: DataType, data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(data.length * ELEMENT_BYTES[type]);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) {
    if (type === 'float32') view.setFloat32(4 * i, data[i], true);
    else if (type === 'int64') view.setBigInt64(8 * i, BigInt(data[i]), true);
    else bytes[i] = data[i];
  }
  return bytes;
}

function valueInfo(name: string, type: DataType, shape: Shape): onnx.ValueInfoProto {
  const dim = shape.map((dimension) =>
    create(onnx.TensorShapeProto_DimensionSchema, {
      value:
        typeof dimension === 'number'
          ? { case: 'dimValue', value: BigInt(dimension) }
          : { case: 'dimParam', value: dimension },
    }),
  );
  const tensorType = create(onnx.TypeProto_TensorSchema, {
    elemType: ONNX_TYPES[type],
    shape: create(onnx.TensorShapeProtoSchema, { dim }),
  });
  return create(onnx.ValueInfoProtoSchema, {
    name,
    type: create(onnx.TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }),
  });
}
