/** @file Decodes every picture of a dataset once into rows of one file. */
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { type DatasetManifest, type ImageShape, PictorError } from '../contracts/index.ts';
import { type DecodedPicture, decodePixels } from './decode.ts';
import type { Findings } from './findings.ts';
import type { DatasetLimits } from './limits.ts';
import { resizePixels } from './resize.ts';
import { RowWriter } from './row-writer.ts';
import type { ScannedDataset, SourcePicture } from './scanned.ts';
import { ShapeGuess } from './shape-guess.ts';

/** Pictures decoded at once: enough to keep sharp's threads busy while the next file is read. */
const MAX_IN_FLIGHT = 4;
const TINY_SIDE = 8;

export interface MaterialiseOptions {
  readonly image: Partial<ImageShape>;
  readonly limits: DatasetLimits;
  readonly findings: Findings;
  readonly signal?: AbortSignal;
  readonly onPicture?: (done: number) => void;
}

export interface Materialised {
  readonly image: ImageShape;
  /** 1 for each item that could be read, in the order of the items; item i is row i. */
  readonly isReadable: Uint8Array;
  readonly originalSizes: DatasetManifest['originalSizes'];
}

type Outcome =
  | { readonly kind: 'picture'; readonly item: number; readonly picture: DecodedPicture }
  | { readonly kind: 'left_out'; readonly item: number; readonly code: 'corrupt_image' | 'image_too_large' };

/**
 * @param directory where `file` goes, for the check of free space
 * @throws dataset_too_large, disk_full
 */
export async function materialise(
  dataset: ScannedDataset,
  file: string,
  options: MaterialiseOptions,
): Promise<Materialised> {
  const guess = new ShapeGuess(options.image);
  if (dataset.uniformShape) guess.learn({ ...dataset.uniformShape, grey: dataset.uniformShape.channels === 1 });
  while (true) {
    const pass = new Pass(dataset, file, guess, options);
    const result = await pass.run();
    if (result) return result;
  }
}

/** One walk over all pictures with one idea of their shape. */
class Pass {
  readonly #dataset: ScannedDataset;
  readonly #file: string;
  readonly #guess: ShapeGuess;
  readonly #options: MaterialiseOptions;
  readonly #isReadable: Uint8Array;
  readonly #sizes = new Set<string>();
  readonly #bounds = { minWidth: Infinity, maxWidth: 0, minHeight: Infinity, maxHeight: 0 };
  readonly #notes: (() => void)[] = [];
  #writer: RowWriter | null = null;
  #image: ImageShape | null = null;
  #done = 0;

  constructor(dataset: ScannedDataset, file: string, guess: ShapeGuess, options: MaterialiseOptions) {
    this.#dataset = dataset;
    this.#file = file;
    this.#guess = guess;
    this.#options = options;
    this.#isReadable = new Uint8Array(dataset.items.length);
  }

