/** @file Runs, as whoever asks for them sees them: submit, look, cancel, delete, watch. */
import { rm } from 'node:fs/promises';
import { isTerminal, PictorError, type RunRecord, type TrainingRequest } from '../contracts/index.ts';
import type { KeyValueChange, Platform, Unsubscribe } from '../platform/index.ts';
import { checkTrainingRequest } from './check-request.ts';
import { runFolder } from './checkpoints.ts';
import { checkId, newId } from './ids.ts';
import { isConflict, updateRecord } from './record-writer.ts';
import { logLine, newRunRecord, withEnd, withLog } from './run-record.ts';
import { openStores, type Stores } from './stores.ts';

export interface RunChange {
  readonly id: string;
  /** Null when it was deleted. */
  readonly run: RunRecord | null;
}

export class RunService {
  readonly #stores: Stores;
  readonly #dataDirectory: string | null;

  /** @param dataDirectory where runs keep files, which go with their records */
  constructor(platform: Platform, dataDirectory: string | null = null) {
    this.#stores = openStores(platform);
    this.#dataDirectory = dataDirectory;
  }

  /**
   * Puts a run into the queue, for whichever trainer is free first.
   * @param options.id chosen by the caller. Default: a new one
   * @throws `model_name_invalid`, `preset_unknown`, `training_option_invalid`, `invalid_request` for a bad id, `conflict`
   * for one that is taken
   */
  async submit(request: TrainingRequest, options: { readonly id?: string } = {}): Promise<RunRecord> {
    checkTrainingRequest(request);
    const id = options.id === undefined ? newId() : checkId(options.id);
    const record = newRunRecord(id, request);
    await createRun(this.#stores, record);
    try {
      await this.#stores.trainingQueue.send({ run: id, request }, { id });
    } catch (error) {
      await this.#stores.runs.delete(id);
      throw error;
    }
    return record;
  }

  /** @throws `run_not_found` */
  async get(id: string): Promise<RunRecord> {
    const entry = await this.#stores.runs.get(id);
    if (!entry) throw notFound(id);
    return entry.value;
  }

  /** Newest first. */
  async list(): Promise<RunRecord[]> {
    const entries = await this.#stores.runs.list();
    return entries.map((entry) => entry.value).sort(newestFirst);
  }

  /**
   * Asks a run to end. One that nobody works on ends at once; one in training ends after its step, and the best weights
   * so far are published when an epoch was finished. Does nothing to a run that has ended.
   * @throws `run_not_found`
   */
  async cancel(id: string): Promise<RunRecord> {
    const { runs, trainingQueue } = this.#stores;
    const asked = await updateRecord(runs, id, (record) => {
      if (record.state === 'queued') return withEnd({ ...record, cancelRequested: true }, 'cancelled', cancelledLine());
      if (isTerminal(record.state) || record.cancelRequested) return null;
      return withLog({ ...record, cancelRequested: true }, logLine('Cancelling was asked for.'));
    });
    if (!asked) throw notFound(id);
    // A queued run's task goes; so does that of a worker that died and whom nobody has followed yet.
    const nobodyHasIt = await trainingQueue.remove(id);
    if (!nobodyHasIt || isTerminal(asked.value.state)) return asked.value;
    const ended = await updateRecord(runs, id, (record) => withEnd(record, 'cancelled', cancelledLine()));
    return ended?.value ?? asked.value;
  }

  /** @throws `run_not_found`, `run_active` when it has not ended */
  async delete(id: string): Promise<void> {
    const record = await this.get(id);
    if (!isTerminal(record.state)) throw new PictorError('run_active', `The run "${id}" is still ${record.state}.`);
    await this.#stores.runs.delete(id);
    if (this.#dataDirectory) await rm(runFolder(this.#dataDirectory, id), { recursive: true, force: true });
  }

  /**
   * Calls the listener on every later change of any run, or of one, whichever process makes it.
   * @returns a function that ends the watch
   */
  watch(listener: (change: RunChange) => void, id = ''): Promise<Unsubscribe> {
    return this.#stores.runs.watch(id, ({ key, value }: KeyValueChange<RunRecord>) => {
      if (id === '' || key === id) listener({ id: key, run: value });
    });
  }
}

/** @throws `conflict` when the id is taken */
export async function createRun({ runs }: Stores, record: RunRecord): Promise<void> {
  try {
    await runs.update(record.id, record, 0);
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw new PictorError('conflict', `There is already a run "${record.id}".`, { fix: 'Choose another id.' });
  }
}

function cancelledLine() {
  return logLine('Cancelled before anything was trained.');
}

function notFound(id: string): PictorError {
  return new PictorError('run_not_found', `There is no run "${id.slice(0, 100)}".`);
}

function newestFirst(a: RunRecord, b: RunRecord): number {
  return b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id);
}
