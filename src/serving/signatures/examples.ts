/** @file Serialised `tf.Example`s to tensors, with the rules and texts of TensorFlow's ParseExample. */
import { fromBinary } from '@bufbuild/protobuf';
import { type ExampleFeature, PictorError, type TensorValue } from '../../contracts/index.ts';
import { tf } from '../../proto/index.ts';
import { newStorage } from '../tensors/storage.ts';
import { product } from '../tensors.ts';

/** Words of the messages. */
const TYPE_NAMES = { DT_FLOAT: 'float', DT_INT64: 'int64', DT_STRING: 'string' } as const;
const LIST_TYPES = { floatList: 'DT_FLOAT', int64List: 'DT_INT64', bytesList: 'DT_STRING' } as const;

export type ParsedExample = Readonly<Record<string, tf.Feature>>;

/** @throws `example_invalid` (details `index`) when bytes are no `tf.Example` */
export function parseExamples(serialised: readonly Uint8Array[]): ParsedExample[] {
  return serialised.map((bytes, index) => {
    try {
      return fromBinary(tf.ExampleSchema, bytes).features?.feature ?? {};
    } catch (cause) {
      throw new PictorError('example_invalid', `Could not parse example input, number ${index}.`, {
        details: { reason: 'parse', index },
        cause,
      });
    }
  });
}

/**
 * One feature of all examples: `[n, ...shape]`.
 * @throws `example_invalid` (details `reason`: `missing`, `type` or `count`; `key`, `index`)
 */
export function featureTensor(examples: readonly ParsedExample[], feature: ExampleFeature): TensorValue {
  const width = product(feature.shape);
  const data = newStorage(feature.dtype, examples.length * width) as unknown as unknown[];
  for (const [index, example] of examples.entries()) {
    const values = valuesOf(example, feature, index, width);
    for (let i = 0; i < width; i++) data[index * width + i] = values[i];
  }
  return { dtype: feature.dtype, shape: [examples.length, ...feature.shape], data } as unknown as TensorValue;
}

function valuesOf(example: ParsedExample, feature: ExampleFeature, index: number, width: number): ArrayLike<unknown> {
  const { key, dtype } = feature;
  const kind = Object.hasOwn(example, key) ? example[key].kind : undefined;
  if (kind?.case === undefined) return defaultOf(feature, index, width);
  const got = LIST_TYPES[kind.case];
  if (got !== dtype) {
    throw invalid(
      `Name: <unknown>, Key: ${key}, Index: ${index}.  Data types don't match. Expected type: ${TYPE_NAMES[dtype]} but got type: ${TYPE_NAMES[got]}`,
      { reason: 'type', key, index, expected: dtype, got },
    );
  }
  const values: ArrayLike<unknown> = kind.value.value;
  if (values.length === width) return values;
  throw invalid(
    `Name: <unknown>, Key: ${key}, Index: ${index}.  Number of ${TYPE_NAMES[dtype]} values != expected.  Values size: ${values.length} but output shape: [${feature.shape}]`,
    { reason: 'count', key, index, expected: width, got: values.length },
  );
}

function defaultOf(feature: ExampleFeature, index: number, width: number): ArrayLike<unknown> {
  const { key, dtype, default: values } = feature;
  if (values === null) {
    throw invalid(
      `Name: <unknown>, Feature: ${key} (data type: ${TYPE_NAMES[dtype]}) is required but could not be found.`,
      {
        reason: 'missing',
        key,
        index,
      },
    );
  }
  // One value stands for all of them.
  return Array.from({ length: width }, (_, i) => stored(values[Math.min(i, values.length - 1)], dtype));
}

function stored(value: number | string, dtype: ExampleFeature['dtype']): unknown {
  if (dtype === 'DT_INT64') return BigInt(value);
  return dtype === 'DT_STRING' ? Buffer.from(String(value)) : Number(value);
}

function invalid(message: string, details: Readonly<Record<string, unknown>>): PictorError {
  return new PictorError('example_invalid', message, { details });
}
