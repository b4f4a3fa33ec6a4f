/** @file TensorFlow Serving's base paths as a source: folders with numbered versions, looked at again and again. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { MAX_TIMER_MS } from '../../contracts/index.ts';
import { openServable } from '../servable/open-servable.ts';
import { checkConfiguration, type ReloadStatus, type ServedModelConfig, type VersionPolicy } from './configuration.ts';
import type { ModelManager } from './model-manager.ts';
import type { ModelRules } from './served-model.ts';
import { type AspiredVersion, descending, exactVersion } from './version-entry.ts';

export interface BasePathOptions {
  /** Between two looks at the folders; 0 or less: they are looked at once. Default 1000. */
  readonly pollMs?: number;
  /** `lazy` loads a version when it is asked for. Default `eager`, as the reference. */
  readonly loading?: 'eager' | 'lazy';
  /** Default 5. */
  readonly maxLoadRetries?: number;
  /** Default 60,000. A version whose files change is tried again at once. */
  readonly retryMs?: number;
  /** Labels may point at versions that are not available, unless they point at another one already. Default false. */
  readonly allowLabelsForUnavailable?: boolean;
  readonly log?: (level: 'info' | 'warn', message: string) => void;
}

const OK: ReloadStatus = { code: 'OK', message: '' };
const MAX_INT64 = 2n ** 63n - 1n;

