/** @file Whether a version's files are what was published. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ModelManifest, PictorError } from '../contracts/index.ts';
import { readManifest } from './manifest.ts';

/**
 * Reads the manifest and every file of a version, wherever its folder is, and compares them with their sha256.
 * @param name and `version`: what the manifest is to say of itself
 * @throws `model_broken` when the manifest or a file is not what was published
 */
export async function verifyVersion(folder: string, name: string, version: number): Promise<ModelManifest> {
  const manifest = await readManifest(folder, name, version);
  const files = Object.entries(manifest.files);
  const digests = await Promise.all(files.map(([file]) => digestOf(path.join(folder, file))));
  for (const [index, [file, { sha256 }]] of files.entries()) {
    if (digests[index] === sha256) continue;
    throw new PictorError('model_broken', `Version ${version} of model "${name}" cannot be used: ${file} was changed.`);
  }
  return manifest;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
