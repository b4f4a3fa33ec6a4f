/** @file All versions of one model: which there are, which one a request gets, and what comes and goes. */
import { type ModelRouting, PictorError } from '../../contracts/index.ts';
import type { ModelTarget } from '../model-in-use.ts';
import { type AspiredVersion, descending, exactVersion, VersionEntry } from './version-entry.ts';
import type { VersionNumber, VersionState, VersionStatus } from './version-status.ts';

/** How a source wants its versions treated. */
export interface ModelRules {
  /** `eager`: all are loaded at once and kept. `newest`: that one; the others when they are asked for. `lazy`: all when asked for. */
  readonly loading: 'eager' | 'newest' | 'lazy';
  /** A version that nobody wants any more stays until another one is available. */
  readonly preserves: boolean;
  /** Versions that are gone stay listed as `END`. */
  readonly keepsEnded: boolean;
  /** Milliseconds until a version that could not be loaded is tried again; null: no more. */
  readonly retryMs: (attempt: number) => number | null;
}

export interface ModelHost {
  /** Begins to load, or joins whoever does. */
  load(entry: VersionEntry): Promise<unknown>;
  /** Frees it when nobody uses it any more; `ended` is called then. */
  unload(entry: VersionEntry, ended?: () => void): void;
  /** Uniform in 0..1. */
  random(): number;
  stateChanged(entry: VersionEntry, state: VersionState): void;
}

/** Versions that ended are listed; the oldest of very many are forgotten. */
const MAX_ENDED = 100;

export class ServedModel {
  readonly name: string;
  readonly #host: ModelHost;
  #rules: ModelRules;
  #entries = new Map<VersionNumber, VersionEntry>();
  #labels = new Map<string, VersionNumber>();
  #split: ReadonlyMap<VersionNumber, number> | null = null;

  constructor(name: string, rules: ModelRules, host: ModelHost) {
    this.name = name;
    this.#rules = rules;
    this.#host = host;
  }

  get rules(): ModelRules {
    return this.#rules;
  }

  get labels(): ReadonlyMap<string, VersionNumber> {
    return this.#labels;
  }

  get split(): ReadonlyMap<VersionNumber, number> | null {
    return this.#split;
  }

