/** @file Models: list, look, load, unload, promote, split, delete, statistics. */
import type { ModelManifest, ModelRouting, ModelSummary } from '../contracts/index.ts';
import type { CallOptions, Transport } from './transport.ts';

const encode = encodeURIComponent;

export interface ServingState extends ModelRouting {
  readonly name: string;
  /** Highest first. */
  readonly versions: readonly {
    readonly version: number;
    /** `START`, `LOADING`, `AVAILABLE`, `UNLOADING` or `END`. */
    readonly state: string;
    /** In memory. */
    readonly loaded: boolean;
    /** Why it cannot be served. */
    readonly error: string | null;
  }[];
}

export interface Duration {
  readonly count: number;
  readonly totalMs: number;
}

export interface VersionStatistics {
  readonly version: number;
  readonly lastRequestAt: string | null;
  /** Rows that wait or run now. */
  readonly pending: number;
  /** Rows that were answered. */
  readonly rows: number;
  readonly batches: number;
  readonly success: Duration;
  readonly failure: Duration;
  readonly queue: Duration;
  readonly decode: Duration;
  readonly compute: Duration;
  readonly other: Duration;
  readonly batchSizes: readonly (Duration & { readonly rows: number })[];
}

/** One of `version` and `split`, or `labels` alone. */
export interface Promotion {
  /** Null: the newest version answers. */
  readonly version?: number | null;
  /** Weights by version: `{ 3: 9, 4: 1 }`. */
  readonly split?: Readonly<Record<string, number>>;
  /** Version by label; null takes a label away. */
  readonly labels?: Readonly<Record<string, number | null>>;
}

export class ModelsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(options: CallOptions = {}): Promise<ModelSummary[]> {
    const { models } = await this.#transport.json<{ models: ModelSummary[] }>({ ...get('/models'), ...options });
    return models;
  }

  get(name: string, options: CallOptions = {}): Promise<ModelSummary> {
    return this.#transport.json({ ...get(`/models/${encode(name)}`), ...options });
  }

  /** Everything that is known about one version. */
  version(name: string, version: number, options: CallOptions = {}): Promise<ModelManifest> {
    return this.#transport.json({ ...get(`/models/${encode(name)}/versions/${version}`), ...options });
  }

  /** States, labels and shares of a model's versions, as they are served now. */
  serving(name: string, options: CallOptions = {}): Promise<ServingState> {
    return this.#transport.json({ ...get(`/models/${encode(name)}/serving`), ...options });
  }

  /** What each version has answered, and where the time went. */
  async statistics(name: string, options: CallOptions = {}): Promise<readonly VersionStatistics[]> {
    const path = `/models/${encode(name)}/statistics`;
    return (await this.#transport.json<{ versions: VersionStatistics[] }>({ ...get(path), ...options })).versions;
  }

  /** Loads what was unloaded; without a number the newest version. Resolves when it answers. */
  load(name: string, version?: number, options: CallOptions = {}): Promise<ServingState> {
    return this.#change(name, 'load', version, options);
  }

  /** Frees memory; requests get 503 until it is loaded again. Without a number all versions. */
  unload(name: string, version?: number, options: CallOptions = {}): Promise<ServingState> {
    return this.#change(name, 'unload', version, options);
  }

  /** Chooses which version answers requests that name none, or what versions are called. */
  promote(name: string, change: Promotion, options: CallOptions = {}): Promise<ModelRouting> {
    const path = `/api/v1/models/${encode(name)}/promote`;
    return this.#transport.json({ method: 'POST', path, json: change, repeatable: true, ...options });
  }

  #change(name: string, what: 'load' | 'unload', version: number | undefined, options: CallOptions) {
    const path = `/api/v1/models/${encode(name)}${version === undefined ? '' : `/versions/${version}`}/${what}`;
    return this.#transport.json<ServingState>({ method: 'POST', path, repeatable: true, ...options });
  }

  /** Deletes one version, or without a number all of them. */
  async delete(name: string, version?: number, options: CallOptions = {}): Promise<void> {
    const path = `/api/v1/models/${encode(name)}${version === undefined ? '' : `/versions/${version}`}`;
    await this.#transport.json({ method: 'DELETE', path, ...options });
  }
}

function get(path: string) {
  return { method: 'GET', path: `/api/v1${path}` } as const;
}
