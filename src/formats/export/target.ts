/** @file Where an export goes: beside it first, then in place by one rename, never onto what somebody else put there. */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { asPictorError, PictorError } from '../../contracts/index.ts';

/** Name of the report in or beside what was written. */
export const REPORT_FILE = 'pictor-report.json';

/** What the system says of places where nothing can be. */
const BAD_PLACES: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP', 'EINVAL']);

/** Where the report of a file lies. */
export function reportBeside(target: string): string {
  return `${target}.${REPORT_FILE}`;
}

/**
 * Calls `write` with a place on the same disk as the target and a folder for what is only needed meanwhile, and moves what is
 * at the place to the target.
 * @param force replaces a file, or a folder that holds an earlier export
 * @throws `export_exists`, `not_permitted`, `disk_full`, and what `write` throws; then nothing is left behind
 */
export async function writeInPlace<T>(
  target: string,
  force: boolean,
  write: (place: string, scratch: string) => Promise<T>,
): Promise<T> {
  const parent = path.dirname(target);
  try {
    await checkTarget(target, force);
    await mkdir(parent, { recursive: true });
    const scratch = path.join(parent, `.pictor-${randomUUID().slice(0, 8)}`);
    try {
      await mkdir(scratch);
      // The name stays: readers go by its ending.
      const place = path.join(scratch, path.basename(target));
      const result = await write(place, scratch);
      await replace(place, target);
      return result;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  } catch (error) {
    const known = asPictorError(error);
    const isPlace = BAD_PLACES.has((error as NodeJS.ErrnoException).code ?? '');
    if (known === error || (known.code === 'internal' && !isPlace)) throw error;
    const code = isPlace ? 'export_option_invalid' : known.code;
    throw new PictorError(code, `${target} cannot be written: ${(error as Error).message}.`, {
      cause: error,
      fix: 'Choose another place to write to.',
    });
  }
}

async function checkTarget(target: string, force: boolean): Promise<void> {
  const found = await lstat(target).catch(() => null);
  if (!found) return;
  if (!force) throw new PictorError('export_exists', `${target} is there already.`);
  if (!found.isDirectory()) return;
  const entries = await readdir(target);
  if (entries.length === 0 || entries.includes(REPORT_FILE)) return;
  throw new PictorError('export_exists', `${target} is a folder that holds no earlier export; it is not replaced.`, {
    fix: 'Choose another target, or delete the folder yourself.',
  });
}

async function replace(place: string, target: string): Promise<void> {
  const old = (await stat(target).catch(() => null)) ? `${place}-old` : null;
  if (old) await rename(target, old);
  try {
    await rename(place, target);
  } catch (error) {
    if (old) await rename(old, target);
    throw error;
  }
  if (old) await rm(old, { recursive: true, force: true });
}
