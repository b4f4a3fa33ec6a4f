/** @file Attributes of TensorFlow's nodes and the tensors in them, from plain values. */
import { create } from '@bufbuild/protobuf';
import { DATA_TYPE_NUMBERS, tf } from '../../../proto/index.ts';
import type { TfType } from './ops.ts';

/** -1 is any size; null any shape. */
export type TfShape = readonly number[] | null;

export function typeNumber(type: TfType): number {
  if (type === 'DT_RESOURCE') return 20;
  return type === 'DT_VARIANT' ? 21 : DATA_TYPE_NUMBERS[type];
}

export function shapeProto(shape: TfShape): tf.TensorShapeProto {
  if (shape === null) return create(tf.TensorShapeProtoSchema, { unknownRank: true });
  return create(tf.TensorShapeProtoSchema, { dim: shape.map((size) => ({ size: BigInt(size), name: '' })) });
}

const make = (value: tf.AttrValue['value']): tf.AttrValue => create(tf.AttrValueSchema, { value });
const list = (value: Partial<Omit<tf.AttrValue_ListValue, '$typeName' | '$unknown'>>): tf.AttrValue =>
  make({ case: 'list', value: create(tf.AttrValue_ListValueSchema, value) });

export const attribute = {
  type: (type: TfType) => make({ case: 'type', value: typeNumber(type) }),
  types: (...types: TfType[]) => list({ type: types.map(typeNumber) }),
  int: (value: number) => make({ case: 'i', value: BigInt(value) }),
  ints: (values: readonly number[]) => list({ i: values.map(BigInt) }),
  float: (value: number) => make({ case: 'f', value }),
  flag: (value: boolean) => make({ case: 'b', value }),
  text: (value: string) => make({ case: 's', value: Buffer.from(value) }),
  texts: (values: readonly string[]) => list({ s: values.map((value) => Buffer.from(value)) }),
  shape: (shape: TfShape) => make({ case: 'shape', value: shapeProto(shape) }),
  shapes: (shapes: readonly TfShape[]) => list({ shape: shapes.map(shapeProto) }),
  tensor: (tensor: tf.TensorProto) => make({ case: 'tensor', value: tensor }),
  func: (name: string) => make({ case: 'func', value: create(tf.NameAttrListSchema, { name }) }),
  funcs: (names: readonly string[]) => list({ func: names.map((name) => create(tf.NameAttrListSchema, { name })) }),
};

export function floats(values: ArrayLike<number>, shape: readonly number[]): tf.TensorProto {
  const data = Float32Array.from(values);
  return tensor('DT_FLOAT', shape, { tensorContent: new Uint8Array(data.buffer) });
}

export function integers(values: readonly number[], shape: readonly number[]): tf.TensorProto {
  return tensor('DT_INT32', shape, { intVal: [...values] });
}

export function texts(values: readonly (string | Uint8Array)[], shape: readonly number[]): tf.TensorProto {
  return tensor('DT_STRING', shape, { stringVal: values.map((value) => Buffer.from(value as string)) });
}

function tensor(
  type: TfType,
  shape: readonly number[],
  values: { tensorContent?: Uint8Array; intVal?: number[]; stringVal?: Uint8Array[] },
): tf.TensorProto {
  return create(tf.TensorProtoSchema, { dtype: typeNumber(type), tensorShape: shapeProto(shape), ...values });
}
