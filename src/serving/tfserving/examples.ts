/** @file Bodies of `:classify` and `:regress`: features in JSON to serialised `tf.Example`s (`json_tensor.cc`). */
import { create, toBinary } from '@bufbuild/protobuf';
import { tf } from '../../proto/index.ts';
import { JsonDecimal, type JsonObject, type JsonValue } from '../json/values.ts';
import { base64Bytes, isBase64, typeName } from './json-tensors.ts';
import { formatError } from './request.ts';
import { invalidArgument, type TfServingError } from './status.ts';

/**
 * The features of the context are in every example; where both have one, the example's own counts.
 * @param document with integers and decimals told apart
 * @returns one serialised example each
 * @throws TfServingError
 */
export function readExamples(document: JsonObject): Uint8Array[] {
  const context = document.get('context');
  const shared = context === undefined ? new Uint8Array() : exampleBytes(context);
  const examples = document.get('examples');
  if (examples === undefined) {
    // The reference says `classify` of both.
    throw formatError(document, "When method is classify, key 'examples' is expected and was not found");
  }
  if (!Array.isArray(examples)) throw formatError(document, "Expecting 'examples' value to be an list/array");
  if (examples.length === 0) throw formatError(document, "'examples' value is an empty array");
  // Messages behind each other are one message, of whose map the later entries count.
  return examples.map((example) => Buffer.concat([shared, exampleBytes(example)]));
}

function exampleBytes(value: JsonValue): Uint8Array {
  if (!(value instanceof Map)) throw invalidArgument(`Example must be JSON object but got JSON ${typeName(value)}`);
  const feature: Record<string, tf.Feature> = Object.create(null);
  for (const [name, content] of value) {
    feature[name] = featureOf(name, Array.isArray(content) ? content : [content]);
  }
  const features = create(tf.FeaturesSchema);
  // Set, not copied: `__proto__` is a name as any other.
  features.feature = feature;
  return toBinary(tf.ExampleSchema, create(tf.ExampleSchema, { features }));
}

type Kind = 'bytes' | 'float' | 'int64';

/** The first element decides the kind; the others must be of the same. */
function featureOf(name: string, elements: readonly JsonValue[]): tf.Feature {
  const bytes: Uint8Array[] = [];
  const floats: number[] = [];
  const integers: bigint[] = [];
  let kind: Kind | undefined;
  const asKind = (own: Kind): void => {
    kind ??= own;
    if (kind !== own) throw invalidArgument(`Unexpected element type in feature: ${name} expecting type: ${kind}`);
  };
  for (const element of elements) {
    if (typeof element === 'string') {
      asKind('bytes');
      bytes.push(Buffer.from(element));
    } else if (element instanceof Map && isBase64(element)) {
      asKind('bytes');
      bytes.push(base64Bytes(element));
    } else if (element === null || element instanceof Map || Array.isArray(element)) {
      throw unexpectedElement(name, element);
    } else if (element instanceof JsonDecimal || (typeof element === 'number' && !Number.isInteger(element))) {
      asKind('float');
      floats.push(Math.fround(element instanceof JsonDecimal ? element.value : element));
    } else {
      asKind('int64');
      integers.push(int64Of(name, element));
    }
  }
  if (kind === 'bytes') return feature({ case: 'bytesList', value: create(tf.BytesListSchema, { value: bytes }) });
  if (kind === 'float') return feature({ case: 'floatList', value: create(tf.FloatListSchema, { value: floats }) });
  if (kind === 'int64') return feature({ case: 'int64List', value: create(tf.Int64ListSchema, { value: integers }) });
  return feature({ case: undefined });
}

function feature(kind: tf.Feature['kind']): tf.Feature {
  return create(tf.FeatureSchema, { kind });
}

function int64Of(name: string, value: number | bigint | boolean): bigint {
  const integer = BigInt(value);
  if (integer < 2n ** 63n) return integer;
  throw invalidArgument(`Feature: ${name} has uint64_t element. Only int64_t is supported.`);
}

function unexpectedElement(name: string, value: JsonValue): TfServingError {
  return invalidArgument(`Feature: ${name} has element with unexpected JSON type: ${typeName(value)}`);
}
