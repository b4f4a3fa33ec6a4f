/** @file Sees versions come and go, whichever process publishes or deletes them, by looking at the folders. */
import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelRouting } from '../contracts/index.ts';
import { isModelName, parseVersion } from './names.ts';
import { NO_ROUTING, ROUTING_FILE, readRouting } from './routing.ts';

/** A version must be served within a second of publishing, and on a busy machine loading takes most of that. */
const POLL_MS = 100;
/** A folder changed so lately may change again without a new time stamp: file systems count in steps of up to 2 s. */
const STAMP_STEP_MS = 2_500;

export interface RegistryEvent {
  /** `added` is said of what there already is, too. A version that was replaced is removed, then added. */
  readonly kind: 'added' | 'removed';
  readonly name: string;
  readonly version: number;
}

export type RegistryListener = (event: RegistryEvent) => void;

/** A model's routing, whenever it becomes another one; without labels and shares when it is gone. */
export type RoutingListener = (name: string, routing: ModelRouting) => void;

interface SeenModel {
  /** Time stamp of the model's folder, null while it cannot be trusted. */
  readonly stamp: number | null;
  /** Version to the mark of its folder: another folder has another mark. */
  readonly versions: ReadonlyMap<number, string>;
  /** The last one that could be read, with the mark of its file. */
  readonly routing: { readonly mark: string; readonly value: ModelRouting } | null;
}

/** One poller for all listeners of a registry. */
export class FolderWatcher {
  readonly #directory: string;
  readonly #listeners = new Set<RegistryListener>();
  readonly #routingListeners = new Set<RoutingListener>();
  #seen = new Map<string, SeenModel>();
  #timer: NodeJS.Timeout | undefined;
  #scanning: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The listener hears of everything there is, then of every change, until the returned function is called. */
  subscribe(listener: RegistryListener): () => void {
    const own: RegistryListener = (event) => listener(event);
    for (const event of addedEvents(this.#seen)) own(event);
    return this.#add(this.#listeners, own);
  }

  /** As `subscribe`, for what promotion changes. */
  subscribeRouting(listener: RoutingListener): () => void {
    const own: RoutingListener = (name, routing) => listener(name, routing);
    for (const [name, routing] of routingChanges(new Map(), this.#seen)) own(name, routing);
    return this.#add(this.#routingListeners, own);
  }

  #add<Listener>(listeners: Set<Listener>, own: Listener): () => void {
    listeners.add(own);
    if (this.#listenerCount === 1) this.#pollLater(0);
    return () => {
      listeners.delete(own);
      if (this.#listenerCount > 0) return;
      clearTimeout(this.#timer);
      this.#seen = new Map();
    };
  }

  get #listenerCount(): number {
    return this.#listeners.size + this.#routingListeners.size;
  }

  /** Looks now; listeners have heard of everything that was there when the promise resolves. */
  async scan(): Promise<void> {
    // A scan under way may have passed the folder that the caller cares about.
    while (this.#scanning) await this.#scanning;
    this.#scanning = this.#scan().finally(() => {
      this.#scanning = undefined;
    });
    await this.#scanning;
  }

  #pollLater(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      await this.scan().catch(() => {});
      if (this.#listenerCount > 0) this.#pollLater(POLL_MS);
    }, delay);
    this.#timer.unref();
  }

  async #scan(): Promise<void> {
    // What cannot be seen now (too many open files, a disk that does not answer) is not gone: nothing changes then.
    const seen = await this.#look().catch(() => null);
    if (!seen) return;
    const before = this.#seen;
    this.#seen = seen;
    if (this.#listenerCount === 0) return;
    for (const event of differences(before, seen)) for (const listener of [...this.#listeners]) listener(event);
    for (const [name, routing] of routingChanges(before, seen)) {
      for (const listener of [...this.#routingListeners]) listener(name, routing);
    }
  }

  async #look(): Promise<Map<string, SeenModel>> {
    const names = (await listOrNone(this.#directory)).filter(isModelName);
    const models = await Promise.all(
      names.map((name) => lookAt(path.join(this.#directory, name), this.#seen.get(name))),
    );
    const seen = new Map<string, SeenModel>();
    for (const [index, model] of models.entries()) if (model) seen.set(names[index], model);
    return seen;
  }
}

async function lookAt(folder: string, before: SeenModel | undefined): Promise<SeenModel | null> {
  const info = await statOrNull(folder);
  if (!info?.isDirectory()) return null;
  if (before && before.stamp === info.mtimeMs) return before;
  const entries = await listOrNone(folder);
  const numbers = entries.map(parseVersion).filter((version) => version !== null);
  const found = await Promise.all(numbers.map((version) => statOrNull(path.join(folder, String(version)))));
  const versions = new Map<number, string>();
  for (const [index, stats] of found.entries()) {
    if (stats?.isDirectory()) versions.set(numbers[index], `${stats.ino}/${stats.birthtimeMs}`);
  }
  const routing = entries.includes(ROUTING_FILE) ? await routingIn(folder, before?.routing ?? null) : null;
  const settled = Date.now() - info.mtimeMs > STAMP_STEP_MS;
  return { stamp: settled ? info.mtimeMs : null, versions, routing };
}

/** A file that cannot be read, or was replaced while it was, changes nothing until it can. */
async function routingIn(folder: string, before: SeenModel['routing']): Promise<SeenModel['routing']> {
  const stats = await statOrNull(path.join(folder, ROUTING_FILE));
  const mark = stats ? `${stats.ino}/${stats.mtimeMs}/${stats.size}` : '';
  if (before?.mark === mark) return before;
  const value = await readRouting(folder).catch(() => null);
  return value ? { mark, value } : before;
}

function* routingChanges(
  before: Map<string, SeenModel>,
  after: Map<string, SeenModel>,
): Generator<[name: string, routing: ModelRouting]> {
  for (const [name, { routing }] of after) {
    const old = before.get(name)?.routing ?? null;
    if (routing !== old) yield [name, routing?.value ?? NO_ROUTING];
  }
  for (const [name, { routing }] of before) if (routing && !after.has(name)) yield [name, NO_ROUTING];
}

function* differences(before: Map<string, SeenModel>, after: Map<string, SeenModel>): Generator<RegistryEvent> {
  // Added first, so that a model whose version is replaced by a new one always has one.
  for (const [name, { versions }] of after) {
    const old = before.get(name)?.versions;
    for (const [version, mark] of versions) {
      const oldMark = old?.get(version);
      if (oldMark === mark) continue;
      if (oldMark !== undefined) yield { kind: 'removed', name, version };
      yield { kind: 'added', name, version };
    }
  }
  for (const [name, { versions }] of before) {
    for (const version of versions.keys()) {
      if (!after.get(name)?.versions.has(version)) yield { kind: 'removed', name, version };
    }
  }
}

function addedEvents(seen: Map<string, SeenModel>): Iterable<RegistryEvent> {
  return differences(new Map(), seen);
}

/** Empty when there is no such folder; rejects when it cannot be read. */
export async function listOrNone(folder: string): Promise<string[]> {
  return (await unlessMissing(readdir(folder))) ?? [];
}

function statOrNull(place: string): Promise<Stats | null> {
  return unlessMissing(stat(place));
}

async function unlessMissing<T>(looking: Promise<T>): Promise<T | null> {
  try {
    return await looking;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
