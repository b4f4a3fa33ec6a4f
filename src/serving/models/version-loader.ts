/** @file Brings versions into memory: reads, makes room, loads, warms up, and says what became of it. */
import { asPictorError, PictorError } from '../../contracts/index.ts';
import { type LoadedVersion, loadServable } from '../servable/loaded-version.ts';
import { isTooLong } from '../servable/run-guard.ts';
import type { ModelManagerOptions } from './manager-options.ts';
import { roomFor } from './memory-bounds.ts';
import type { VersionEntry } from './version-entry.ts';
import type { VersionState } from './version-status.ts';

export interface LoaderHooks {
  /** Loaded, or being loaded. */
  readonly inMemory: () => readonly VersionEntry[];
  readonly free: (entry: VersionEntry) => void;
  readonly tell: (entry: VersionEntry, state: VersionState, loadMs?: number) => void;
  /** A version is in memory now. */
  readonly loaded: (entry: VersionEntry) => void;
  /** A version could not be loaded. */
  readonly retryLater: (entry: VersionEntry) => void;
  /** A load is over, well or not. */
  readonly ended: (entry: VersionEntry) => void;
}

export class VersionLoader {
  readonly #options: ModelManagerOptions;
  readonly #hooks: LoaderHooks;
  /** Loads that a model's first answer may wait for. */
  readonly #loads = new Set<Promise<unknown>>();
  #uses = 0;

  constructor(options: ModelManagerOptions, hooks: LoaderHooks) {
    this.#options = options;
    this.#hooks = hooks;
  }

  /** Once at a time for each version. @throws what keeps it from being loaded */
  load(entry: VersionEntry): Promise<LoadedVersion> {
    if (entry.loaded) return Promise.resolve(entry.loaded);
    if (!entry.loading) {
      const loading = this.#load(entry).finally(() => {
        entry.loading = null;
        entry.reserved = 0;
        this.#loads.delete(loading);
        this.#hooks.ended(entry);
      });
      entry.loading = loading;
      this.#loads.add(loading);
    }
    return entry.loading;
  }

  /** Resolves when nothing is being loaded. */
  async settled(): Promise<void> {
    while (this.#loads.size > 0) await Promise.allSettled(this.#loads);
  }

  /** It is the last that somebody used. */
  markUsed(version: LoadedVersion): void {
    version.lastUsed = ++this.#uses;
    version.lastUsedAt = performance.now();
  }

  async #load(entry: VersionEntry): Promise<LoadedVersion> {
    const { model, version } = entry;
    const { loading, warmUp, log } = this.#options;
    const started = performance.now();
    const isFirst = entry.phase !== 'good';
    if (isFirst) this.#hooks.tell(entry, 'LOADING');
    let loaded: LoadedVersion | null = null;
    try {
      const servable = await entry.open();
      await this.#makeRoom(entry, servable.bytes * loading.pool.size);
      const onBroken = (error: PictorError) => this.#noteBroken(entry, error);
      loaded = await loadServable({ ...loading, onBroken }, model, version, servable);
      await warmUp?.(loaded);
      checkWanted(entry);
      this.markUsed(loaded);
      Object.assign(entry, { phase: 'good', loaded, error: null, attempts: 0 });
      if (isFirst) {
        for (const note of servable.notes) log('warn', `${entry.what}: ${note}`);
        log('info', `Model "${model}": version ${version} is ready.`);
        this.#hooks.tell(entry, 'AVAILABLE', performance.now() - started);
      }
      this.#hooks.loaded(entry);
      return loaded;
    } catch (error) {
      await loaded?.close().catch(() => {});
      this.#noteFailure(entry, asPictorError(error), isFirst);
      throw error instanceof PictorError ? error : asPictorError(error);
    }
  }

  /** @throws `memory_budget_exceeded` when what is in use leaves no room */
  async #makeRoom(entry: VersionEntry, bytes: number): Promise<void> {
    const { memoryBudgetBytes: budget, loading } = this.#options;
    if (budget === null) return;
    for (;;) {
      const inMemory = this.#hooks.inMemory();
      // What others are being loaded into is free again when they are loaded, and nobody uses them.
      const others = inMemory.filter((other) => other !== entry && other.loading && other.reserved > 0);
      try {
        for (const idle of roomFor(entry, bytes, budget, inMemory, loading.pool.size)) this.#hooks.free(idle);
        entry.reserved = bytes;
        return;
      } catch (error) {
        if (others.length === 0 || bytes > budget) throw error;
      }
      await Promise.race(others.map((other) => other.loading?.catch(() => {})));
    }
  }

  #noteFailure(entry: VersionEntry, error: PictorError, isFirst: boolean): void {
    entry.error = error;
    if (!entry.isAspired || entry.isPaused) return;
    // What was good before is only out of room, mostly: it is tried again by whoever asks for it next.
    if (error.code === 'memory_budget_exceeded' && !isFirst) return;
    this.#tellBad(entry, error);
    if (!isTooLong(error)) this.#hooks.retryLater(entry);
  }

  /** It was good until its runs did not end. */
  #noteBroken(entry: VersionEntry, error: PictorError): void {
    // One that was warming up fails there, and one that nobody wants goes anyway.
    if (!entry.loaded || entry.phase !== 'good') return;
    entry.error = error;
    this.#hooks.free(entry);
    this.#tellBad(entry, error);
    this.#hooks.ended(entry);
  }

  #tellBad(entry: VersionEntry, error: PictorError): void {
    entry.phase = 'bad';
    const isNamed = error.message.startsWith(entry.what);
    this.#options.log('warn', isNamed ? error.message : `${entry.what} cannot be served. ${error.message}`);
    this.#hooks.tell(entry, 'END');
  }
}

function checkWanted({ isAspired, isPaused, what }: VersionEntry): void {
  if (!isAspired) throw new PictorError('model_version_not_found', `${what} was deleted just now.`);
  if (isPaused) throw new PictorError('model_not_ready', `${what} was unloaded just now.`);
}
