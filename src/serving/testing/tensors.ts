/** @file Tensors and `tf.Example`s in few words, for tests. */
import { create, toBinary } from '@bufbuild/protobuf';
import type { TensorValue } from '../../contracts/index.ts';
import { tf } from '../../proto/index.ts';

/** Of `DT_FLOAT`. */
export const float = (shape: readonly number[], ...data: number[]): TensorValue => {
  return { dtype: 'DT_FLOAT', shape, data: Float32Array.from(data) };
};
/** Of `DT_STRING`, one dimension. */
export const texts = (...data: (string | Uint8Array)[]): TensorValue => {
  return { dtype: 'DT_STRING', shape: [data.length], data: data.map((text) => Buffer.from(text)) };
};
export const textOf = (tensor: TensorValue | undefined): string[] =>
  ((tensor?.data ?? []) as Uint8Array[]).map((text) => Buffer.from(text).toString());

type FeatureKind = tf.Feature['kind'];
/** Serialised. */
export function example(features: Readonly<Record<string, FeatureKind>>): Uint8Array {
  const feature = Object.fromEntries(
    Object.entries(features).map(([key, kind]) => [key, create(tf.FeatureSchema, { kind })]),
  );
  return toBinary(tf.ExampleSchema, create(tf.ExampleSchema, { features: create(tf.FeaturesSchema, { feature }) }));
}
export const floats = (...value: number[]): FeatureKind => ({
  case: 'floatList',
  value: create(tf.FloatListSchema, { value }),
});
export const ints = (...value: bigint[]): FeatureKind => ({
  case: 'int64List',
  value: create(tf.Int64ListSchema, { value }),
});
export const bytes = (...value: Uint8Array[]): FeatureKind => ({
  case: 'bytesList',
  value: create(tf.BytesListSchema, { value }),
});
