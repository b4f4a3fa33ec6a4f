/** @file The outermost fields of a protobuf message, of which perhaps only the beginning is at hand. */

export interface WireField {
  readonly number: number;
  /** Of fields that hold a number; undefined for those with a length. */
  readonly varint?: number;
}

const WIRE = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

/**
 * @param start first bytes of a message; the last field may go on behind them
 * @returns null when they begin no message
 */
export function messageFields(start: Uint8Array): WireField[] | null {
  const fields: WireField[] = [];
  let offset = 0;
  const varint = (): number | null => {
    let value = 0;
    for (let shift = 0; shift < 10; shift += 1) {
      const byte = start[offset];
      if (byte === undefined) return null;
      offset += 1;
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    return null;
  };
  while (offset < start.length) {
    const key = varint();
    if (key === null) return null;
    const number = Math.floor(key / 8);
    const type = key % 8;
    if (number < 1 || number > 2 ** 29) return null;
    if (type === WIRE.varint) {
      const value = varint();
      if (value === null) return null;
      fields.push({ number, varint: value });
    } else if (type === WIRE.length) {
      const length = varint();
      if (length === null) return null;
      fields.push({ number });
      offset += length;
    } else if (type === WIRE.fixed32 || type === WIRE.fixed64) {
      fields.push({ number });
      offset += type === WIRE.fixed32 ? 4 : 8;
    } else return null;
  }
  return fields;
}
