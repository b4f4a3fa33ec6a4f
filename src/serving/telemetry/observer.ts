/** @file What serving tells those who count, measure and trace. */
import type { PictorError } from '../../contracts/index.ts';
import type { VersionNumber } from '../models/version-status.ts';

export interface VersionName {
  readonly model: string;
  readonly version: VersionNumber;
}

/** A request to a loaded version, when it is answered. */
export interface RequestFacts extends VersionName {
  readonly signature: string;
  readonly rows: number;
  /** Null when it succeeded. */
  readonly error: PictorError | null;
  /** By the clock of `performance.now()`. */
  readonly startedAt: number;
  readonly totalMs: number;
  /** Pictures decoded, examples parsed. */
  readonly decodeMs: number;
  /** Until its batch ran. */
  readonly queueMs: number;
  /** Of its batch, inside the graph. */
  readonly computeMs: number;
}

/** A batch, when it has run. */
export interface RunFacts extends VersionName {
  /** Rows that were sent. */
  readonly rows: number;
  /** Rows that were added to reach an allowed size. */
  readonly padding: number;
  /** How long each of its requests waited, in milliseconds. */
  readonly waitedMs: readonly number[];
  /** Until the answer was back. */
  readonly runMs: number;
  /** Inside the graph. */
  readonly computeMs: number;
}

/** A version that comes or goes. */
export interface LoadFacts extends VersionName {
  readonly state: 'START' | 'LOADING' | 'AVAILABLE' | 'UNLOADING' | 'END';
  /** With `END`, when it could not be loaded; null when it is gone. */
  readonly error: PictorError | null;
  /** With `AVAILABLE`. */
  readonly loadMs: number | null;
}

/** Called at once, on the thread of the sockets: nothing here may take long or throw. */
export interface ServingObserver {
  onRequest?(facts: RequestFacts): void;
  onRun?(facts: RunFacts): void;
  onState?(facts: LoadFacts): void;
}

/** Several observers as one. */
export class Observers implements Required<ServingObserver> {
  readonly #all = new Set<ServingObserver>();

  /** @returns takes it away again */
  add(observer: ServingObserver): () => void {
    this.#all.add(observer);
    return () => this.#all.delete(observer);
  }

  onRequest(facts: RequestFacts): void {
    for (const observer of this.#all) observer.onRequest?.(facts);
  }

  onRun(facts: RunFacts): void {
    for (const observer of this.#all) observer.onRun?.(facts);
  }

  onState(facts: LoadFacts): void {
    for (const observer of this.#all) observer.onState?.(facts);
  }
}
