/** @file `routing.json` beside a model's versions: labels of versions, and shares of the requests that name none. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ModelRouting, PictorError } from '../contracts/index.ts';
import { syncFolder, writeDurably } from '../platform/index.ts';

/** What one promotion changes; the rest stays. */
export interface RoutingChange {
  /** Version for a label, or null to take the label away. */
  readonly labels?: Readonly<Record<string, number | null>>;
  /** Weights of versions, which are made shares; null gives everything to the newest version. */
  readonly split?: Readonly<Record<string, number>> | null;
}

export const ROUTING_FILE = 'routing.json';
export const NO_ROUTING: ModelRouting = { labels: {}, split: null };

const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const VERSION = /^[1-9]\d{0,15}$/;
/** So that their sum is a number. */
const MAX_WEIGHT = 1e9;
const MAX_BYTES = 1024 * 1024;
const LOCK = '.routing-lock';
/** Changes take milliseconds; a lock that is older was left by a process that ended. */
const LOCK_STALE_MS = 10_000;

/** @throws `model_broken` when the file cannot be read as one */
export async function readRouting(modelFolder: string): Promise<ModelRouting> {
  const file = path.join(modelFolder, ROUTING_FILE);
  const fail = (reason: string) =>
    new PictorError('model_broken', `${file} cannot be used: ${reason}.`, {
      fix: 'Promote a version again, or delete that file.',
    });
  const stats = await stat(file).catch(() => null);
  if (!stats) return NO_ROUTING;
  if (stats.size > MAX_BYTES) throw fail(`it has ${stats.size} bytes`);
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw fail(error.message);
  });
  let routing: Partial<ModelRouting> | null;
  try {
    routing = JSON.parse(text);
  } catch {
    throw fail('it is not JSON');
  }
  if (typeof routing !== 'object' || routing === null || Array.isArray(routing)) throw fail('it is no object');
  const labels = routing.labels ?? {};
  const split = routing.split ?? null;
  if (!isRecord(labels, (version) => Number.isSafeInteger(version) && version >= 1))
    throw fail('its labels are no versions');
  if (Object.keys(labels).some((label) => !LABEL.test(label))) throw fail('it has a label that is none');
  if (split === null) return { labels, split };
  if (!isRecord(split, (share) => share > 0 && share <= MAX_WEIGHT)) throw fail('its shares are no numbers above 0');
  if (Object.keys(split).some((version) => !VERSION.test(version))) throw fail('its shares are not by version');
  return { labels, split: Object.keys(split).length > 0 ? sharesOf(split) : null };
}

/**
 * Changes the file in one step, also while other processes change it.
 * @param versions those that there are
 * @throws `model_version_not_found`, `invalid_request` for labels and weights that cannot be, `model_broken`
 */
export async function changeRouting(
  modelFolder: string,
  name: string,
  versions: readonly number[],
  change: RoutingChange,
): Promise<ModelRouting> {
  check(name, versions, change);
  return locked(modelFolder, async () => {
    // Whoever promotes a version means it, also when the old file is damaged.
    const before = await readRouting(modelFolder).catch(() => NO_ROUTING);
    const labels = new Map(Object.entries(before.labels));
    for (const [label, version] of Object.entries(change.labels ?? {})) {
      if (version === null) labels.delete(label);
      else labels.set(label, version);
    }
    const split = change.split === undefined ? before.split : change.split && sharesOf(change.split);
    return write(modelFolder, { labels: Object.fromEntries(labels), split });
  });
}

/** Forgets a version that is being deleted. */
export async function forgetVersion(modelFolder: string, version: number): Promise<void> {
  const before = await readRouting(modelFolder).catch(() => NO_ROUTING);
  if (!mentions(before, version)) return;
  await locked(modelFolder, async () => {
    const { labels, split } = await readRouting(modelFolder);
    const rest = Object.entries(split ?? {}).filter(([key]) => Number(key) !== version);
    await write(modelFolder, {
      labels: Object.fromEntries(Object.entries(labels).filter(([, labelled]) => labelled !== version)),
      split: rest.length > 0 ? sharesOf(Object.fromEntries(rest)) : null,
    });
  });
}

function mentions({ labels, split }: ModelRouting, version: number): boolean {
  return Object.values(labels).includes(version) || (split !== null && String(version) in split);
}

function check(name: string, versions: readonly number[], { labels = {}, split }: RoutingChange): void {
  for (const [label, version] of Object.entries(labels)) {
    if (!LABEL.test(label)) {
      throw new PictorError(
        'invalid_request',
        `${JSON.stringify(label.slice(0, 120))} cannot be a label of a version.`,
        {
          fix: 'Use letters, digits, dots, dashes and underscores; start with a letter or a digit.',
        },
      );
    }
    if (version !== null && !versions.includes(version)) throw noVersion(name, version);
  }
  if (!split) return;
  if (Object.keys(split).length === 0) throw wrongSplit('no version is named');
  for (const [version, weight] of Object.entries(split)) {
    if (!VERSION.test(version) || !versions.includes(Number(version))) throw noVersion(name, version);
    if (!(weight >= 0 && weight <= MAX_WEIGHT)) throw wrongSplit(`the weight of version ${version} is ${weight}`);
  }
  if (Object.values(split).every((weight) => weight === 0)) throw wrongSplit('all weights are 0');
}

function noVersion(name: string, version: number | string): PictorError {
  return new PictorError('model_version_not_found', `Model "${name}" has no version ${version}.`);
}

function wrongSplit(reason: string): PictorError {
  return new PictorError('invalid_request', `The requests cannot be split: ${reason}.`, {
    fix: 'Give each version a number of 0 or more, such as 3=0.9,4=0.1.',
  });
}

function sharesOf(weights: Readonly<Record<string, number>>): Record<string, number> {
  const positive = Object.entries(weights).filter(([, weight]) => weight > 0);
  const total = positive.reduce((sum, [, weight]) => sum + weight, 0);
  return Object.fromEntries(positive.map(([version, weight]) => [version, weight / total]));
}

async function write(modelFolder: string, routing: ModelRouting): Promise<ModelRouting> {
  const file = path.join(modelFolder, ROUTING_FILE);
  const written = `${file}-${randomUUID().slice(0, 8)}`;
  try {
    await writeDurably(written, Buffer.from(`${JSON.stringify(routing, null, 2)}\n`));
    await rename(written, file);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
  await syncFolder(modelFolder);
  return routing;
}

async function locked<T>(modelFolder: string, work: () => Promise<T>): Promise<T> {
  const lock = path.join(modelFolder, LOCK);
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const held = await stat(lock).catch(() => null);
      if (held && Date.now() - held.mtimeMs > LOCK_STALE_MS) await rmdir(lock).catch(() => {});
      else await delay(5);
    }
  }
  try {
    return await work();
  } finally {
    await rmdir(lock).catch(() => {});
  }
}

function isRecord(value: unknown, holds: (entry: number) => boolean): value is Readonly<Record<string, number>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((entry) => typeof entry === 'number' && holds(entry))
  );
}
