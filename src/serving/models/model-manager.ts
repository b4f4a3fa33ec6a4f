/** @file All models: finds the version that is meant, keeps what is in memory within bounds, and lets go what is not wanted. */
import { MAX_TIMER_MS, PictorError } from '../../contracts/index.ts';
import type { ModelTarget } from '../model-in-use.ts';
import type { LoadedVersion } from '../servable/loaded-version.ts';
import type { Held, ModelManagerOptions } from './manager-options.ts';
import { surplusOf } from './memory-bounds.ts';
import { type ModelRules, ServedModel } from './served-model.ts';
import { type AspiredVersion, exactVersion, type VersionEntry } from './version-entry.ts';
import { VersionLoader } from './version-loader.ts';
import type { VersionNumber, VersionState, VersionStatus } from './version-status.ts';

export class ModelManager {
  readonly #options: ModelManagerOptions;
  readonly #models = new Map<string, ServedModel>();
  readonly #closings = new Set<Promise<void>>();
  readonly #loader: VersionLoader;
  readonly #idleTimer: NodeJS.Timeout | undefined;
  #held = 0;
  #idle: (() => void) | null = null;
  #draining = false;

  constructor(options: ModelManagerOptions) {
    this.#options = options;
    this.#loader = new VersionLoader(options, {
      inMemory: () => this.#inMemory,
      free: (entry) => this.#unload(entry),
      tell: (entry, state, loadMs) => this.#tell(entry, state, loadMs),
      loaded: (entry) => this.#evictSurplus(entry),
      retryLater: (entry) => this.#retryLater(entry),
      ended: (entry) => this.#models.get(entry.model)?.reconcile(),
    });
    const { idleUnloadMs } = options;
    if (idleUnloadMs === null) return;
    this.#idleTimer = setInterval(
      () => this.unloadIdle(idleUnloadMs),
      Math.min(MAX_TIMER_MS, Math.max(10, idleUnloadMs / 4)),
    );
    this.#idleTimer.unref();
  }

  get names(): string[] {
    return [...this.#models.keys()].sort();
  }

  model(name: string): ServedModel | undefined {
    return this.#models.get(name);
  }

  /** Replaces the versions of a model that are wanted; none of a model that is not known is none. */
  aspire(name: string, versions: readonly AspiredVersion[], rules: ModelRules): ServedModel {
    const model = this.#modelFor(name, rules);
    model.aspire(versions, rules);
    return model;
  }

  addVersion(name: string, version: AspiredVersion, rules: ModelRules): void {
    this.#modelFor(name, rules).add(version);
  }

  removeVersion(name: string, version: VersionNumber): void {
    const model = this.#models.get(name);
    model?.remove(version);
    if (model?.isEmpty) this.#models.delete(name);
  }

  /** Frees all versions of a model when they are not in use any more, and forgets it. */
  removeModel(name: string): void {
    const model = this.#models.get(name);
    if (!model) return;
    model.aspire([]);
    this.#models.delete(name);
  }

  /**
   * A version that is loaded, and stays so until `release` is called.
   * @throws `model_not_found`, `model_version_not_found`, `model_label_not_found`, `model_broken`, `model_not_ready`,
   *   `memory_budget_exceeded`, `server_not_ready`
   */
  async hold(target: Pick<ModelTarget, 'name' | 'version' | 'label'>): Promise<Held> {
    for (let turn = 0; ; turn++) {
      if (this.#draining) throw new PictorError('server_not_ready', 'Pictor is shutting down.');
      const entry = await this.#find(target);
      if (!entry.loaded) {
        const loading = this.#loader.load(entry);
        // When the latest cannot be loaded any more, or is deleted now, another version becomes the latest.
        if (target.version === undefined && target.label === undefined && turn < 100) await loading.catch(() => {});
        else await loading;
      }
      // It may have been unloaded or removed while this waited for its turn.
      const { loaded } = entry;
      if (!loaded) continue;
      this.#loader.markUsed(loaded);
      const release = loaded.hold();
      this.#held++;
      return { version: loaded, release: () => this.#release(release) };
    }
  }

  /** States of a model's versions, highest first; empty for an unknown model. */
  async status(name: string): Promise<VersionStatus[]> {
    if (!this.#models.has(name)) await this.#options.refresh();
    return this.#models.get(name)?.status() ?? [];
  }

  /**
   * Loads versions that were unloaded or never loaded. Default: the newest.
   * @throws as `hold`
   */
  async load(name: string, version?: VersionNumber): Promise<void> {
    const entries = await this.#known(name, version);
    const [newest] = entries;
    for (const entry of entries) entry.isPaused = false;
    newest.attempts = 0;
    await this.#loader.load(newest);
  }

  /**
   * Frees versions when they are not in use any more, and answers `model_not_ready` until they are loaded again.
   * @param version default: all of them
   * @throws `model_not_found`, `model_version_not_found`
   */
  async unload(name: string, version?: VersionNumber): Promise<void> {
    for (const entry of await this.#known(name, version)) {
      entry.isPaused = true;
      clearTimeout(entry.retry);
      this.#unload(entry);
    }
  }

  /** Tries a version again that could not be loaded. */
  retry(entry: VersionEntry): void {
    clearTimeout(entry.retry);
    if (entry.isAspired && !entry.isPaused && !this.#draining) this.#loader.load(entry).catch(() => {});
  }

  /** Resolves when nothing is being loaded. */
  settled(): Promise<void> {
    return this.#loader.settled();
  }

  /** Some model's first version is being loaded. */
  get isStarting(): boolean {
    return [...this.#models.values()].some(({ entries }) => {
      return entries.some((entry) => entry.loading) && !entries.some((entry) => entry.phase === 'good');
    });
  }

  get loaded(): LoadedVersion[] {
    return this.#inMemory.flatMap(({ loaded }) => (loaded ? [loaded] : []));
  }

  /** Looks at every model that was told version by version, when all were. */
  reconcile(names: Iterable<string>): void {
    for (const name of names) {
      const model = this.#models.get(name);
      if (!model || this.#draining) continue;
      const [newest] = model.wanted;
      const replaces = model.wanted.some((entry) => entry.phase === 'good');
      // With many models, those that nobody asks for are left until somebody does.
      if (newest?.phase === 'new' && !replaces && this.#inMemory.length >= this.#options.maxLoaded) continue;
      model.reconcile();
    }
  }

  /** Frees what nobody asked for in so many milliseconds. */
  unloadIdle(idleMs: number): void {
    const before = performance.now() - idleMs;
    for (const entry of this.#inMemory) {
      if (entry.loaded && !entry.loaded.inUse && entry.loaded.lastUsedAt <= before) this.#unload(entry);
    }
  }

  /** Takes nothing new, and resolves when everything that was taken is answered. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (this.#held > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** Drains, then frees everything. */
  async close(): Promise<void> {
    this.#draining = true;
    clearInterval(this.#idleTimer);
    const entries = [...this.#models.values()].flatMap((model) => model.entries);
    for (const entry of entries) clearTimeout(entry.retry);
    await Promise.allSettled(entries.map((entry) => entry.loading));
    for (const entry of entries) this.#unload(entry);
    await Promise.all(this.#closings);
  }

  #modelFor(name: string, rules: ModelRules): ServedModel {
    const known = this.#models.get(name);
    if (known) return known;
    const { random } = this.#options;
    const model = new ServedModel(name, rules, {
      load: (entry) => this.#loader.load(entry),
      unload: (entry, ended) => this.#unload(entry, ended),
      stateChanged: (entry, state) => this.#tell(entry, state),
      random,
    });
    this.#models.set(name, model);
    return model;
  }

  async #find(target: Pick<ModelTarget, 'name' | 'version' | 'label'>): Promise<VersionEntry> {
    const { name, version } = target;
    const known = this.#models.get(name);
    const isKnown =
      known && (version === undefined || known.entries.some((entry) => entry.version === exactVersion(version)));
    if (!isKnown) await this.#options.refresh();
    const model = this.#models.get(name);
    if (model) return model.find(target);
    throw new PictorError('model_not_found', `There is no model ${JSON.stringify(name.slice(0, 200))}.`);
  }

  async #known(name: string, version?: VersionNumber): Promise<VersionEntry[]> {
    if (!this.#models.has(name)) await this.#options.refresh();
    const wanted = this.#models.get(name)?.wanted ?? [];
    if (wanted.length === 0) {
      throw new PictorError('model_not_found', `There is no model ${JSON.stringify(name.slice(0, 200))}.`);
    }
    if (version === undefined) return wanted;
    const entry = wanted.find((candidate) => candidate.version === exactVersion(version));
    if (entry) return [entry];
    throw new PictorError('model_version_not_found', `Model "${name}" has no version ${version}.`);
  }

  #release(release: () => void): void {
    release();
    this.#held--;
    if (this.#held === 0) this.#idle?.();
  }

  get #inMemory(): VersionEntry[] {
    return [...this.#models.values()]
      .flatMap((model) => model.entries)
      .filter((entry) => entry.loaded || entry.loading);
  }

  #retryLater(entry: VersionEntry): void {
    const delay = this.#models.get(entry.model)?.rules.retryMs(entry.attempts++) ?? null;
    if (delay === null || this.#draining) return;
    entry.retry = setTimeout(() => this.retry(entry), Math.min(delay, MAX_TIMER_MS));
    entry.retry.unref();
  }

  #evictSurplus(kept: VersionEntry): void {
    // Those that are to be kept loaded are not counted.
    const free = this.#inMemory.filter(({ model }) => this.#models.get(model)?.rules.loading !== 'eager');
    for (const entry of surplusOf(kept, free, this.#options.maxLoaded)) this.#unload(entry);
  }

  #unload(entry: VersionEntry, ended: () => void = () => {}): void {
    const { loaded } = entry;
    entry.loaded = null;
    // One that is being loaded is let go by whoever loads it.
    const closing = (loaded ? loaded.close() : Promise.resolve(entry.loading)).then(ended, ended);
    this.#closings.add(closing);
    void closing.finally(() => this.#closings.delete(closing));
  }

  #tell({ model, version, phase, error }: VersionEntry, state: VersionState, loadMs: number | null = null): void {
    this.#options.onState({ model, version, state, error: state === 'END' && phase === 'bad' ? error : null, loadMs });
  }
}
