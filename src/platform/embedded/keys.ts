/** @file Keys of the store: parts that sort as they should when compared byte by byte. */

const SEPARATOR = '\0';
/** No UTF-8 text contains this byte, so a prefix followed by it is past everything that starts with the prefix. */
const PAST_ALL_TEXT = Buffer.from([0xff]);
const SEQUENCE_BYTES = 8;

/** A name and what belongs to it. Names hold no NUL, so no name's range reaches into another's. */
export function textKey(name: string, rest: string): Buffer {
  return Buffer.from(name + SEPARATOR + rest);
}

/** The part after the name. */
export function textOf(key: Buffer): string {
  return key.toString('utf8', key.indexOf(0) + 1);
}

/** All keys of a name whose rest starts with the prefix. */
export function textRange(name: string, prefix: string): { start: Buffer; end: Buffer } {
  const start = textKey(name, prefix);
  return { start, end: Buffer.concat([start, PAST_ALL_TEXT]) };
}

/** A number as eight bytes, most significant first: sorts by value. */
export function sequenceKey(sequence: number): Buffer {
  const key = Buffer.alloc(SEQUENCE_BYTES);
  key.writeBigUInt64BE(BigInt(sequence));
  return key;
}

/** `prefix`, then a number. */
export function numberedKey(prefix: Buffer, sequence: number): Buffer {
  return Buffer.concat([prefix, sequenceKey(sequence)]);
}

/** The number that a key ends with. */
export function numberOf(key: Buffer): number {
  return Number(key.readBigUInt64BE(key.length - SEQUENCE_BYTES));
}

/** All keys made by `numberedKey` with this prefix, in order of their numbers. */
export function numberedRange(prefix: Buffer): { start: Buffer; end: Buffer } {
  return { start: prefix, end: Buffer.concat([prefix, Buffer.alloc(SEQUENCE_BYTES, 0xff)]) };
}
