/** @file A folder for the files of one test file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';

export interface TemporaryFolder {
  /** Place of a file in it. */
  at(name: string): string;
  /** Writes a file. @returns its place */
  written(name: string, bytes: Uint8Array | string): Promise<string>;
}

/** Made before the tests of the file that calls, and removed behind them. */
export function temporaryFolder(prefix: string): TemporaryFolder {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), prefix));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const at = (name: string) => path.join(folder, name);
  return {
    at,
    async written(name, bytes) {
      await writeFile(at(name), bytes);
      return at(name);
    },
  };
}
