/** @file An ONNX graph in the making. */
import { create, toBinary } from '@bufbuild/protobuf';
import { type DataType, NUMBER_STORAGE, type NumberType } from '../../../../contracts/index.ts';
import { ONNX_TYPE_NUMBERS, onnx } from '../../../../proto/index.ts';
import { Unsupported } from '../refuse.ts';
import type { Known } from './known.ts';

const IR_VERSION = 9n;
const OPSET = 18n;
/** What one protobuf message may hold, less what is around the weights. */
const MAX_MODEL_BYTES = 2_000_000_000;

/** Whole numbers are ints, lists are lists of ints; floats and bytes say so. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly text: Uint8Array }
  | { readonly texts: readonly Uint8Array[] };

/** Sets of operators; the second is for what is no tensor algebra. */
const OPSETS = { '': OPSET, 'ai.onnx.ml': 2n } as const;
type Domain = keyof typeof OPSETS;

export class OnnxDraft {
  /** The node that is converted now. */
  origin = '';
  /** From which node each node here was made. Beside the graph: equal ones of two signatures stay equal. */
  readonly origins = new Map<string, string>();
  readonly #graph = create(onnx.GraphProtoSchema, { name: 'model' });
  readonly #shared = new Map<string, string>();
  readonly #names = new Set<string>();
  #bytes = 0;
  #next = 0;

  /** A name that nothing else in the graph has. */
  freshName(hint: string): string {
    for (;;) {
      const name = `${hint}:${this.#next++}`;
      if (!this.#names.has(name)) return name;
    }
  }

  /** @returns the names of its results */
  nodes(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    results: number,
    domain: Domain = '',
  ): string[] {
    const name = `${op}_${this.#graph.node.length}`;
    this.origins.set(name, this.origin);
    const output = Array.from({ length: results }, () => this.freshName(op.toLowerCase()));
    this.#graph.node.push(
      create(onnx.NodeProtoSchema, {
        opType: op,
        domain,
        name,
        input: [...inputs],
        output,
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      }),
    );
    return output;
  }

  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain: Domain = '',
  ): string {
    return this.nodes(op, inputs, attributes, 1, domain)[0];
  }

  /** A constant; small equal ones are shared. */
  constant(known: Known): string {
    const key = known.data.length <= 64 && known.dtype !== 'DT_STRING' ? keyOf(known) : null;
    const shared = key === null ? undefined : this.#shared.get(key);
    if (shared !== undefined) return shared;
    const name = this.freshName('constant');
    const proto = tensorProto(name, known);
    this.#bytes += proto.rawData.length + proto.stringData.reduce((sum, text) => sum + text.length, 0);
    if (this.#bytes > MAX_MODEL_BYTES) throw new Unsupported(`its weights take more than ${MAX_MODEL_BYTES} bytes`, []);
    this.#graph.initializer.push(proto);
    if (key !== null) this.#shared.set(key, name);
    return name;
  }

  /** An int64 constant `[n]`. */
  ints(values: readonly number[]): string {
    return this.constant({ dtype: 'DT_INT64', shape: [values.length], data: [...values] });
  }

  /** @param shape -1 for any size */
  input(name: string, dtype: DataType, shape: readonly number[] | null): void {
    this.#names.add(name);
    this.#graph.input.push(valueInfo(name, dtype, shape));
  }

  output(name: string, from: string, dtype: DataType, shape: readonly number[] | null): void {
    this.#names.add(name);
    this.#graph.node.push(
      create(onnx.NodeProtoSchema, { opType: 'Identity', name: `output_${name}`, input: [from], output: [name] }),
    );
    this.#graph.output.push(valueInfo(name, dtype, shape));
  }

  /** Nodes and constants that no output needs are left out. */
  toBytes(): Uint8Array {
    const needed = new Set(this.#graph.output.map(({ name }) => name));
    const node: onnx.NodeProto[] = [];
    for (let i = this.#graph.node.length - 1; i >= 0; i--) {
      const candidate = this.#graph.node[i];
      if (!candidate.output.some((name) => needed.has(name))) continue;
      node.push(candidate);
      for (const input of candidate.input) needed.add(input);
    }
    this.#graph.node = node.reverse();
    this.#graph.initializer = this.#graph.initializer.filter(({ name }) => needed.has(name));
    const used = new Set(['', ...node.map(({ domain }) => domain)]);
    const model = create(onnx.ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'pictor',
      graph: this.#graph,
      opsetImport: Object.entries(OPSETS).flatMap(([domain, version]) =>
        used.has(domain) ? [{ domain, version }] : [],
      ),
    });
    return toBinary(onnx.ModelProtoSchema, model);
  }
}

