/** @file What the manager of models is told, and what it gives. */
import type { LoadContext, LoadedVersion } from '../servable/loaded-version.ts';
import type { LoadFacts } from '../telemetry/observer.ts';

export interface ModelManagerOptions {
  readonly loading: LoadContext;
  /** Versions kept in memory, without those of eager sources; beyond it the one that was not used for longest goes. */
  readonly maxLoaded: number;
  /** Bytes of weights in memory, over all workers; null: no bound. */
  readonly memoryBudgetBytes: number | null;
  /** Versions that nobody asked for in so long are freed until somebody does; null: never. */
  readonly idleUnloadMs: number | null;
  /** Runs before a version becomes available. @throws what keeps it from becoming so */
  readonly warmUp: ((version: LoadedVersion) => Promise<void>) | null;
  readonly random: () => number;
  readonly onState: (facts: LoadFacts) => void;
  readonly log: (level: 'info' | 'warn', message: string) => void;
  /** Asks the sources to look now: somebody wants a model that is not known. */
  readonly refresh: () => Promise<void>;
}

export interface Held {
  readonly version: LoadedVersion;
  readonly release: () => void;
}
