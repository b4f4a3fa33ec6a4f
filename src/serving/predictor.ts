/** @file The core that every protocol stands on: picks the version, decodes, batches, runs, gives probabilities. */
import { type ImageShape, PictorError } from '../contracts/index.ts';
import { decodePicture } from '../dataset/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import type { InferencePool } from '../runtime/index.ts';
import { BatchScheduler } from './batching.ts';
import type { LoadedVersion } from './loaded-version.ts';
import { type PredictedRows, unpackRows } from './packed-rows.ts';
import { ServedModels, type VersionStatus } from './served-models.ts';
import type { PictureManifest, Signatures } from './signatures.ts';

export interface PredictorOptions {
  readonly registry: ModelRegistry;
  readonly pool: InferencePool;
  /** Most pictures in one run of a graph. Default 32. */
  readonly maxBatch?: number;
  /** Most pictures of one version that are waiting or running; more are refused with `overloaded`. Default 512. */
  readonly maxPending?: number;
  /** Versions kept in memory. Default 16. */
  readonly maxLoaded?: number;
  /** Turns the bytes of a picture file into `[height, width, channels]` uint8. Default: as training does it. */
  readonly decode?: (bytes: Uint8Array, shape: ImageShape) => Promise<Uint8Array>;
  readonly log?: (level: 'info' | 'warn', message: string) => void;
}

/** Which model a request means; without a version, the latest. */
export interface ModelTarget {
  readonly name: string;
  readonly version?: number;
}

/** A version at work for one request. */
export interface ModelInUse {
  readonly manifest: PictureManifest;
  readonly signatures: Signatures;
  /**
   * @param pixels `[count, height, width, channels]`, 0..255; given away
   * @returns `[count, classes]` probabilities
   * @throws `overloaded`
   */
  predictPixels(pixels: Float32Array, count: number): Promise<Float32Array>;
  /** Decodes picture files, then predicts. @throws `image_invalid`, `image_too_large`, `overloaded` */
  predictPictures(files: readonly Uint8Array[]): Promise<PicturePredictions>;
  /** As the two above, with everything that the model's signatures give. */
  predictRows(input: RowsInput): Promise<PredictedRows>;
}

export type RowsInput =
  /** `[count, height, width, channels]`, 0..255; given away. */
  { readonly pixels: Float32Array; readonly count: number } | { readonly files: readonly Uint8Array[] };

export interface PicturePredictions {
  /** `[count, classes]` */
  readonly probabilities: Float32Array;
  /** What the model saw: `[height, width, channels]` uint8 each. */
  readonly seen: readonly Uint8Array[];
}

interface SeenRows {
  readonly rows: PredictedRows;
  readonly seen: readonly Uint8Array[];
}

/** Floats that may wait for a worker, over all of a version's pictures. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;
/** A decoded picture may take hundreds of megabytes before it is shrunk; so many are decoded at once. */
const MAX_DECODING = 4;

export class Predictor {
  readonly #options: Required<Omit<PredictorOptions, 'registry' | 'pool'>>;
  readonly #models: ServedModels;
  readonly #decoding: Turnstile;

  constructor(options: PredictorOptions) {
    const { registry, pool, maxBatch = 32, maxPending = 512, maxLoaded = 16 } = options;
    const { decode = decodePicture, log = () => {} } = options;
    this.#options = { maxBatch, maxPending, maxLoaded, decode, log };
    const scheduler = new BatchScheduler(pool.size);
    this.#models = new ServedModels({ registry, pool, scheduler, maxBatch, maxLoaded, log });
    this.#decoding = new Turnstile(MAX_DECODING);
  }

  /** Resolves when every model in the registry is known. */
  start(): Promise<void> {
    return this.#models.start();
  }

  /**
   * Runs `work` with the version that the target means now; the version stays loaded until the work is done, also when
   * it is replaced or deleted meanwhile.
   * @throws `model_not_found`, `model_version_not_found`, `model_broken`, `server_not_ready`, and what `work` throws
   */
  async use<T>(target: ModelTarget, work: (model: ModelInUse) => Promise<T>): Promise<T> {
    const { version, release } = await this.#models.hold(target.name, target.version);
    try {
      const predictPixels = (pixels: Float32Array, count: number) =>
        this.#admit(version, count, () => this.#submit(version, pixels, count));
      const predictPictures = (files: readonly Uint8Array[]) =>
        this.#admit(version, files.length, () => this.#predictPictures(version, files));
      return await work({
        manifest: version.manifest,
        signatures: version.signatures,
        predictPixels: async (pixels, count) => (await predictPixels(pixels, count)).probabilities,
        predictPictures: async (files) => {
          const { rows, seen } = await predictPictures(files);
          return { probabilities: rows.probabilities, seen };
        },
        predictRows: async (input) =>
          'pixels' in input ? predictPixels(input.pixels, input.count) : (await predictPictures(input.files)).rows,
      });
    } finally {
      release();
    }
  }

  /** States of a model's versions, highest first; empty for an unknown model. */
  status(name: string): Promise<VersionStatus[]> {
    return this.#models.status(name);
  }

  /** Waits for running requests, then frees every version. The pool is not closed. */
  close(): Promise<void> {
    return this.#models.close();
  }

  async #submit(
    { queue, layers, manifest }: LoadedVersion,
    pixels: Float32Array,
    count: number,
  ): Promise<PredictedRows> {
    return unpackRows(await queue.submit(pixels, count), count, manifest.labels.length, layers);
  }

  async #predictPictures(version: LoadedVersion, files: readonly Uint8Array[]): Promise<SeenRows> {
    const { input } = version.manifest;
    const { rowLength } = version;
    const decode = (file: Uint8Array) => this.#decoding.pass(() => this.#options.decode(file, input));
    const seen = await Promise.all(files.map(decode));
    const pixels = new Float32Array(files.length * rowLength);
    for (const [index, picture] of seen.entries()) pixels.set(picture, index * rowLength);
    return { rows: await this.#submit(version, pixels, files.length), seen };
  }

  /** Lets a request in while there is room. One that is larger than all the room gets in when nothing else is there. */
  async #admit<T>(version: LoadedVersion, count: number, work: () => Promise<T>): Promise<T> {
    const room = Math.min(this.#options.maxPending, Math.floor(MAX_PENDING_BYTES / (version.rowLength * 4)));
    if (version.pending > 0 && version.pending + count > room) {
      const seconds = Math.max(1, Math.ceil(version.pending * version.queue.secondsPerRow));
      const { name } = version.manifest;
      throw new PictorError(
        'overloaded',
        `Model "${name}" has ${version.pending} pictures waiting; with ${count} more it would be over ${room}.`,
        { details: { retryAfterSeconds: seconds } },
      );
    }
    version.pending += count;
    try {
      return await work();
    } finally {
      version.pending -= count;
    }
  }
}

/** Lets a number of tasks run at once; the others wait in order. */
class Turnstile {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async pass<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
