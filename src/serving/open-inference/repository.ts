/** @file Triton's and KServe's model repository: what there is, loading, unloading. */
import type { Predictor } from '../predictor.ts';
import type { VersionStatus } from '../served-models.ts';

/** Triton's states. */
const STATES = {
  START: 'LOADING',
  LOADING: 'LOADING',
  AVAILABLE: 'READY',
  UNLOADING: 'UNLOADING',
  END: 'UNAVAILABLE',
} as const;

export interface ModelIndexEntry {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
}

/** What is behind the repository's calls. */
export interface ServedRepository {
  /** All that may be asked for, loaded or not. */
  names(): Promise<readonly string[]>;
  /** @throws `model_not_found`, `model_broken` */
  load(name: string): Promise<void>;
  /** @throws `model_not_found` */
  unload(name: string): Promise<void>;
}

/** Every version, highest first. @param readyOnly leaves out what does not answer */
export async function repositoryIndex(
  repository: ServedRepository,
  predictor: Predictor,
  readyOnly: boolean,
): Promise<ModelIndexEntry[]> {
  const names = await repository.names();
  const statuses = await Promise.all(names.map((name) => predictor.status(name)));
  const entries = names.flatMap((name, index) => statuses[index].map((status) => entryOf(name, status)));
  return readyOnly ? entries.filter(({ state }) => state === 'READY') : entries;
}

function entryOf(name: string, { version, state, error }: VersionStatus): ModelIndexEntry {
  return { name, version: String(version), state: STATES[state], reason: error?.message ?? '' };
}
