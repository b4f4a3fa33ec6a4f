/** @file Protobuf's numbers of varying length. */

export class VarintReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** @throws RangeError when it does not end, or is no safe integer */
  next(): number {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      if (this.at >= this.#bytes.length) break;
      const byte = this.#bytes[this.at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new RangeError(`no number at byte ${this.at}`);
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at) throw new RangeError(`${length} bytes do not follow byte ${this.at}`);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}
