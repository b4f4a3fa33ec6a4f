/** @file Numbers and states of versions, as others see them. */
import type { PictorError } from '../../contracts/index.ts';

/** A version number: a bigint where a number would not be exact. */
export type VersionNumber = number | bigint;

/** TensorFlow Serving's, in their order. */
export const VERSION_STATES = ['START', 'LOADING', 'AVAILABLE', 'UNLOADING', 'END'] as const;
export type VersionState = (typeof VERSION_STATES)[number];

export interface VersionStatus {
  readonly version: VersionNumber;
  readonly state: VersionState;
  /** Why it could not be loaded. */
  readonly error: PictorError | null;
  /** False for one that is available, but is loaded again when it is asked for. */
  readonly isLoaded: boolean;
}
