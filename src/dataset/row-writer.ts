/** @file Writes picture rows to their places in one file, neighbours together. */
import { type FileHandle, open } from 'node:fs/promises';

const BUFFER_BYTES = 4 * 2 ** 20;

export class RowWriter {
  readonly #file: FileHandle;
  readonly #rowBytes: number;
  readonly #buffer: Uint8Array;
  #firstRow = 0;
  #rows = 0;

  private constructor(file: FileHandle, rowBytes: number) {
    this.#file = file;
    this.#rowBytes = rowBytes;
    this.#buffer = new Uint8Array(Math.max(1, Math.floor(BUFFER_BYTES / rowBytes)) * rowBytes);
  }

  static async create(path: string, rowBytes: number): Promise<RowWriter> {
    return new RowWriter(await open(path, 'w'), rowBytes);
  }

  /** Copies the row; it may be used again at once. */
  async write(row: number, bytes: Uint8Array): Promise<void> {
    const isFull = (this.#rows + 1) * this.#rowBytes > this.#buffer.length;
    if (isFull || row !== this.#firstRow + this.#rows) {
      await this.#flush();
      this.#firstRow = row;
    }
    this.#buffer.set(bytes, this.#rows * this.#rowBytes);
    this.#rows += 1;
  }

  /** Writes what is left and closes the file. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.close();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    const length = this.#rows * this.#rowBytes;
    let done = 0;
    while (done < length) {
      const { bytesWritten } = await this.#file.write(
        this.#buffer,
        done,
        length - done,
        this.#firstRow * this.#rowBytes + done,
      );
      done += bytesWritten;
    }
    this.#firstRow += this.#rows;
    this.#rows = 0;
  }
}
