/**
 * @file A sorted table of LevelDB, as the index of a checkpoint is one: blocks of keys that share prefixes, each with a CRC.
 * Source: github.com/google/leveldb, doc/table_format.md.
 */
import { crc32c, maskCrc } from '../../../crc32c.ts';
import type { ModelFiles } from '../files.ts';
import { damaged } from '../refuse.ts';
import { unpackSnappy } from './snappy.ts';
import { VarintReader } from './varint.ts';

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** Kind of compression and CRC follow every block. */
const TRAILER_BYTES = 5;
/** Writers begin a new block after 256 KiB; one key's value may be as long as it is. */
const MAX_BLOCK_BYTES = 1 << 28;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** All keys (as latin1) and values, in order. Reads block by block. @throws `model_file_invalid` */
export async function* readTable(files: ModelFiles, file: string): AsyncGenerator<readonly [string, Uint8Array]> {
  const bytes = await files.size(file);
  if (bytes === null) throw damaged(files.name, `${file} is missing`);
  if (bytes < FOOTER_BYTES)
    throw damaged(files.name, `${file} has ${bytes} bytes; a table has at least ${FOOTER_BYTES}`);
  const footer = await files.read(file, bytes - FOOTER_BYTES, FOOTER_BYTES);
  const magic = new DataView(footer.buffer, footer.byteOffset).getBigUint64(40, true);
  if (magic !== MAGIC)
    throw damaged(files.name, `${file} does not end as a table of checkpoints does; it may be cut off`);
  try {
    const reader = new VarintReader(footer);
    handleOf(reader);
    let before: string | null = null;
    for (const [, value] of entriesOf(await blockAt(files, file, bytes, handleOf(reader)))) {
      const block = await blockAt(files, file, bytes, handleOf(new VarintReader(value)));
      for (const [key, content] of entriesOf(block)) {
        if (before !== null && key <= before) throw new RangeError('its keys are out of order');
        before = key;
        yield [key, content];
      }
    }
  } catch (cause) {
    if (cause instanceof RangeError)
      throw damaged(files.name, `${file} is damaged: ${cause.message}`, undefined, cause);
    throw cause;
  }
}

function handleOf(reader: VarintReader): Handle {
  return { offset: reader.next(), size: reader.next() };
}

async function blockAt(files: ModelFiles, file: string, bytes: number, { offset, size }: Handle): Promise<Uint8Array> {
  if (size > MAX_BLOCK_BYTES || offset + size + TRAILER_BYTES > bytes) {
    throw new RangeError(`a block of ${size} bytes at byte ${offset} does not fit in the file of ${bytes}`);
  }
  const raw = await files.read(file, offset, size + TRAILER_BYTES);
  const expected = new DataView(raw.buffer, raw.byteOffset).getUint32(size + 1, true);
  if (maskCrc(crc32c(raw.subarray(0, size + 1))) !== expected) {
    throw new RangeError(`the checksum of the block at byte ${offset} is wrong`);
  }
  const kind = raw[size];
  if (kind === 0) return raw.subarray(0, size);
  if (kind === 1) return unpackSnappy(raw.subarray(0, size), MAX_BLOCK_BYTES);
  throw new RangeError(`the block at byte ${offset} has the unknown compression ${kind}`);
}

/** At the end are the places of keys without a shared prefix, and how many; only the latter matters for reading in order. */
function* entriesOf(block: Uint8Array): Generator<readonly [string, Uint8Array]> {
  if (block.length < 4) throw new RangeError('a block is too short');
  const restarts = new DataView(block.buffer, block.byteOffset + block.length - 4).getUint32(0, true);
  const end = block.length - 4 * (restarts + 1);
  if (end < 0) throw new RangeError('a block has more restarts than bytes');
  const reader = new VarintReader(block.subarray(0, end));
  let key = '';
  while (reader.at < end) {
    const [shared, own, length] = [reader.next(), reader.next(), reader.next()];
    if (shared > key.length) throw new RangeError('a key shares more than there is');
    key = key.slice(0, shared) + Buffer.from(reader.take(own)).toString('latin1');
    yield [key, reader.take(length)];
  }
}
