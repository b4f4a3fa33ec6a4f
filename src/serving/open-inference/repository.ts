/** @file Triton's and KServe's model repository: what there is, loading, unloading. */
import type { VersionState, VersionStatus } from '../models/version-status.ts';
import type { Predictor } from '../predictor.ts';

/** Triton's states. */
const STATES = {
  START: 'LOADING',
  LOADING: 'LOADING',
  AVAILABLE: 'READY',
  UNLOADING: 'UNLOADING',
  END: 'UNAVAILABLE',
} as const satisfies Record<VersionState, string>;

export interface ModelIndexEntry {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
}

/** Every version, highest first. @param readyOnly leaves out what does not answer */
export function repositoryIndex(predictor: Predictor, readyOnly: boolean): ModelIndexEntry[] {
  const entries = predictor.models().flatMap(({ name, versions }) => versions.map((status) => entryOf(name, status)));
  return readyOnly ? entries.filter(({ state }) => state === 'READY') : entries;
}

function entryOf(name: string, { version, state, error }: VersionStatus): ModelIndexEntry {
  return { name, version: String(version), state: STATES[state], reason: error?.message ?? '' };
}
