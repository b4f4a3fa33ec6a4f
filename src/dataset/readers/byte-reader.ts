/** @file Reads records of known length from a stream of chunks. */

/** Thrown when a stream ends inside a record; readers turn it into the error of their format. */
export class UnexpectedEnd extends Error {
  override readonly name = 'UnexpectedEnd';
}

export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #offset = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `length` bytes, valid until the next call. @throws UnexpectedEnd */
  async read(length: number): Promise<Uint8Array> {
    if (this.#chunk.length - this.#offset >= length) return this.#take(length);
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#offset === this.#chunk.length && !(await this.#next())) {
        throw new UnexpectedEnd(`Expected ${length} more bytes, found ${filled}.`);
      }
      const part = this.#take(Math.min(length - filled, this.#chunk.length - this.#offset));
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  /** Records of `length` bytes, `count` of them, each valid until the next one. @throws UnexpectedEnd */
  async *records(length: number, count: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let i = 0; i < count; i++) {
      const isInChunk = this.#chunk.length - this.#offset >= length;
      yield isInChunk ? this.#take(length) : await this.read(length);
    }
  }

  /** Whether nothing is left. */
  async isAtEnd(): Promise<boolean> {
    while (this.#offset === this.#chunk.length) {
      if (!(await this.#next())) return true;
    }
    return false;
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #take(length: number): Uint8Array {
    const part = this.#chunk.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return part;
  }

  async #next(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    if (done) return false;
    this.#chunk = value;
    this.#offset = 0;
    return true;
  }
}

/** All bytes of a stream, or null when there are more than `maxBytes`. */
export async function readAll(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes) return null;
    parts.push(chunk);
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
}
