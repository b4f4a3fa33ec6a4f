/** @file Datasets: send one by URL or as a file, wait until it is understood, look, delete. */
import type { DatasetRecord } from '../contracts/index.ts';
import { PictorClientError } from './errors.ts';
import { type CallOptions, sleep, type Transport } from './transport.ts';

const FIRST_LOOK_MS = 100;
const SLOWEST_LOOK_MS = 2_000;

export class DatasetsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(options: CallOptions = {}): Promise<DatasetRecord[]> {
    const path = '/api/v1/datasets';
    const answer = await this.#transport.json<{ datasets: DatasetRecord[] }>({ method: 'GET', path, ...options });
    return answer.datasets;
  }

  get(id: string, options: CallOptions = {}): Promise<DatasetRecord> {
    return this.#transport.json({ method: 'GET', path: `/api/v1/datasets/${encodeURIComponent(id)}`, ...options });
  }

  /** @param source http(s) URL of an archive, or `sample:digits` */
  submit(source: string, options: CallOptions = {}): Promise<DatasetRecord> {
    return this.#transport.json({ method: 'POST', path: '/api/v1/datasets', json: { source }, ...options });
  }

  /**
   * Sends an archive. No deadline unless one is given: it may be long.
   * @param name of the file, which tells its kind: `photos.zip`
   */
  upload(file: Blob, name: string, options: CallOptions = {}): Promise<DatasetRecord> {
    return this.#transport.json({
      method: 'POST',
      path: `/api/v1/datasets?fileName=${encodeURIComponent(name)}`,
      body: file,
      headers: { 'content-type': 'application/octet-stream' },
      timeoutMs: Number.POSITIVE_INFINITY,
      ...options,
    });
  }

  /**
   * Waits until a dataset is ready; what was found in it is in its `manifest`.
   * @throws PictorClientError with the dataset's own error when it cannot be used
   */
  async ready(id: string, options: CallOptions = {}): Promise<DatasetRecord> {
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(SLOWEST_LOOK_MS, pause * 1.5)) {
      const record = await this.get(id, options);
      if (record.state === 'ready') return record;
      if (record.error) {
        const { code, message, fix, details } = record.error;
        throw new PictorClientError('api', message, { code, fix, ...(details ? { details } : {}) });
      }
      await sleep(pause, options.signal);
      if (options.signal?.aborted) throw new PictorClientError('aborted', `Waiting for dataset ${id} was stopped.`);
    }
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    const path = `/api/v1/datasets/${encodeURIComponent(id)}`;
    await this.#transport.json({ method: 'DELETE', path, ...options });
  }
}
