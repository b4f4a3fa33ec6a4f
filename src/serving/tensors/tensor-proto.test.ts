import { readFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DATA_TYPES, type TensorValue } from '../../contracts/index.ts';
import { DATA_TYPE_NUMBERS, tf } from '../../proto/index.ts';
import { bytesOfStorage } from './storage.ts';
import { protoOfTensor, TENSOR_FORMS, tensorOfProto } from './tensor-proto.ts';

interface Row {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly proto: string;
  /** Hex of all numbers, or of every text. */
  readonly values: string | readonly string[];
}

const fixtures: { readonly made: readonly Row[]; readonly short: readonly Row[] } = JSON.parse(
  readFileSync(new URL('testing/tensor-protos.json', import.meta.url), 'utf8'),
);
const { DT_FLOAT, DT_STRING } = DATA_TYPE_NUMBERS;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const protoOf = (row: Row) => fromBinary(tf.TensorProtoSchema, new Uint8Array(Buffer.from(row.proto, 'hex')));
const plain = (value: TensorValue) => ({
  dtype: value.dtype,
  shape: value.shape,
  values: value.dtype === 'DT_STRING' ? value.data.map(hex) : hex(bytesOfStorage(value.data)),
});
const told = ({ dtype, shape, values }: Row) => ({ dtype, shape, values });

describe('tensors as TensorFlow writes them', () => {
  it.each(fixtures.made)('$dtype $shape as clients make it', (row) => {
    expect(plain(tensorOfProto(protoOf(row)))).toEqual(told(row));
  });

  it.each(fixtures.short)('$dtype $shape from a list that is too short', (row) => {
    expect(plain(tensorOfProto(protoOf(row)))).toEqual(told(row));
  });

  it('are there for every type', () => {
    expect(new Set(fixtures.made.map(({ dtype }) => dtype))).toEqual(new Set(DATA_TYPES));
  });

  it.each(fixtures.made.filter(({ shape }) => shape.length === 2 && shape[0] > 0))(
    '$dtype: answers in both forms hold the same numbers',
    (row) => {
      const value = tensorOfProto(protoOf(row));
      for (const form of TENSOR_FORMS) {
        const proto = fromBinary(tf.TensorProtoSchema, toBinary(tf.TensorProtoSchema, protoOfTensor(value, form)));
        expect(plain(tensorOfProto(proto))).toEqual(told(row));
        expect(proto.tensorContent.length > 0).toBe(form === 'content' && value.dtype !== 'DT_STRING');
      }
      // TensorFlow takes bytes for most types and lists for some.
      const encoded = TENSOR_FORMS.map((form) => hex(toBinary(tf.TensorProtoSchema, protoOfTensor(value, form))));
      expect(encoded).toContain(row.proto);
    },
  );
});

describe('what is no tensor', () => {
  const dims = (...sizes: (number | bigint)[]) => ({ dim: sizes.map((size) => ({ size: BigInt(size) })) });
  it.each([
    ['a type of no number', { dtype: 0 }, 'data type 0 is not supported'],
    ['complex numbers', { dtype: 8 }, 'data type 8 is not supported'],
    ['unknown rank', { dtype: DT_FLOAT, tensorShape: { unknownRank: true } }, 'its shape is unknown'],
    ['a negative size', { dtype: DT_FLOAT, tensorShape: dims(2, -1) }, 'shape [2,-1] has a negative size'],
    [
      'a terabyte in a few bytes',
      { dtype: DT_FLOAT, tensorShape: dims(2 ** 20, 2 ** 20), floatVal: [1] },
      'shape [1048576,1048576] is more than 1024 MiB',
    ],
    [
      'sizes that overflow',
      { dtype: DT_FLOAT, tensorShape: dims(2n ** 62n, 0) },
      'shape [4611686018427387904,0] is more than 1024 MiB',
    ],
    [
      'a billion texts in a few bytes',
      { dtype: DT_STRING, tensorShape: dims(10 ** 9), stringVal: [new Uint8Array(1)] },
      'shape [1000000000] is more than 1024 MiB',
    ],
    [
      'millions of rows in a few bytes',
      { dtype: DT_FLOAT, tensorShape: dims(300_000, 1), floatVal: [1] },
      'its list lacks 299999 of 300000 values; at most 262144 may be left out',
    ],
    [
      'millions of texts in a few bytes',
      { dtype: DT_STRING, tensorShape: dims(300_000), stringVal: [new Uint8Array(1)] },
      'its list lacks 299999 of 300000 values; at most 262144 may be left out',
    ],
    ['300 dimensions', { dtype: DT_FLOAT, tensorShape: dims(...Array(300).fill(1)) }, /300 dimensions, more than 254/],
    [
      'content of another size',
      { dtype: DT_FLOAT, tensorShape: dims(2), tensorContent: new Uint8Array(7) },
      'tensor_content has 7 bytes, expected 8',
    ],
    [
      'texts as content',
      { dtype: DT_STRING, tensorShape: dims(1), tensorContent: new Uint8Array(7) },
      'strings must be in string_val, not in tensor_content',
    ],
  ])('%s', (_, init, message) => {
    expect(() => tensorOfProto(create(tf.TensorProtoSchema, init))).toThrow(message);
  });

  it('a list that is too long is cut, as TensorFlow does', () => {
    const proto = create(tf.TensorProtoSchema, { dtype: DT_FLOAT, tensorShape: dims(1), floatVal: [1, 2] });
    expect(tensorOfProto(proto)).toEqual({ dtype: 'DT_FLOAT', shape: [1], data: new Float32Array([1]) });
  });
});
