/** @file One version of a model as the manager keeps it. */
import type { PictorError } from '../../contracts/index.ts';
import type { LoadedVersion } from '../servable/loaded-version.ts';
import type { Servable } from '../servable/servable.ts';
import type { VersionNumber } from './version-status.ts';

/** A version that a source wants to be served. */
export interface AspiredVersion {
  readonly version: VersionNumber;
  /** Reads it. @throws `model_broken` and others, which are told under its status */
  readonly open: () => Promise<Servable>;
}

/**
 * `new`: never loaded. `good`: was loaded once, and is again when it is asked for. `bad`: could not be loaded. `unloading`,
 * `ended`: nobody wants it any more.
 */
export type VersionPhase = 'new' | 'good' | 'bad' | 'unloading' | 'ended';

export class VersionEntry {
  readonly model: string;
  readonly version: VersionNumber;
  readonly open: () => Promise<Servable>;
  phase: VersionPhase = 'new';
  /** A source wants it. */
  isAspired = true;
  /** Somebody asked for it to be unloaded, until somebody asks for it to be loaded. */
  isPaused = false;
  loaded: LoadedVersion | null = null;
  loading: Promise<LoadedVersion> | null = null;
  error: PictorError | null = null;
  attempts = 0;
  /** Bytes that were made room for, while it is being loaded. */
  reserved = 0;
  retry: NodeJS.Timeout | undefined;

  constructor(model: string, { version, open }: AspiredVersion) {
    this.model = model;
    this.version = version;
    this.open = open;
  }

  get what(): string {
    return `Version ${this.version} of model "${this.model}"`;
  }
}

/** A number where that is exact, so that `3n` and `3` are one version. */
export function exactVersion(version: VersionNumber): VersionNumber {
  if (typeof version === 'number') return version;
  const number = Number(version);
  return Number.isSafeInteger(number) ? number : version;
}

/** Highest first. */
export function descending(a: { readonly version: VersionNumber }, b: { readonly version: VersionNumber }): number {
  return a.version < b.version ? 1 : a.version > b.version ? -1 : 0;
}
