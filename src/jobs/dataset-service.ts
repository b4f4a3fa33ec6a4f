/** @file Datasets that were sent to be checked: submit, look, delete, watch. */
import { type DatasetRecord, type DatasetSource, isTerminal, PictorError } from '../contracts/index.ts';
import { redactSource } from '../dataset/index.ts';
import type { Platform, Unsubscribe } from '../platform/index.ts';
import { checkId, newId } from './ids.ts';
import { isConflict } from './record-writer.ts';
import { openStores, type Stores } from './stores.ts';

export interface DatasetChange {
  readonly id: string;
  /** Null when it was deleted. */
  readonly dataset: DatasetRecord | null;
}

export class DatasetService {
  readonly #stores: Stores;

  constructor(platform: Platform) {
    this.#stores = openStores(platform);
  }

  /**
   * Has a dataset fetched, prepared and checked by whichever trainer is free first.
   * @param title what people see
   * @param options.id chosen by the caller. Default: a new one
   * @throws `invalid_request` for a bad id, `conflict` for one that is taken
   */
  async submit(source: DatasetSource, title: string, options: { readonly id?: string } = {}): Promise<DatasetRecord> {
    const id = options.id === undefined ? newId() : checkId(options.id);
    const now = new Date().toISOString();
    const record: DatasetRecord = {
      id,
      title,
      source: redactSource(source),
      state: 'queued',
      progress: null,
      createdAt: now,
      updatedAt: now,
      manifest: null,
      error: null,
    };
    const { datasets, datasetQueue } = this.#stores;
    try {
      await datasets.update(id, record, 0);
    } catch (error) {
      if (!isConflict(error)) throw error;
      throw new PictorError('conflict', `There is already a dataset "${id}".`, { fix: 'Choose another id.' });
    }
    try {
      await datasetQueue.send({ dataset: id, source }, { id });
    } catch (error) {
      await datasets.delete(id);
      throw error;
    }
    return record;
  }

  /** @throws `dataset_not_found` */
  async get(id: string): Promise<DatasetRecord> {
    const entry = await this.#stores.datasets.get(id);
    if (entry) return entry.value;
    throw new PictorError('dataset_not_found', `There is no dataset "${id.slice(0, 100)}".`);
  }

  /** Newest first. */
  async list(): Promise<DatasetRecord[]> {
    const entries = await this.#stores.datasets.list();
    return entries
      .map((entry) => entry.value)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id));
  }

  /**
   * Deletes the record and the uploaded file. A check that is going on is given up.
   * @throws `dataset_not_found`, `dataset_in_use` when a run that has not ended trains on the uploaded file
   */
  async delete(id: string): Promise<void> {
    const { datasets, datasetQueue, uploads } = this.#stores;
    const { source, title } = await this.get(id);
    if (source.kind === 'upload') {
      const run = await this.#runUsing(source.key);
      if (run) throw new PictorError('dataset_in_use', `The dataset "${title}" is in use by the run "${run}".`);
    }
    await datasets.delete(id);
    await datasetQueue.remove(id);
    if (source.kind === 'upload') await uploads.delete(source.key);
  }

  /**
   * Calls the listener on every later change of any dataset, whichever process makes it.
   * @returns a function that ends the watch
   */
  watch(listener: (change: DatasetChange) => void): Promise<Unsubscribe> {
    return this.#stores.datasets.watch('', ({ key, value }) => listener({ id: key, dataset: value }));
  }

  async #runUsing(uploadKey: string): Promise<string | null> {
    const runs = await this.#stores.runs.list();
    const user = runs.find(({ value: { request, state } }) => {
      const sources = [request.dataset, request.testDataset];
      return !isTerminal(state) && sources.some((source) => source?.kind === 'upload' && source.key === uploadKey);
    });
    return user?.key ?? null;
  }
}
