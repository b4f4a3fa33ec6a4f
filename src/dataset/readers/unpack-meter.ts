/** @file Counts what comes out of an archive and stops a decompression bomb. */
import { PictorError } from '../../contracts/index.ts';
import type { DatasetLimits } from '../limits.ts';

export class UnpackMeter {
  readonly #limits: DatasetLimits;
  readonly #packedBytes: number;
  #bytes = 0;
  #files = 0;

  /** @param packedBytes length of the archive itself. */
  constructor(limits: DatasetLimits, packedBytes: number) {
    this.#limits = limits;
    this.#packedBytes = packedBytes;
  }

  /** @throws archive_bomb over `maxUnpackedBytes`, or over `maxUnpackRatio` once past what is harmless. */
  addBytes(bytes: number): void {
    this.#bytes += bytes;
    const { maxUnpackedBytes, maxUnpackRatio, harmlessUnpackedBytes } = this.#limits;
    if (this.#bytes > maxUnpackedBytes) {
      throw new PictorError(
        'archive_bomb',
        `The archive of ${this.#packedBytes} bytes unpacks to more than the ${maxUnpackedBytes} bytes that are accepted.`,
        { details: { packedBytes: this.#packedBytes, maxUnpackedBytes } },
      );
    }
    if (this.#bytes > harmlessUnpackedBytes && this.#bytes > this.#packedBytes * maxUnpackRatio) {
      throw new PictorError(
        'archive_bomb',
        `The archive of ${this.#packedBytes} bytes unpacks to more than ${maxUnpackRatio} times its length; pictures and weights do not shrink like that.`,
        { details: { packedBytes: this.#packedBytes, maxUnpackRatio } },
      );
    }
  }

  /** @throws dataset_too_large over `maxFiles`. */
  addFile(): void {
    this.#files += 1;
    if (this.#files > this.#limits.maxFiles) {
      throw new PictorError(
        'dataset_too_large',
        `The dataset has more than ${this.#limits.maxFiles} files and folders.`,
        {
          details: { maxFiles: this.#limits.maxFiles },
        },
      );
    }
  }
}
