/** @file Models: list, look, load, unload, promote, split, delete, statistics. */
import type { ModelManifest, ModelSummary } from '../contracts/index.ts';
import type { CallOptions, Transport } from './transport.ts';

const encode = encodeURIComponent;

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

  /** Deletes one version, or without a number all of them. */
  async delete(name: string, version?: number, options: CallOptions = {}): Promise<void> {
    const path = `/api/v1/models/${encode(name)}${version === undefined ? '' : `/versions/${version}`}`;
    await this.#transport.json({ method: 'DELETE', path, ...options });
  }
}

function get(path: string) {
  return { method: 'GET', path: `/api/v1${path}` } as const;
}
