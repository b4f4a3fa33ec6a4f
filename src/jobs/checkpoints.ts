/** @file Checkpoints of a run as files: each appears whole or not at all, and the last one stays until the next is complete. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { PictorError } from '../contracts/index.ts';
import { decodeSafetensors, encodeSafetensors } from '../formats/index.ts';
import { syncFolder, writeDurably } from '../platform/index.ts';
import type { TrainingSnapshot } from '../training/index.ts';

const STATE_FILE = 'state.json';
const TENSORS_FILE = 'tensors.safetensors';
/** `EPOCH-STEP`, with enough digits that names sort as they come. */
const COMPLETE = /^\d{6}-\d{9}$/;
const WRITING = 'writing-';

/** The state file: the snapshot but for its tensors, and what both files must be. */
interface StateFile {
  readonly content: Omit<TrainingSnapshot, 'tensors'>;
  /** CRC-32 of `content` as it is written. */
  readonly contentCrc32: number;
  readonly tensors: { readonly bytes: number; readonly crc32: number };
}

/** Where a run keeps what it needs beside its record; goes with the record. */
export function runFolder(dataDirectory: string, run: string): string {
  return path.join(dataDirectory, 'runs', run);
}

/** `runs/RUN/checkpoint/EPOCH-STEP/` in the data directory. */
export class RunCheckpoints {
  readonly #folder: string;

  constructor(dataDirectory: string, run: string) {
    this.#folder = path.join(runFolder(dataDirectory, run), 'checkpoint');
  }

  /** Written beside, synced, renamed; then those before it go. */
  async write(snapshot: TrainingSnapshot): Promise<void> {
    const { tensors, ...content } = snapshot;
    const name = nameOf(snapshot);
    const writing = path.join(this.#folder, `${WRITING}${randomUUID()}`);
    await mkdir(writing, { recursive: true });
    try {
      const bytes = encodeSafetensors(tensors);
      const state: StateFile = {
        content,
        contentCrc32: crc32(JSON.stringify(content)),
        tensors: { bytes: bytes.length, crc32: crc32(bytes) },
      };
      await writeDurably(path.join(writing, TENSORS_FILE), bytes);
      await writeDurably(path.join(writing, STATE_FILE), Buffer.from(JSON.stringify(state)));
      await syncFolder(writing);
      // One of the same name is of an attempt before, and the same to the bit; or it is broken.
      await rm(path.join(this.#folder, name), { recursive: true, force: true });
      await rename(writing, path.join(this.#folder, name));
      await syncFolder(this.#folder);
    } catch (error) {
      await rm(writing, { recursive: true, force: true });
      throw error;
    }
    const others = (await this.#complete()).filter((other) => other < name);
    for (const other of others) await rm(path.join(this.#folder, other), { recursive: true, force: true });
  }

  /**
   * The last one; null when there is none.
   * @throws `checkpoint_invalid` when it is not what was written
   */
  async read(): Promise<TrainingSnapshot | null> {
    const last = (await this.#complete()).at(-1);
    if (last === undefined) return null;
    const folder = path.join(this.#folder, last);
    try {
      return await readFolder(folder);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new PictorError('checkpoint_invalid', `The checkpoint in ${folder} cannot be read: ${text}`, { cause });
    }
  }

  async exists(): Promise<boolean> {
    return (await this.#complete()).length > 0;
  }

  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    // The run's folder stays when something else lies in it, such as event files.
    await rmdir(path.dirname(this.#folder)).catch(() => {});
  }

  /** Names, oldest first. */
  async #complete(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => COMPLETE.test(name)).sort();
  }
}

function nameOf({ course }: TrainingSnapshot): string {
  return `${String(course.epoch).padStart(6, '0')}-${String(course.step).padStart(9, '0')}`;
}

async function readFolder(folder: string): Promise<TrainingSnapshot> {
  const state: StateFile = JSON.parse(await readFile(path.join(folder, STATE_FILE), 'utf8'));
  if (crc32(JSON.stringify(state.content)) !== state.contentCrc32) {
    throw new Error(`${STATE_FILE} is not what was written; its checksum differs.`);
  }
  const bytes = await readFile(path.join(folder, TENSORS_FILE));
  if (bytes.length !== state.tensors.bytes) {
    throw new Error(`${TENSORS_FILE} has ${bytes.length} bytes; ${state.tensors.bytes} were written.`);
  }
  if (crc32(bytes) !== state.tensors.crc32) {
    throw new Error(`${TENSORS_FILE} is not what was written; its checksum differs.`);
  }
  return { ...state.content, tensors: decodeSafetensors(bytes) };
}
