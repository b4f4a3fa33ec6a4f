/** @file Writes a LevelDB table: sorted keys with values, which is what the index of a TensorFlow checkpoint is. */
import { crc32c, maskCrc } from '../../crc32c.ts';

/** Every so many keys one is written in full, for readers that search. */
const RESTART_INTERVAL = 16;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** Two places of blocks, filled up to this, then the magic number. */
const FOOTER_BYTES = 48;

export interface TableEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * @param entries in any order, each key once
 * @returns the file's bytes: one block of entries, not compressed
 * Source: google/leveldb, doc/table_format.md.
 */
export function encodeTable(entries: readonly TableEntry[]): Uint8Array {
  const sorted = entries
    .map(({ key, value }) => ({ key: Buffer.from(key), value }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const file = new FileParts();
  const data = file.block(encodeBlock(sorted, RESTART_INTERVAL));
  const meta = file.block(encodeBlock([], 1));
  const last = sorted.at(-1)?.key ?? Buffer.alloc(0);
  const index = file.block(encodeBlock([{ key: successor(last), value: place(data) }], 1));
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.set(Buffer.concat([place(meta), place(index)]));
  footer.set(MAGIC, FOOTER_BYTES - MAGIC.length);
  return Buffer.concat([...file.parts, footer]);
}

interface BlockPlace {
  readonly offset: number;
  readonly size: number;
}

class FileParts {
  readonly parts: Uint8Array[] = [];
  #length = 0;

  /** Each block is followed by how it is compressed (0: not at all) and a checksum of both. */
  block(bytes: Uint8Array): BlockPlace {
    const checked = Buffer.concat([bytes, Buffer.of(0)]);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(maskCrc(crc32c(checked)));
    const written = { offset: this.#length, size: bytes.length };
    this.parts.push(checked, checksum);
    this.#length += checked.length + checksum.length;
    return written;
  }
}

/** A key is written as what it does not share with the one before. */
function encodeBlock(entries: readonly { key: Uint8Array; value: Uint8Array }[], restartInterval: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const restarts: number[] = entries.length === 0 ? [0] : [];
  let length = 0;
  let before: Uint8Array = new Uint8Array(0);
  for (const [index, { key, value }] of entries.entries()) {
    const isRestart = index % restartInterval === 0;
    if (isRestart) restarts.push(length);
    const shared = isRestart ? 0 : sharedLength(before, key);
    const head = [shared, key.length - shared, value.length].map(varint);
    for (const part of [...head, key.subarray(shared), value]) {
      parts.push(part);
      length += part.length;
    }
    before = key;
  }
  const tail = Buffer.alloc(4 * restarts.length + 4);
  for (const [index, start] of [...restarts, restarts.length].entries()) tail.writeUInt32LE(start, 4 * index);
  return Buffer.concat([...parts, tail]);
}

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** A short key that is not before this one. */
function successor(key: Uint8Array): Uint8Array {
  const place = key.findIndex((byte) => byte < 255);
  return place < 0 ? key : Buffer.concat([key.subarray(0, place), Buffer.of(key[place] + 1)]);
}

function place({ offset, size }: BlockPlace): Uint8Array {
  return Buffer.concat([varint(offset), varint(size)]);
}

/** Seven bits a byte, the lowest first. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}
