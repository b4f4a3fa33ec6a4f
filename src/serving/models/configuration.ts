/** @file Which models to serve from which folders, as TensorFlow Serving's `ModelServerConfig` says it. */
import path from 'node:path';
import type { VersionNumber } from './version-status.ts';

/** Which of the versions in a model's folder are served. */
export type VersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'specific'; readonly versions: readonly VersionNumber[] };

/** Requests that are written down, for warm-up files and for labelling. */
export interface RequestLogging {
  /** Files begin with it. */
  readonly filenamePrefix: string;
  /** Share of the requests, 0 to 1. */
  readonly samplingRate: number;
}

export interface ServedModelConfig {
  readonly name: string;
  /** Absolute; holds one folder for each version. */
  readonly basePath: string;
  readonly policy: VersionPolicy;
  /** Version by label. */
  readonly labels: ReadonlyMap<string, VersionNumber>;
  /** Default: none. */
  readonly logging?: RequestLogging | null;
}

/** What became of a new configuration, in TensorFlow's codes. */
export interface ReloadStatus {
  readonly code: 'OK' | 'INVALID_ARGUMENT' | 'FAILED_PRECONDITION' | 'UNKNOWN';
  /** Empty with `OK`. */
  readonly message: string;
}

/** @returns null when the configuration can be used */
export function checkConfiguration(configs: readonly ServedModelConfig[]): ReloadStatus | null {
  const names = new Set<string>();
  for (const { name, basePath } of configs) {
    const fail = (message: string): ReloadStatus => ({ code: 'INVALID_ARGUMENT', message });
    if (names.has(name)) return fail(`Illegal to list model ${name} multiple times in config list`);
    names.add(name);
    if (!path.isAbsolute(basePath)) {
      return fail(`Expected model ${name} to have an absolute path or URI; got base_path()=${basePath}`);
    }
  }
  return null;
}
