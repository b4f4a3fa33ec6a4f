/** @file Some of the pictures that came, with what was answered, on disk: for people to label and train with. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LabelProbability } from '../../contracts/index.ts';
import type { VersionNumber } from '../models/version-status.ts';

export interface SampleOptions {
  readonly directory: string;
  /** Share of the pictures, 0..1. */
  readonly rate: number;
  /** Of all samples together; the oldest make room. Default 1 GiB. */
  readonly maxBytes?: number;
  readonly random?: () => number;
  readonly log?: (level: 'info' | 'warn', message: string) => void;
}

export interface PictureSample {
  readonly model: string;
  readonly version: VersionNumber;
  /** The file as it came. */
  readonly bytes: Uint8Array;
  readonly predictions: readonly LabelProbability[];
}

interface Kept {
  readonly file: string;
  readonly bytes: number;
}

const GIBIBYTE = 2 ** 30;
/** Samples that wait for the disk; more are dropped, so that a slow disk slows no request. */
const MAX_WAITING = 64;
const TYPES: readonly (readonly [start: string, extension: string])[] = [
  ['ffd8ff', 'jpg'],
  ['89504e47', 'png'],
  ['47494638', 'gif'],
  ['52494646', 'webp'],
  ['424d', 'bmp'],
];

/** Files are `MODEL/TIME-ID.EXT` and `.json` beside it, which names model, version, time and predictions. */
export class RequestSamples {
  readonly #options: Required<SampleOptions>;
  readonly #kept: Kept[] = [];
  #bytes = 0;
  #waiting = 0;
  #last: Promise<void> | null = null;
  #failed = false;

  constructor(options: SampleOptions) {
    this.#options = { maxBytes: GIBIBYTE, random: Math.random, log: () => {}, ...options };
  }

  /** Whether the next picture is to be kept. */
  draw(): boolean {
    return this.#waiting < MAX_WAITING && this.#options.random() < this.#options.rate;
  }

  /** Returns at once. Failures are told once. */
  keep(sample: PictureSample): void {
    this.#waiting++;
    this.#last = (this.#last ?? this.#readExisting())
      .then(() => this.#write(sample))
      .catch((error: Error) => {
        if (!this.#failed) this.#options.log('warn', `Requests cannot be sampled: ${error.message}`);
        this.#failed = true;
      })
      .finally(() => {
        this.#waiting--;
      });
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    await this.#last;
  }

  async #write({ model, version, bytes, predictions }: PictureSample): Promise<void> {
    const { directory, maxBytes } = this.#options;
    const at = new Date().toISOString();
    const text = JSON.stringify({ model, version: String(version), at, predictions });
    const size = bytes.byteLength + Buffer.byteLength(text);
    if (size > maxBytes) return;
    while (this.#bytes + size > maxBytes && this.#kept.length > 0) await this.#removeOldest();
    // Names of models that come from outside may hold anything.
    const folder = path.join(directory, encodeURIComponent(model).replace(/^\./, '%2E'));
    await mkdir(folder, { recursive: true });
    const stem = path.join(folder, `${at.replace(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}`);
    const file = `${stem}.${extensionOf(bytes)}`;
    await writeFile(`${file}.tmp`, bytes);
    await writeFile(`${stem}.json`, text);
    await rename(`${file}.tmp`, file);
    this.#kept.push({ file, bytes: size });
    this.#bytes += size;
  }

  async #removeOldest(): Promise<void> {
    const oldest = this.#kept.shift();
    if (!oldest) return;
    this.#bytes -= oldest.bytes;
    await rm(oldest.file, { force: true });
    await rm(sidecarOf(oldest.file), { force: true });
  }

  /** What earlier runs left counts, too. */
  async #readExisting(): Promise<void> {
    const { directory } = this.#options;
    await mkdir(directory, { recursive: true });
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !/\.(json|tmp)$/.test(entry.name));
    files.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { parentPath, name } of files) {
      const file = path.join(parentPath, name);
      const sizes = await Promise.all(
        [file, sidecarOf(file)].map(async (each) => (await stat(each).catch(() => null))?.size ?? 0),
      );
      this.#kept.push({ file, bytes: sizes[0] + sizes[1] });
      this.#bytes += sizes[0] + sizes[1];
    }
  }
}

function sidecarOf(file: string): string {
  return `${file.slice(0, -path.extname(file).length)}.json`;
}

function extensionOf(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  return TYPES.find(([mark]) => start.startsWith(mark))?.[1] ?? 'bin';
}
