/** @file Which version answers: follows the registry, loads a version before it becomes the latest, unloads what is idle. */
import path from 'node:path';
import { asPictorError, PictorError } from '../contracts/index.ts';
import type { ModelRegistry, RegistryEvent } from '../registry/index.ts';
import { type LoadContext, type LoadedVersion, loadServable } from './loaded-version.ts';
import type { ModelTarget } from './model-in-use.ts';
import { NETWORK_GRAPH, servableOf } from './servable.ts';

/** As TensorFlow Serving's `--max_num_load_retries`. */
const MAX_LOAD_RETRIES = 5;
const FIRST_RETRY_MS = 1_000;

/**
 * `new`: never loaded. `good`: was loaded once, and is again when it is asked for. `bad`: could not be loaded.
 */
type VersionState = 'new' | 'good' | 'bad';

interface Entry {
  readonly name: string;
  readonly version: number;
  state: VersionState;
  loaded: LoadedVersion | null;
  loading: Promise<LoadedVersion> | null;
  error: PictorError | null;
  retries: number;
  removed: boolean;
}

export interface VersionStatus {
  readonly version: number;
  readonly state: 'LOADING' | 'AVAILABLE' | 'END';
  readonly error: PictorError | null;
}

export interface ServedModelsOptions extends LoadContext {
  readonly registry: ModelRegistry;
  /** Versions kept in memory; beyond it the one that was not used for longest goes. */
  readonly maxLoaded: number;
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

export interface Held {
  readonly version: LoadedVersion;
  readonly release: () => void;
}

export class ServedModels {
  readonly #options: ServedModelsOptions;
  readonly #models = new Map<string, Map<number, Entry>>();
  readonly #toCheck = new Set<string>();
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #closings = new Set<Promise<void>>();
  #uses = 0;
  #unwatch: (() => void) | null = null;
  #closed = false;

  constructor(options: ServedModelsOptions) {
    this.#options = options;
  }

  /** Resolves when everything in the registry is known. The newest version of each model is loaded soon after. */
  async start(): Promise<void> {
    this.#unwatch = this.#options.registry.watch((event) => this.#onEvent(event));
    await this.#options.registry.refresh();
  }

  /**
   * A version that is loaded, and stays so until `release` is called.
   * @param version default: the highest one that can be served
   * @throws `model_not_found`, `model_version_not_found`, `model_broken`, `server_not_ready`
   */
  async hold({ name, version: wanted, label }: Pick<ModelTarget, 'name' | 'version' | 'label'>): Promise<Held> {
    if (label !== undefined) {
      throw new PictorError('model_label_not_found', `Model "${name}" has no label ${JSON.stringify(label)}.`);
    }
    const version = wanted === undefined ? undefined : Number(wanted);
    for (;;) {
      if (this.#closed) throw new PictorError('server_not_ready', 'Pictor is shutting down.');
      const entry = version === undefined ? await this.#latest(name) : await this.#numbered(name, version);
      if (!entry.loaded) {
        const loading = this.#load(entry);
        // When the latest cannot be loaded any more, or is deleted now, another version becomes the latest.
        if (version === undefined) await loading.catch(() => {});
        else await loading;
      }
      // It may have been unloaded or removed while this waited for its turn.
      const { loaded } = entry;
      if (!loaded) continue;
      loaded.lastUsed = ++this.#uses;
      return { version: loaded, release: loaded.hold() };
    }
  }

  /** States of all versions of a model, highest first; empty for an unknown model. */
  async status(name: string): Promise<VersionStatus[]> {
    if (!this.#models.has(name)) await this.#options.registry.refresh();
    const entries = this.#descending(name);
    const latestGood = entries.find((entry) => entry.state === 'good')?.version;
    return entries.map((entry) => ({
      version: entry.version,
      state: stateOf(entry, latestGood),
      error: entry.state === 'bad' ? entry.error : null,
    }));
  }

  /** Stops following the registry, waits for running requests, and frees everything. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch?.();
    for (const timer of this.#retries) clearTimeout(timer);
    const entries = [...this.#models.values()].flatMap((versions) => [...versions.values()]);
    await Promise.allSettled(entries.map((entry) => entry.loading));
    for (const entry of entries) this.#unload(entry);
    await Promise.all(this.#closings);
  }

  async #latest(name: string): Promise<Entry> {
    if (!this.#models.has(name)) await this.#options.registry.refresh();
    const entries = this.#descending(name);
    if (entries.length === 0) throw new PictorError('model_not_found', `There is no model ${JSON.stringify(name)}.`);
    const good = entries.find((entry) => entry.state === 'good');
    if (good) return good;
    for (const entry of entries) {
      if (entry.state === 'new') await this.#load(entry).catch(() => {});
      if (entry.state === 'good' && !entry.removed) return entry;
    }
    throw entries[0].error ?? new PictorError('model_not_found', `Model ${JSON.stringify(name)} was deleted just now.`);
  }

  async #numbered(name: string, version: number): Promise<Entry> {
    const find = () => this.#models.get(name)?.get(version);
    if (!find()) await this.#options.registry.refresh();
    const entry = find();
    if (!entry && !this.#models.has(name)) {
      throw new PictorError('model_not_found', `There is no model ${JSON.stringify(name)}.`);
    }
    if (!entry) throw new PictorError('model_version_not_found', `Model "${name}" has no version ${version}.`);
    if (entry.state === 'bad' && entry.error) throw entry.error;
    return entry;
  }

  #descending(name: string): Entry[] {
    return [...(this.#models.get(name)?.values() ?? [])].sort((a, b) => b.version - a.version);
  }

  #onEvent({ kind, name, version }: RegistryEvent): void {
    const versions = this.#models.get(name) ?? new Map<number, Entry>();
    const entry = versions.get(version);
    if (kind === 'removed' && entry) {
      entry.removed = true;
      versions.delete(version);
      if (versions.size === 0) this.#models.delete(name);
      this.#unload(entry);
    } else if (kind === 'added' && !entry) {
      this.#models.set(name, versions);
      const fresh = { state: 'new', loaded: null, loading: null, error: null, retries: 0, removed: false } as const;
      versions.set(version, { name, version, ...fresh });
    }
    // At the start every version is told, one by one: look at the model when all were.
    if (this.#toCheck.size === 0) setImmediate(() => this.#checkNewest());
    this.#toCheck.add(name);
  }

  /** Loads the newest version of each changed model, so that it can become the latest. */
  #checkNewest(): void {
    const names = [...this.#toCheck];
    this.#toCheck.clear();
    for (const name of names) {
      const entries = this.#descending(name);
      const [newest] = entries;
      if (this.#closed || newest?.state !== 'new' || newest.loading) continue;
      const replaces = entries.some((entry) => entry.state === 'good');
      // With many models, those that nobody asks for are left until somebody does.
      if (replaces || this.#loadedCount() < this.#options.maxLoaded) this.#load(newest).catch(() => {});
    }
  }

  #load(entry: Entry): Promise<LoadedVersion> {
    entry.loading ??= this.#loadNow(entry).finally(() => {
      entry.loading = null;
    });
    return entry.loading;
  }

  async #loadNow(entry: Entry): Promise<LoadedVersion> {
    const { name, version } = entry;
    const { log } = this.#options;
    try {
      const loaded = await this.#open(name, version);
      if (entry.removed) {
        await loaded.close();
        throw new PictorError('model_version_not_found', `Version ${version} of model "${name}" was deleted just now.`);
      }
      loaded.lastUsed = ++this.#uses;
      if (entry.state === 'new') log('info', `Model "${name}": version ${version} is ready.`);
      Object.assign(entry, { state: 'good', loaded, error: null, retries: 0 });
      this.#evict(entry);
      return loaded;
    } catch (error) {
      entry.error = asPictorError(error);
      if (!entry.removed) {
        entry.state = 'bad';
        log('warn', `Model "${name}": version ${version} cannot be served. ${entry.error.message}`);
        this.#retryLater(entry);
      }
      throw entry.error;
    }
  }