export class BasePathSource {
  readonly #manager: ModelManager;
  readonly #options: Required<BasePathOptions>;
  readonly #rules: ModelRules;
  #models = new Map<string, ServedModelConfig>();
  /** What was last said of a folder, so that it is said once. */
  readonly #said = new Map<string, string>();
  /** Marks of folders, by what opens them, as they were then: what is copied while it is read changes after that. */
  readonly #marks = new WeakMap<AspiredVersion['open'], string>();
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(manager: ModelManager, options: BasePathOptions = {}) {
    this.#manager = manager;
    const defaults = { pollMs: 1000, loading: 'eager', maxLoadRetries: 5, retryMs: 60_000 } as const;
    const more = { allowLabelsForUnavailable: false, log: () => {} };
    this.#options = { ...defaults, ...more, ...options };
    const { loading, maxLoadRetries, retryMs } = this.#options;
    this.#rules = {
      loading,
      preserves: true,
      keepsEnded: true,
      retryMs: (attempt) => (attempt < maxLoadRetries ? retryMs : null),
    };
  }

  /** What is configured now, by name. */
  get models(): ReadonlyMap<string, ServedModelConfig> {
    return this.#models;
  }

  /**
   * Replaces the whole configuration: models that are not in it any more are unloaded, new ones are waited for. One
   * configuration after the other.
   */
  apply(configs: Iterable<ServedModelConfig>): Promise<ReloadStatus> {
    return this.#inTurn(() => this.#apply([...configs]));
  }

  /** Adds one model, or replaces it, beside the others. */
  add(config: ServedModelConfig): Promise<ReloadStatus> {
    return this.#inTurn(() =>
      this.#apply([...[...this.#models.values()].filter(({ name }) => name !== config.name), config]),
    );
  }

  /** Takes one model away. */
  remove(name: string): Promise<ReloadStatus> {
    return this.#inTurn(() => this.#apply([...this.#models.values()].filter((config) => config.name !== name)));
  }

  /** Looks at all folders now. */
  poll(): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all([...this.#models.values()].map((config) => this.#look(config)));
    });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #apply(configs: readonly ServedModelConfig[]): Promise<ReloadStatus> {
    const fault = checkConfiguration(configs);
    if (fault) return fault;
    const before = this.#models;
    this.#models = new Map(configs.map((config) => [config.name, config]));
    for (const name of before.keys()) {
      if (this.#models.has(name)) continue;
      this.#said.delete(name);
      const model = this.#manager.model(name);
      model?.setRouting(new Map(), null);
      model?.aspire([], this.#rules);
    }
    await Promise.all(configs.map((config) => this.#look(config)));
    this.#pollLater();
    const added = configs.filter(({ name }) => !before.has(name));
    const missing = await this.#notAvailable(added);
    const labels = await this.#assignLabels(configs);
    if (missing.length === 0) return labels ?? OK;
    const message = `${missing.length} model(s) did not become available: {${missing.join(', ')}}`;
    return { code: 'UNKNOWN', message };
  }

  /** Waits for the first try of each version. */
  async #notAvailable(configs: readonly ServedModelConfig[]): Promise<string[]> {
    if (this.#options.loading === 'lazy') return [];
    const missing: string[] = [];
    for (const { name, basePath } of configs) {
      const wanted = this.#manager.model(name)?.wanted ?? [];
      await Promise.allSettled(wanted.map((entry) => entry.loading));
      const bad = wanted.filter((entry) => entry.phase !== 'good');
      if (wanted.length === 0) missing.push(`{name: ${name}} due to error: no versions under ${basePath}`);
      for (const { version, error } of bad) {
        missing.push(`{name: ${name} version: ${version}} due to error: ${error?.message ?? 'it is not loaded'}`);
      }
    }
    return missing;
  }

  /** All or none. */
  async #assignLabels(configs: readonly ServedModelConfig[]): Promise<ReloadStatus | null> {
    for (const { name, labels } of configs) {
      const model = this.#manager.model(name);
      for (const [label, labelled] of labels) {
        const version = exactVersion(labelled);
        const entry = model?.wanted.find((candidate) => candidate.version === version);
        await entry?.loading?.catch(() => {});
        if (entry?.phase === 'good' || (entry && this.#options.loading === 'lazy')) continue;
        const old = model?.labels.get(label);
        if (this.#options.allowLabelsForUnavailable && (old === undefined || old === version)) continue;
        return {
          code: 'FAILED_PRECONDITION',
          message: `Request to assign label to version ${labelled} of model ${name}, which is not currently available for inference`,
        };
      }
    }
    for (const { name, labels } of configs) this.#manager.model(name)?.setRouting(labels, null);
    return null;
  }

  #pollLater(): void {
    clearTimeout(this.#timer);
    const { pollMs } = this.#options;
    if (pollMs <= 0 || this.#stopped) return;
    this.#timer = setTimeout(() => void this.poll().finally(() => this.#pollLater()), Math.min(pollMs, MAX_TIMER_MS));
    this.#timer.unref();
  }

  async #look(config: ServedModelConfig): Promise<void> {
    const { name, basePath, policy } = config;
    const found = await versionsIn(basePath).catch((error: NodeJS.ErrnoException) => error);
    // A configuration that came meanwhile may not have this model any more.
    if (this.#stopped || this.#models.get(name) !== config) return;
    if (found instanceof Error) {
      const told = `Could not find base path ${basePath} for servable ${name} with error ${found.message}`;
      this.#say(name, told);
      return;
    }
    if (found.length === 0) {
      const told = `No versions of servable ${name} found under base path ${basePath}. Did you forget to name your leaf directory as a number (eg. '/1/')?`;
      this.#say(name, told);
    } else this.#said.delete(name);
    const chosen = choose(found, policy);
    const versions = chosen.map(({ version, folder }): AspiredVersion => {
      const open = async () => {
        this.#marks.set(open, await markOf(folder));
        return openServable(folder, { name, version });
      };
      return { version, open };
    });
    this.#manager.aspire(name, versions, this.#rules);
    await this.#retryChanged(name, chosen);
  }

  /** A folder that was copied while it was read is whole some time later. */
  async #retryChanged(name: string, folders: readonly VersionFolder[]): Promise<void> {
    for (const entry of this.#manager.model(name)?.wanted ?? []) {
      const place = folders.find(({ version }) => version === entry.version)?.folder;
      if (place === undefined || entry.phase !== 'bad' || entry.loading) continue;
      if (this.#marks.get(entry.open) !== (await markOf(place))) this.#manager.retry(entry);
    }
  }

  #say(name: string, message: string): void {
    if (this.#said.get(name) === message) return;
    this.#said.set(name, message);
    this.#options.log('warn', message);
  }
}

interface VersionFolder {
  readonly version: number | bigint;
  readonly folder: string;
}

/** Highest first. `00000123` is 123; of two folders with one number one is taken. */
async function versionsIn(basePath: string): Promise<VersionFolder[]> {
  const found = new Map<number | bigint, VersionFolder>();
  for (const entry of (await readdir(basePath)).sort()) {
    if (!/^\d{1,40}$/.test(entry) || BigInt(entry) > MAX_INT64) continue;
    const version = exactVersion(BigInt(entry));
    const folder = path.join(basePath, entry);
    if (!found.has(version) && (await stat(folder).catch(() => null))?.isDirectory()) {
      found.set(version, { version, folder });
    }
  }
  return [...found.values()].sort(descending);
}

function choose(found: readonly VersionFolder[], policy: VersionPolicy): readonly VersionFolder[] {
  switch (policy.kind) {
    case 'latest':
      return found.slice(0, Math.max(1, policy.count));
    case 'all':
      return found;
    case 'specific': {
      const wanted = policy.versions.map(exactVersion);
      return found.filter(({ version }) => wanted.includes(version));
    }
  }
}

/** Another one when a file in the folder changes. */
async function markOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const marks = await Promise.all(
    entries.slice(0, 1000).map(async (entry) => {
      const stats = await stat(path.join(folder, entry)).catch(() => null);
      return `${entry}:${stats?.size}:${stats?.mtimeMs}`;
    }),
  );
  return marks.sort().join('|');
}
