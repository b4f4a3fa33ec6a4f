/** @file Shortcuts for tests that prepare datasets. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { type DatasetFinding, PictorError, type Split } from '../../contracts/index.ts';
import { openSplit, type PreparedDataset, type PrepareOptions, parseDatasetSource, prepareDataset } from '../index.ts';
import { temporaryFolder, writeTree } from './files.ts';

/** Prepares a folder, a file or a URL. */
export function prepare(target: string, options: Partial<PrepareOptions> = {}): Promise<PreparedDataset> {
  const cacheDirectory = options.cacheDirectory ?? path.join(temporaryFolder(), 'cache');
  return prepareDataset(parseDatasetSource(target), { ...options, cacheDirectory });
}

export function prepareTree(
  files: Readonly<Record<string, Uint8Array | string>>,
  options: Partial<PrepareOptions> = {},
): Promise<PreparedDataset> {
  const folder = path.join(temporaryFolder(), 'data');
  mkdirSync(folder);
  return prepare(writeTree(folder, files), options);
}

export function prepareBytes(bytes: Uint8Array, options: Partial<PrepareOptions> = {}): Promise<PreparedDataset> {
  const file = path.join(temporaryFolder(), 'data.bin');
  writeFileSync(file, bytes);
  return prepare(file, options);
}

export interface ReadSplit {
  readonly labels: number[];
  readonly images: number[][];
}

/** All of a split. */
export function readSplit({ directory }: PreparedDataset, split: Split): ReadSplit {
  const reader = openSplit(directory, split);
  const { count, imageBytes } = reader;
  const target = new Uint8Array(count * imageBytes);
  reader.readImages(
    Array.from({ length: count }, (_, i) => i),
    target,
  );
  reader.close();
  const images = Array.from({ length: count }, (_, i) => [...target.subarray(i * imageBytes, (i + 1) * imageBytes)]);
  return { labels: [...reader.labels], images };
}

export function finding({ manifest }: PreparedDataset, code: string): DatasetFinding | undefined {
  return manifest.findings.find((each) => each.code === code);
}

export async function failure(work: Promise<unknown>): Promise<PictorError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PictorError);
  return error as PictorError;
}

/** What preparations that failed must not leave behind. */
export function leftovers(cacheDirectory: string): string[] {
  return readdirSync(cacheDirectory).filter((name) => name.startsWith('work-'));
}