  async #open(name: string, version: number): Promise<LoadedVersion> {
    const { registry } = this.#options;
    const manifest = await registry.verify(name, version);
    const files = manifest.graphSignatures
      ? new Set(Object.values(manifest.graphSignatures).map(({ graph }) => graph))
      : [NETWORK_GRAPH];
    const folder = path.dirname(registry.modelPath(name, version));
    const graphs = new Map(Array.from(files, (file) => [file, path.join(folder, file)]));
    const bytes = [...graphs.keys()].reduce((sum, file) => sum + (manifest.files[file]?.bytes ?? 0), 0);
    const what = `Version ${version} of model "${name}"`;
    return loadServable(this.#options, name, version, servableOf(manifest, graphs, { manifest, bytes, what }));
  }

  /** Its files may still be on their way, when somebody copies a version by hand. */
  #retryLater(entry: Entry): void {
    if (this.#closed || entry.retries >= MAX_LOAD_RETRIES) return;
    const delay = FIRST_RETRY_MS * 2 ** entry.retries++;
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      if (entry.removed || this.#closed) return;
      this.#load(entry).catch(() => {});
    }, delay);
    timer.unref();
    this.#retries.add(timer);
  }

  #loadedCount(): number {
    let count = 0;
    for (const versions of this.#models.values()) {
      for (const entry of versions.values()) if (entry.loaded || entry.loading) count++;
    }
    return count;
  }

  /** Frees the versions that were not used for longest, and are not in use now. */
  #evict(kept: Entry): void {
    const loaded = [...this.#models.values()].flatMap((versions) => [...versions.values()]).filter((e) => e.loaded);
    const idle = loaded.filter((entry) => entry !== kept && !entry.loaded?.inUse);
    idle.sort((a, b) => (a.loaded?.lastUsed ?? 0) - (b.loaded?.lastUsed ?? 0));
    const surplus = loaded.length - this.#options.maxLoaded;
    for (const entry of idle.slice(0, Math.max(0, surplus))) this.#unload(entry);
  }

  #unload(entry: Entry): void {
    const { loaded } = entry;
    if (!loaded) return;
    entry.loaded = null;
    const closing = loaded.close().catch(() => {});
    this.#closings.add(closing);
    void closing.finally(() => this.#closings.delete(closing));
  }
}

/** A version that was never loaded is available when it is asked for, unless it is about to become the latest. */
function stateOf(entry: Entry, latestGood: number | undefined): VersionStatus['state'] {
  if (entry.state === 'bad') return 'END';
  if (entry.state === 'good') return 'AVAILABLE';
  const becomesLatest = latestGood !== undefined && entry.version > latestGood;
  return entry.loading || becomesLatest ? 'LOADING' : 'AVAILABLE';
}
