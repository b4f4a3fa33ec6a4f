/** @file Writes a TensorFlow checkpoint: `variables.index`, and one file with all numbers. */
import { create, toBinary } from '@bufbuild/protobuf';
import { tf } from '../../../proto/index.ts';
import { crc32c, maskCrc } from '../../crc32c.ts';
import { shapeProto, typeNumber } from './attributes.ts';
import { encodeTable, type TableEntry, varint } from './table.ts';

export type BundleTensor =
  | { readonly type: 'DT_FLOAT'; readonly shape: readonly number[]; readonly data: Float32Array }
  /** One text. */
  | { readonly type: 'DT_STRING'; readonly data: Uint8Array };

export interface Bundle {
  readonly index: Uint8Array;
  readonly data: Uint8Array;
}

/** @param tensors by their keys. Source: tensorflow/core/util/tensor_bundle/tensor_bundle.cc */
export function encodeBundle(tensors: ReadonlyMap<string, BundleTensor>): Bundle {
  const header = create(tf.BundleHeaderProtoSchema, { numShards: 1, endianness: 0, version: { producer: 1 } });
  const entries: TableEntry[] = [{ key: '', value: toBinary(tf.BundleHeaderProtoSchema, header) }];
  const parts: Uint8Array[] = [];
  let offset = 0;
  // In the order of their keys.
  const sorted = [...tensors].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const [key, tensor] of sorted) {
    const { bytes, checksum } = tensor.type === 'DT_FLOAT' ? numbers(tensor.data) : text(tensor.data);
    const entry = create(tf.BundleEntryProtoSchema, {
      dtype: typeNumber(tensor.type),
      shape: shapeProto(tensor.type === 'DT_FLOAT' ? tensor.shape : []),
      offset: BigInt(offset),
      size: BigInt(bytes.length),
      crc32c: checksum,
    });
    entries.push({ key, value: toBinary(tf.BundleEntryProtoSchema, entry) });
    parts.push(bytes);
    offset += bytes.length;
  }
  return { index: encodeTable(entries), data: Buffer.concat(parts) };
}

interface Written {
  readonly bytes: Uint8Array;
  readonly checksum: number;
}

function numbers(data: Float32Array): Written {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { bytes, checksum: maskCrc(crc32c(bytes)) };
}

/** Its length, a checksum of that (as four bytes), then its bytes; the checksum of all counts the length as four bytes, too. */
function text(data: Uint8Array): Written {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  const ofLength = Buffer.alloc(4);
  ofLength.writeUInt32LE(maskCrc(crc32c(length)));
  return {
    bytes: Buffer.concat([varint(data.length), ofLength, data]),
    checksum: maskCrc(crc32c(Buffer.concat([length, ofLength, data]))),
  };
}
