/** @file Writes a version so that it appears whole, under a number of its own, or not at all. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { asPictorError, type ModelManifest, PictorError } from '../contracts/index.ts';
import { isAlive, syncFolder, writeDurably } from '../platform/index.ts';
import { HIDDEN, isModelName, parseVersion, VERSION_FILES } from './names.ts';

/** A folder that nobody has written to for so long was left by a process that ended. */
const LEFTOVER_AFTER_MS = 60 * 60 * 1000;

export interface VersionContent {
  /** Every file but the manifest, by name, which may have folders: `variables/variables.index`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly manifest: (version: number, files: ModelManifest['files']) => ModelManifest;
}

/**
 * Publishes under the next free number; publishers in other processes get other numbers.
 * @throws `model_name_invalid` when another model's name differs only by case, `disk_full`, `not_permitted`
 */
export async function publishVersion(
  modelsDirectory: string,
  name: string,
  content: VersionContent,
): Promise<ModelManifest> {
  const modelFolder = path.join(modelsDirectory, name);
  try {
    await refuseCaseTwin(modelsDirectory, name);
    await mkdir(modelFolder, { recursive: true });
    await removeLeftovers(modelFolder);
    const writing = path.join(modelFolder, `${HIDDEN.writing}${ownerMark()}-${randomUUID().slice(0, 8)}`);
    try {
      // Recursive: a publisher that failed at this moment may have removed the empty folder of the model.
      await mkdir(writing, { recursive: true });
      const files: Record<string, { bytes: number; sha256: string }> = {};
      const folders = new Set(Object.keys(content.files).map((file) => path.join(writing, path.dirname(file))));
      for (const folder of folders) await mkdir(folder, { recursive: true });
      for (const [file, bytes] of Object.entries(content.files)) {
        await writeDurably(path.join(writing, file), bytes);
        files[file] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
      }
      for (const folder of folders) await syncFolder(folder);
      return await moveInPlace(modelFolder, writing, (version) => content.manifest(version, files));
    } catch (error) {
      await rm(writing, { recursive: true, force: true });
      await rmdir(modelFolder).catch(() => {});
      throw error;
    }
  } catch (error) {
    const known = asPictorError(error);
    if (known === error || known.code === 'internal') throw known;
    throw new PictorError(
      known.code,
      `Model "${name}" cannot be published into ${modelsDirectory}: ${known.message}.`,
      {
        cause: error,
      },
    );
  }
}

async function moveInPlace(
  modelFolder: string,
  writing: string,
  manifestFor: (version: number) => ModelManifest,
): Promise<ModelManifest> {
  for (;;) {
    const version = (await highestVersion(modelFolder)) + 1;
    const manifest = manifestFor(version);
    await writeDurably(
      path.join(writing, VERSION_FILES.manifest),
      Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`),
    );
    await syncFolder(writing);
    const target = path.join(modelFolder, String(version));
    try {
      await rename(writing, target);
    } catch (error) {
      // Renaming onto a folder with files in it fails on every system: somebody else took the number.
      if (await exists(target)) continue;
      throw error;
    }
    await syncFolder(modelFolder);
    return manifest;
  }
}

/** Highest number that the model ever had, 0 when none: a number is not given twice, even when its version was deleted. */
export async function highestVersion(modelFolder: string): Promise<number> {
  const versions = (await readdir(modelFolder)).map((entry) => parseVersion(entry) ?? 0);
  const kept = await readFile(path.join(modelFolder, HIDDEN.highest), 'utf8').catch(() => '');
  return Math.max(0, parseVersion(kept.trim()) ?? 0, ...versions);
}

/** Remembers the highest number before its version is deleted. */
export async function keepHighestVersion(modelFolder: string, highest: number): Promise<void> {
  const file = path.join(modelFolder, HIDDEN.highest);
  const written = `${file}-${randomUUID().slice(0, 8)}`;
  try {
    await writeDurably(written, Buffer.from(`${highest}\n`));
    await rename(written, file);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
}

/** Two names that differ only by case are one folder on macOS and Windows. */
export async function refuseCaseTwin(modelsDirectory: string, name: string): Promise<void> {
  const entries = await readdir(modelsDirectory).catch(() => []);
  const twin = entries.find((entry) => entry !== name && entry.toLowerCase() === name.toLowerCase());
  if (!twin || !isModelName(twin)) return;
  throw new PictorError('model_name_invalid', `There is a model "${twin}"; "${name}" differs from it only by case.`, {
    fix: `Use the name "${twin}", or a name that differs by more.`,
  });
}

function hostMark(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

function ownerMark(): string {
  return `${hostMark()}-${process.pid}`;
}

/** Removes what a publisher or deleter left that ended in the middle. Never throws: a leftover does no harm. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const entry of await readdir(folder).catch(() => [])) {
    if (!entry.startsWith(HIDDEN.writing) && !entry.startsWith(HIDDEN.deleting)) continue;
    if (await isLeftover(folder, entry))
      await rm(path.join(folder, entry), { recursive: true, force: true }).catch(() => {});
  }
}

async function isLeftover(folder: string, entry: string): Promise<boolean> {
  if (entry.startsWith(HIDDEN.deleting)) return true;
  const [host, pid] = entry.slice(HIDDEN.writing.length).split('-');
  if (host === hostMark()) return !isAlive(Number(pid));
  const info = await stat(path.join(folder, entry)).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs > LEFTOVER_AFTER_MS;
}

async function exists(place: string): Promise<boolean> {
  return (await stat(place).catch(() => null)) !== null;
}
