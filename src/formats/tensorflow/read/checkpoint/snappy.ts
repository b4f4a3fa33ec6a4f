/** @file Snappy's block format, unpacked. Source: github.com/google/snappy, format_description.txt. */
import { VarintReader } from './varint.ts';

/**
 * @param maxBytes a block that says it is longer is not unpacked
 * @throws RangeError for bytes that are no such block
 */
export function unpackSnappy(block: Uint8Array, maxBytes: number): Uint8Array {
  const reader = new VarintReader(block);
  const length = reader.next();
  if (length > maxBytes) throw new RangeError(`a block claims ${length} bytes; at most ${maxBytes} are unpacked`);
  const result = new Uint8Array(length);
  let end = 0;
  while (reader.at < block.length) {
    const [tag] = reader.take(1);
    if ((tag & 3) === 0) {
      const literal = reader.take(literalLength(reader, tag >> 2));
      if (end + literal.length > length) throw new RangeError('a block is longer than it says');
      result.set(literal, end);
      end += literal.length;
      continue;
    }
    const { count, distance } = copyOf(reader, tag);
    if (distance === 0 || distance > end || end + count > length)
      throw new RangeError('a copy points out of its block');
    // Byte by byte: a copy may overlap what it writes.
    for (let i = 0; i < count; i++, end++) result[end] = result[end - distance];
  }
  if (end !== length) throw new RangeError('a block is shorter than it says');
  return result;
}

function literalLength(reader: VarintReader, code: number): number {
  if (code < 60) return code + 1;
  return littleEndian(reader.take(code - 59)) + 1;
}

function copyOf(reader: VarintReader, tag: number): { readonly count: number; readonly distance: number } {
  if ((tag & 3) === 1) return { count: ((tag >> 2) & 7) + 4, distance: (tag >> 5) * 256 + reader.take(1)[0] };
  return { count: (tag >> 2) + 1, distance: littleEndian(reader.take((tag & 3) === 2 ? 2 : 4)) };
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