  /** Null when a picture contradicted the shape, and all must be done again with the new one. */
  async run(): Promise<Materialised | null> {
    const pending: Promise<Outcome>[] = [];
    try {
      for await (const source of this.#dataset.pictures(this.#options.signal)) {
        // Pixels are only lent until the next picture, files are ours.
        if (source.kind !== 'file') {
          if (!(await this.#store(await this.#decode(source)))) return null;
          continue;
        }
        const outcome = this.#decode(source);
        // It may fail before its turn to be awaited.
        outcome.catch(() => undefined);
        pending.push(outcome);
        if (pending.length >= MAX_IN_FLIGHT && !(await this.#store(await pending.shift()!))) return null;
      }
      while (pending.length > 0) {
        if (!(await this.#store(await pending.shift()!))) return null;
      }
      await this.#writer?.finish();
      this.#writer = null;
      for (const note of this.#notes) note();
      const image = this.#image ?? this.#guess.shape;
      return { image, isReadable: this.#isReadable, originalSizes: this.#originalSizes() };
    } finally {
      await Promise.allSettled(pending);
      await this.#writer?.close();
    }
  }

  async #decode(source: SourcePicture): Promise<Outcome> {
    const { item } = source;
    if (source.kind === 'unreadable') return { kind: 'left_out', item, code: 'corrupt_image' };
    if (source.kind === 'pixels') {
      const { pixels } = source;
      return { kind: 'picture', item, picture: { ...pixels, grey: pixels.channels === 1, warning: null } };
    }
    try {
      return { kind: 'picture', item, picture: await decodePixels(source.bytes, this.#options.limits) };
    } catch (error) {
      if (!(error instanceof PictorError)) throw error;
      if (error.code === 'image_too_large') return { kind: 'left_out', item, code: 'image_too_large' };
      if (error.code === 'image_invalid') return { kind: 'left_out', item, code: 'corrupt_image' };
      throw error;
    }
  }

  /** False when the picture contradicts the shape of those before it. */
  async #store(outcome: Outcome): Promise<boolean> {
    const { signal, findings, onPicture } = this.#options;
    signal?.throwIfAborted();
    onPicture?.(++this.#done);
    const { name } = this.#dataset.items[outcome.item];
    if (outcome.kind === 'left_out') {
      this.#notes.push(() => findings.add(outcome.code, name));
      return true;
    }
    const { picture } = outcome;
    this.#guess.learn(picture);
    const { shape } = this.#guess;
    if (this.#image && !isSameShape(this.#image, shape)) return false;
    this.#image = shape;
    this.#writer ??= await this.#openWriter(shape);
    const { width, height, warning } = picture;
    if (width < TINY_SIDE || height < TINY_SIDE) this.#notes.push(() => findings.add('tiny_image', name));
    if (warning !== null) this.#notes.push(() => findings.add('damaged_image', name));
    this.#measure(width, height);
    this.#isReadable[outcome.item] = 1;
    await this.#writer.write(outcome.item, resizePixels(picture, shape));
    return true;
  }

  async #openWriter(shape: ImageShape): Promise<RowWriter> {
    const rowBytes = shape.height * shape.width * shape.channels;
    const bytes = rowBytes * this.#dataset.items.length;
    const { maxPreparedBytes } = this.#options.limits;
    if (bytes > maxPreparedBytes) {
      throw new PictorError(
        'dataset_too_large',
        `${this.#dataset.items.length} pictures of ${shape.width} x ${shape.height} pixels take ${bytes} bytes; at most ${maxPreparedBytes} are accepted.`,
        { fix: 'Choose a smaller image size, use fewer pictures, or raise the limit in the settings.' },
      );
    }
    const directory = path.dirname(this.#file);
    const { bavail, bsize } = await statfs(directory);
    if (bytes > bavail * bsize) {
      throw new PictorError(
        'disk_full',
        `The prepared pictures take ${bytes} bytes, but the disk has ${bavail * bsize} left.`,
        {
          details: { neededBytes: bytes, freeBytes: bavail * bsize },
        },
      );
    }
    return RowWriter.create(this.#file, rowBytes);
  }

  #measure(width: number, height: number): void {
    const bounds = this.#bounds;
    this.#sizes.add(`${width}x${height}`);
    bounds.minWidth = Math.min(bounds.minWidth, width);
    bounds.maxWidth = Math.max(bounds.maxWidth, width);
    bounds.minHeight = Math.min(bounds.minHeight, height);
    bounds.maxHeight = Math.max(bounds.maxHeight, height);
  }

  #originalSizes(): DatasetManifest['originalSizes'] {
    const none = this.#sizes.size === 0;
    const bounds = none ? { minWidth: 0, maxWidth: 0, minHeight: 0, maxHeight: 0 } : this.#bounds;
    return { ...bounds, distinct: this.#sizes.size };
  }
}

function isSameShape(a: ImageShape, b: ImageShape): boolean {
  return a.height === b.height && a.width === b.width && a.channels === b.channels;
}
