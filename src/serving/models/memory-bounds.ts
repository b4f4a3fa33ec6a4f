/** @file Which versions make room for others: those that nobody uses now, and nobody used for longest. */
import { PictorError } from '../../contracts/index.ts';
import type { VersionEntry } from './version-entry.ts';

/**
 * Versions to free before `entry` is loaded; none of those in use, and of its own model last.
 * @param bytes that it takes over all workers
 * @param copies of a version in memory: one in each worker
 * @throws `memory_budget_exceeded` when what is in use leaves no room
 */
export function roomFor(
  entry: VersionEntry,
  bytes: number,
  budget: number,
  inMemory: readonly VersionEntry[],
  copies: number,
): VersionEntry[] {
  const sizeOf = ({ loaded, reserved }: VersionEntry) => (loaded ? loaded.servable.bytes * copies : reserved);
  let used = inMemory.reduce((sum, other) => sum + sizeOf(other), 0);
  const isOwn = (other: VersionEntry) => Number(other.model === entry.model);
  const freed: VersionEntry[] = [];
  for (const other of idleBut(entry, inMemory).sort((a, b) => isOwn(a) - isOwn(b))) {
    if (used + bytes <= budget) break;
    used -= sizeOf(other);
    freed.push(other);
  }
  if (used + bytes <= budget) return freed;
  throw new PictorError(
    'memory_budget_exceeded',
    `${entry.what} takes ${bytes} bytes, and ${used} of the ${budget} that models may take are in use.`,
    { details: { bytes, used, budget } },
  );
}

/** Versions to free so that no more than `most` are loaded, unless more are in use. */
export function surplusOf(kept: VersionEntry, inMemory: readonly VersionEntry[], most: number): VersionEntry[] {
  const surplus = inMemory.filter((entry) => entry.loaded).length - most;
  return idleBut(kept, inMemory).slice(0, Math.max(0, surplus));
}

/** Loaded and not in use, the one that was not used for longest first. */
function idleBut(kept: VersionEntry, inMemory: readonly VersionEntry[]): VersionEntry[] {
  const idle = inMemory.filter((entry) => entry !== kept && entry.loaded && !entry.loaded.inUse);
  return idle.sort((a, b) => (a.loaded?.lastUsed ?? 0) - (b.loaded?.lastUsed ?? 0));
}