  /** Highest first; also those that ended. */
  get entries(): VersionEntry[] {
    return [...this.#entries.values()].sort(descending);
  }

  /** Those that somebody wants, highest first. */
  get wanted(): VersionEntry[] {
    return this.entries.filter((entry) => entry.isAspired);
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Replaces what is wanted. Versions that stay are not touched. */
  aspire(versions: readonly AspiredVersion[], rules: ModelRules = this.#rules): void {
    this.#rules = rules;
    const wanted = new Map(versions.map((version) => [exactVersion(version.version), version]));
    for (const entry of this.#entries.values()) {
      if (!wanted.has(entry.version)) entry.isAspired = false;
    }
    for (const [number, aspired] of wanted) {
      const known = this.#entries.get(number);
      if (known?.isAspired) continue;
      if (known && (known.phase === 'good' || known.phase === 'new')) {
        known.isAspired = true;
        continue;
      }
      this.#entries.set(number, new VersionEntry(this.name, { ...aspired, version: number }));
    }
    this.reconcile();
  }

  /** Adds one version, as a source does that hears of them one by one. */
  add(version: AspiredVersion): void {
    const number = exactVersion(version.version);
    if (this.#entries.get(number)?.isAspired) return;
    this.#entries.set(number, new VersionEntry(this.name, { ...version, version: number }));
  }

  remove(version: VersionNumber): void {
    const entry = this.#entries.get(exactVersion(version));
    if (!entry) return;
    entry.isAspired = false;
    this.reconcile();
  }

  setRouting(labels: ReadonlyMap<string, VersionNumber>, split: ReadonlyMap<VersionNumber, number> | null): void {
    this.#labels = new Map([...labels].map(([label, version]) => [label, exactVersion(version)]));
    this.#split = split;
  }

  /** Loads what is to be loaded, then frees what is not wanted any more, in this order. */
  reconcile(): void {
    const wanted = this.wanted;
    const toLoad =
      this.#rules.loading === 'eager' ? wanted : this.#rules.loading === 'newest' ? wanted.slice(0, 1) : [];
    for (const entry of toLoad) {
      if (entry.phase === 'new' && !entry.loading && !entry.isPaused) this.#host.load(entry).catch(() => {});
    }
    const hasAvailable = wanted.some((entry) => entry.phase === 'good');
    for (const entry of this.entries.reverse()) {
      if (entry.isAspired || entry.phase === 'unloading' || entry.phase === 'ended') continue;
      if (this.#rules.preserves && wanted.length > 0 && !hasAvailable && entry.phase === 'good') continue;
      this.#end(entry);
    }
  }

  #end(entry: VersionEntry): void {
    clearTimeout(entry.retry);
    entry.phase = 'unloading';
    this.#host.stateChanged(entry, 'UNLOADING');
    this.#host.unload(entry, () => {
      entry.phase = 'ended';
      this.#host.stateChanged(entry, 'END');
      if (this.#entries.get(entry.version) !== entry) return;
      if (!this.#rules.keepsEnded) this.#entries.delete(entry.version);
      const ended = this.entries.filter(({ phase }) => phase === 'ended');
      for (const old of ended.slice(MAX_ENDED)) this.#entries.delete(old.version);
    });
    if (!this.#rules.keepsEnded && this.#entries.get(entry.version) === entry) this.#entries.delete(entry.version);
  }

  /**
   * The version that a target means now. It may still have to be loaded.
   * @throws `model_version_not_found`, `model_label_not_found`, `model_broken`, `model_not_ready`, `model_not_found`
   */
  find({ version, label }: Pick<ModelTarget, 'version' | 'label'>): VersionEntry | Promise<VersionEntry> {
    if (label !== undefined) return this.#labelled(label);
    if (version !== undefined) return this.#numbered(exactVersion(version));
    return this.#shared() ?? this.#newestGood() ?? this.#loadNewest();
  }

  #labelled(label: string): VersionEntry {
    const version = this.#labels.get(label);
    const entry = version === undefined ? undefined : this.#entries.get(version);
    if (entry && this.#canServe(entry)) return entry;
    throw new PictorError(
      'model_label_not_found',
      version === undefined
        ? `Model "${this.name}" has no label ${JSON.stringify(label.slice(0, 100))}.`
        : `The label ${JSON.stringify(label)} of model "${this.name}" is version ${version}, which is not available.`,
      { details: { model: this.name, label } },
    );
  }

  #numbered(version: VersionNumber): VersionEntry {
    const entry = this.#entries.get(version);
    if (entry?.isPaused) throw this.#paused(version);
    if (entry && this.#canServe(entry)) return entry;
    if (entry?.error && this.#rules.loading !== 'eager') throw entry.error;
    const because = entry?.error ? `: ${entry.error.message}` : '.';
    const text = entry
      ? `Version ${version} of model "${this.name}" is not available`
      : `Model "${this.name}" has no version ${version}`;
    throw new PictorError('model_version_not_found', `${text}${because}`, {
      details: { model: this.name, version: String(version) },
    });
  }

  /** One that is loaded, or will be when it is asked for. */
  #canServe(entry: VersionEntry): boolean {
    if (entry.isPaused) return false;
    if (entry.phase === 'good') return true;
    return entry.phase === 'new' && this.#rules.loading !== 'eager';
  }

  /** Of the versions that requests are split between. */
  #shared(): VersionEntry | null {
    if (!this.#split) return null;
    const available = [...this.#split].flatMap(([version, weight]) => {
      const entry = this.#entries.get(exactVersion(version));
      return entry && weight > 0 && this.#canServe(entry) ? [{ entry, weight }] : [];
    });
    const total = available.reduce((sum, { weight }) => sum + weight, 0);
    let place = this.#host.random() * total;
    for (const { entry, weight } of available) {
      place -= weight;
      if (place < 0) return entry;
    }
    return available.at(-1)?.entry ?? null;
  }

  #newestGood(): VersionEntry | undefined {
    return this.entries.find((entry) => entry.phase === 'good' && !entry.isPaused);
  }

  async #loadNewest(): Promise<VersionEntry> {
    const wanted = this.wanted;
    if (this.#rules.loading === 'eager' || wanted.every((entry) => entry.isPaused)) throw this.#notAvailable(wanted);
    for (const entry of wanted) {
      if (entry.phase === 'new' && !entry.isPaused) await this.#host.load(entry).catch(() => {});
      if (entry.phase === 'good' && entry.isAspired) return entry;
    }
    throw wanted[0]?.error ?? this.#notAvailable(this.wanted);
  }

  #notAvailable(wanted: readonly VersionEntry[]): PictorError {
    const name = JSON.stringify(this.name);
    if (wanted.length === 0) return new PictorError('model_not_found', `There is no model ${name}.`);
    if (wanted.every((entry) => entry.isPaused)) return this.#paused(wanted[0].version);
    const error = wanted.find((entry) => entry.error)?.error;
    const state = error ? `could not be loaded: ${error.message}` : 'is being loaded.';
    return new PictorError(
      'model_not_found',
      `No version of model ${name} is available: version ${wanted[0].version} ${state}`,
    );
  }

  #paused(version: VersionNumber): PictorError {
    return new PictorError('model_not_ready', `Version ${version} of model "${this.name}" was unloaded.`, {
      fix: 'Load it again.',
    });
  }

  /** Highest first. */
  status(): VersionStatus[] {
    const entries = this.entries;
    const latestGood = entries.find((entry) => entry.phase === 'good')?.version;
    return entries.map((entry) => ({
      version: entry.version,
      state: this.#stateOf(entry, latestGood),
      error: entry.phase === 'bad' ? entry.error : null,
      isLoaded: entry.loaded !== null,
    }));
  }

  #stateOf(entry: VersionEntry, latestGood: VersionNumber | undefined): VersionState {
    switch (entry.phase) {
      case 'good':
        return entry.isPaused ? 'END' : 'AVAILABLE';
      case 'bad':
      case 'ended':
        return 'END';
      case 'unloading':
        return 'UNLOADING';
      case 'new':
        break;
    }
    if (entry.isPaused) return 'END';
    if (entry.loading) return 'LOADING';
    if (this.#rules.loading === 'eager') return 'START';
    // One that was never loaded is available when it is asked for, unless it is about to become the latest.
    const becomesLatest = this.#rules.loading === 'newest' && latestGood !== undefined && entry.version > latestGood;
    return becomesLatest ? 'LOADING' : 'AVAILABLE';
  }
}

/** A registry's routing with version numbers. */
export function routingMaps({ labels, split }: ModelRouting): {
  readonly labels: ReadonlyMap<string, VersionNumber>;
  readonly split: ReadonlyMap<VersionNumber, number> | null;
} {
  const shares = split && new Map(Object.entries(split).map(([version, share]) => [Number(version), share]));
  return { labels: new Map(Object.entries(labels)), split: shares };
}
