/** @file The variables of a model: an index of names, and shards that hold the numbers. */
import { fromBinary } from '@bufbuild/protobuf';
import type { DataType, TensorValue } from '../../../../contracts/index.ts';
import { dataTypeOf, tf } from '../../../../proto/index.ts';
import { crc32c, maskCrc } from '../../../crc32c.ts';
import type { ModelFiles } from '../files.ts';
import { damaged } from '../refuse.ts';
import { elementBytes, elementsOf, shapeOf, tensorFromBytes } from '../tensors.ts';
import { readTable } from './table.ts';
import { VarintReader } from './varint.ts';

export interface BundleEntry {
  /** Null for types that no tensor has, such as states of optimizers in variants. */
  readonly dtype: DataType | null;
  readonly shape: readonly number[];
  readonly shard: string;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
  /** A variable that was split over machines: its parts have keys of their own. */
  readonly sliced: boolean;
}

export interface Bundle {
  readonly entries: ReadonlyMap<string, BundleEntry>;
  /** @throws `model_file_invalid` */
  read(key: string): Promise<TensorValue>;
}

/**
 * Opens `PREFIX.index`. Every entry's size is checked against its type, shape and shard.
 * @throws `model_file_invalid`
 */
export async function openBundle(files: ModelFiles, prefix: string): Promise<Bundle> {
  const index = `${prefix}.index`;
  const entries = new Map<string, BundleEntry>();
  let shards: string[] | null = null;
  for await (const [key, value] of readTable(files, index)) {
    if (shards === null) {
      if (key !== '') throw damaged(files.name, `${index} does not begin with a header`);
      shards = shardNames(files, prefix, decode(files, index, tf.BundleHeaderProtoSchema, value));
      continue;
    }
    const entry = decode(files, index, tf.BundleEntryProtoSchema, value);
    entries.set(Buffer.from(key, 'latin1').toString('utf8'), entryOf(files, key, entry, shards));
  }
  if (shards === null) throw damaged(files.name, `${index} is empty`);
  await checkShards(files, entries);
  return { entries, read: (key) => readEntry(files, key, entries.get(key)) };
}

function decode<S extends typeof tf.BundleHeaderProtoSchema | typeof tf.BundleEntryProtoSchema>(
  files: ModelFiles,
  index: string,
  schema: S,
  bytes: Uint8Array,
): ReturnType<typeof fromBinary<S>> {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw damaged(files.name, `${index} holds an entry that is none`, undefined, cause);
  }
}

/** Nobody shards a classifier into more files. */
const MAX_SHARDS = 10_000;

function shardNames(files: ModelFiles, prefix: string, { numShards, endianness }: tf.BundleHeaderProto): string[] {
  if (endianness !== 0)
    throw damaged(files.name, 'its variables are in big-endian order', 'Save it on another machine.');
  if (numShards < 1 || numShards > MAX_SHARDS) throw damaged(files.name, `it claims ${numShards} files of variables`);
  const five = (number: number): string => String(number).padStart(5, '0');
  return Array.from({ length: numShards }, (_, shard) => `${prefix}.data-${five(shard)}-of-${five(numShards)}`);
}

function entryOf(files: ModelFiles, key: string, proto: tf.BundleEntryProto, shards: readonly string[]): BundleEntry {
  const dtype = dataTypeOf(proto.dtype);
  const shape = shapeOf(proto.shape) ?? [];
  const [offset, size] = [Number(proto.offset), Number(proto.size)];
  const shard = shards[proto.shardId];
  const refuse = (reason: string) => damaged(files.name, `the variable "${key.slice(0, 200)}" ${reason}`);
  if (shard === undefined) throw refuse(`is in file ${proto.shardId} of ${shards.length}`);
  if (!Number.isSafeInteger(offset + size) || offset < 0 || size < 0) throw refuse(`claims ${size} bytes at ${offset}`);
  const sliced = proto.slices.length > 0;
  if (dtype !== null && dtype !== 'DT_STRING' && !sliced) {
    let expected: number;
    try {
      expected = elementsOf(shape) * elementBytes(dtype);
    } catch (cause) {
      throw refuse(`has sizes that are none: ${(cause as Error).message}`);
    }
    if (expected !== size) throw refuse(`of shape [${shape.join(', ')}] needs ${expected} bytes, but has ${size}`);
  }
  return { dtype, shape, shard, offset, size, crc: proto.crc32c, sliced };
}

async function checkShards(files: ModelFiles, entries: ReadonlyMap<string, BundleEntry>): Promise<void> {
  const ends = new Map<string, number>();
  for (const { shard, offset, size } of entries.values())
    ends.set(shard, Math.max(ends.get(shard) ?? 0, offset + size));
  for (const [shard, end] of ends) {
    const bytes = await files.size(shard);
    const fix = 'Copy the whole folder, with every file in `variables`.';
    if (bytes === null) throw damaged(files.name, `${shard} is missing; it holds variables of the model`, fix);
    if (bytes < end)
      throw damaged(files.name, `${shard} has ${bytes} bytes, but ${end} are needed; it is cut off`, fix);
  }
}

async function readEntry(files: ModelFiles, key: string, entry: BundleEntry | undefined): Promise<TensorValue> {
  const refuse = (reason: string, cause?: unknown) =>
    damaged(files.name, `the variable "${key}" ${reason}`, undefined, cause);
  if (!entry) throw refuse('is not among its variables');
  const { dtype, shape, shard, offset, size, crc, sliced } = entry;
  if (sliced) throw refuse('was split over several machines; that is not read');
  if (dtype === null) throw refuse('has a type that is not read');
  const bytes = await files.read(shard, offset, size);
  try {
    if (dtype === 'DT_STRING') return { dtype, shape, data: texts(bytes, elementsOf(shape), crc) };
    if (maskCrc(crc32c(bytes)) !== crc) throw new RangeError('its checksum is wrong');
    return tensorFromBytes(dtype, shape, bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw refuse(`is damaged: ${cause.message}`, cause);
  }
}

/** The lengths, a CRC of them, then the texts; in the CRC of all, a length counts as 4 bytes. */
function texts(bytes: Uint8Array, count: number, expected: number): Uint8Array[] {
  if (count > bytes.length) throw new RangeError(`it claims ${count} texts in ${bytes.length} bytes`);
  const reader = new VarintReader(bytes);
  const lengths = Array.from({ length: count }, () => reader.next());
  if (lengths.some((length) => length > bytes.length)) throw new RangeError('a text is longer than all of them');
  let crc = crc32c(new Uint8Array(Uint32Array.from(lengths).buffer));
  const ofLengths = reader.take(4);
  if (new DataView(ofLengths.buffer, ofLengths.byteOffset).getUint32(0, true) !== maskCrc(crc)) {
    throw new RangeError('the checksum of its lengths is wrong');
  }
  crc = crc32c(ofLengths, crc);
  const values = lengths.map((length) => new Uint8Array(reader.take(length)));
  for (const value of values) crc = crc32c(value, crc);
  if (maskCrc(crc) !== expected) throw new RangeError('its checksum is wrong');
  return values;
}