function keyOf({ dtype, shape, data }: Known): string {
  return `${dtype}[${shape.join()}]${Array.from(data as ArrayLike<number>, (value) => (Object.is(value, -0) ? '-0' : String(value))).join()}`;
}

function attribute(name: string, value: OnnxAttribute): onnx.AttributeProto {
  if (typeof value === 'number') return create(onnx.AttributeProtoSchema, { name, type: 2, i: BigInt(value) });
  if (typeof value === 'string')
    return create(onnx.AttributeProtoSchema, { name, type: 3, s: new TextEncoder().encode(value) });
  if ('float' in value) return create(onnx.AttributeProtoSchema, { name, type: 1, f: value.float });
  if ('floats' in value) return create(onnx.AttributeProtoSchema, { name, type: 6, floats: [...value.floats] });
  if ('text' in value) return create(onnx.AttributeProtoSchema, { name, type: 3, s: value.text });
  if ('texts' in value) return create(onnx.AttributeProtoSchema, { name, type: 8, strings: [...value.texts] });
  return create(onnx.AttributeProtoSchema, { name, type: 7, ints: value.map(BigInt) });
}

function tensorProto(name: string, known: Known): onnx.TensorProto {
  const { dtype, shape, data } = known;
  const head = { name, dataType: ONNX_TYPE_NUMBERS[dtype], dims: shape.map(BigInt) };
  if (dtype === 'DT_STRING') {
    return create(onnx.TensorProtoSchema, { ...head, stringData: Array.from(data as ArrayLike<Uint8Array>) });
  }
  return create(onnx.TensorProtoSchema, { ...head, rawData: rawBytes(dtype, data as ArrayLike<number>) });
}

function rawBytes(dtype: NumberType, data: ArrayLike<number>): Uint8Array {
  const storage = new NUMBER_STORAGE[dtype](data.length) as { [index: number]: number | bigint } & ArrayBufferView;
  const isLong = dtype === 'DT_INT64' || dtype === 'DT_UINT64';
  for (let i = 0; i < data.length; i++) storage[i] = isLong ? BigInt(data[i]) : data[i];
  return new Uint8Array(storage.buffer, storage.byteOffset, storage.byteLength);
}

function valueInfo(name: string, dtype: DataType, shape: readonly number[] | null): onnx.ValueInfoProto {
  const absurd = shape?.find((size) => !Number.isSafeInteger(size));
  if (absurd !== undefined) throw new Unsupported(`"${name}" has a side of ${absurd}`, []);
  const dim = shape?.map((size, axis) =>
    create(onnx.TensorShapeProto_DimensionSchema, {
      value:
        size >= 0
          ? { case: 'dimValue', value: BigInt(size) }
          : { case: 'dimParam', value: axis === 0 ? 'batch' : `${name}_${axis}` },
    }),
  );
  const tensorType = create(onnx.TypeProto_TensorSchema, {
    elemType: ONNX_TYPE_NUMBERS[dtype],
    ...(dim ? { shape: create(onnx.TensorShapeProtoSchema, { dim }) } : {}),
  });
  return create(onnx.ValueInfoProtoSchema, {
    name,
    type: create(onnx.TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }),
  });
}
