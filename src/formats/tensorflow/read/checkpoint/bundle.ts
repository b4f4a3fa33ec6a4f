/** @file The variables of a model: an index of names, and shards that hold the numbers. */
import { fromBinary } from '@bufbuild/protobuf';
import { type DataType, NUMBER_STORAGE, type TensorValue } from '../../../../contracts/index.ts';
import { dataTypeOf, tf } from '../../../../proto/index.ts';
import { crc32c, maskCrc } from '../../../crc32c.ts';
import type { ModelFiles } from '../files.ts';
import { damaged } from '../refuse.ts';
import { elementsOf, shapeOf, tensorFromBytes } from '../tensors.ts';
import { coveredBy, placeSlice, slicesOf, type TensorSlice } from './slices.ts';
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
  /** Of a variable that lies in parts; empty for those in one piece. */
  readonly slices: readonly TensorSlice[];
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
  const parts = new Map<string, BundleEntry>();
  let shards: string[] | null = null;
  for await (const [key, value] of readTable(files, index)) {
    if (shards === null) {
      if (key !== '') throw damaged(files.name, `${index} does not begin with a header`);
      shards = shardNames(files, prefix, decode(files, index, tf.BundleHeaderProtoSchema, value));
      continue;
    }
    const entry = decode(files, index, tf.BundleEntryProtoSchema, value);
    if (key.startsWith(PART)) parts.set(key, entryOf(files, key, entry, shards));
    else entries.set(Buffer.from(key, 'latin1').toString('utf8'), entryOf(files, key, entry, shards));
  }
  if (shards === null) throw damaged(files.name, `${index} is empty`);
  await checkShards(files, [...entries.values(), ...parts.values()]);
  return {
    entries,
    read: (key) => {
      const entry = entries.get(key);
      return entry && entry.slices.length > 0 ? readParts(files, key, entry, parts) : readEntry(files, key, entry);
    },
  };
}

/** Keys of parts of variables begin with a zero byte. */
const PART = '\x00';

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
  let expected: number;
  let slices: readonly TensorSlice[];
  try {
    expected =
      elementsOf(shape) * (dtype === null || dtype === 'DT_STRING' ? 1 : NUMBER_STORAGE[dtype].BYTES_PER_ELEMENT);
    slices = slicesOf(key, shape, proto.slices);
  } catch (cause) {
    throw refuse(`has sizes that are none: ${(cause as Error).message}`);
  }
  if (dtype !== null && dtype !== 'DT_STRING' && slices.length === 0) {
    if (expected !== size) throw refuse(`of shape [${shape.join(', ')}] needs ${expected} bytes, but has ${size}`);
  }
  return { dtype, shape, shard, offset, size, crc: proto.crc32c, slices };
}

async function checkShards(files: ModelFiles, entries: readonly BundleEntry[]): Promise<void> {
  const ends = new Map<string, number>();
  for (const { shard, offset, size } of entries) ends.set(shard, Math.max(ends.get(shard) ?? 0, offset + size));
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
  const { dtype, shape, shard, offset, size, crc } = entry;
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

/** A variable in one piece from its parts, which may lie in several shards. */
async function readParts(
  files: ModelFiles,
  key: string,
  { dtype, shape, slices }: BundleEntry,
  parts: ReadonlyMap<string, BundleEntry>,
): Promise<TensorValue> {
  const refuse = (reason: string) => damaged(files.name, `the variable "${key}" ${reason}`);
  if (dtype === null || dtype === 'DT_STRING') throw refuse('lies in parts that are no numbers');
  if (coveredBy(slices) !== elementsOf(shape)) throw refuse('is not what its parts are together');
  const width = NUMBER_STORAGE[dtype].BYTES_PER_ELEMENT;
  const whole = new Uint8Array(elementsOf(shape) * width);
  for (const slice of slices) {
    const part = parts.get(slice.key);
    if (!part || part.dtype !== dtype || part.shape.join() !== slice.sizes.join()) throw refuse('lacks a part');
    const { data } = await readEntry(files, key, part);
    const numbers = data as Uint8Array;
    placeSlice(whole, shape, slice, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), width);
  }
  return tensorFromBytes(dtype, shape, whole);
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
