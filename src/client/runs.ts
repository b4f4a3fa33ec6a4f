/** @file Runs: start, look, follow, cancel, delete. */
import { isTerminal, type RunRecord, type TrainingRequest } from '../contracts/index.ts';
import { PictorClientError } from './errors.ts';
import { readEvents } from './events.ts';
import { type CallOptions, sleep, type Transport } from './transport.ts';

/** What a training may be asked for; what is left out is chosen by the server, with reasons in the run's recipe. */
export interface RunRequest
  extends Omit<TrainingRequest, 'dataset' | 'testDataset' | 'networkFile' | 'resume' | 'weights'> {
  /** http(s) URL of an archive, `sample:digits`, or the id of a dataset that was sent. */
  readonly dataset: string;
  readonly testDataset?: string;
  /** Weights to start from: `imagenet`, an http(s) URL, or NAME[:VERSION] of a model. */
  readonly weights?: string;
  readonly weightsChecksum?: string;
}

/** Pauses before a stream that broke is opened again. */
const REOPEN_MS = [0, 500, 1_000, 2_000, 5_000];

export class RunsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  async list(options: CallOptions = {}): Promise<RunRecord[]> {
    const path = '/api/v1/runs';
    return (await this.#transport.json<{ runs: RunRecord[] }>({ method: 'GET', path, ...options })).runs;
  }

  get(id: string, options: CallOptions = {}): Promise<RunRecord> {
    return this.#transport.json({ method: 'GET', path: pathOf(id), ...options });
  }

  /** Puts a training into the queue. */
  start(request: RunRequest, options: CallOptions = {}): Promise<RunRecord> {
    return this.#transport.json({ method: 'POST', path: '/api/v1/runs', json: request, ...options });
  }

  /** What was trained so far is published when an epoch was finished. */
  cancel(id: string, options: CallOptions = {}): Promise<RunRecord> {
    return this.#transport.json({ method: 'POST', path: `${pathOf(id)}/cancel`, repeatable: true, ...options });
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.json({ method: 'DELETE', path: pathOf(id), ...options });
  }

  /**
   * The run now, and whenever it changes; ends with the state in which it ended. A connection that breaks is made again,
   * for as long as the server comes back.
   */
  async *follow(id: string, { signal }: Pick<CallOptions, 'signal'> = {}): AsyncGenerator<RunRecord> {
    let failures = 0;
    for (;;) {
      try {
        for await (const run of this.#events(id, signal)) {
          failures = 0;
          yield run;
          if (isTerminal(run.state)) return;
        }
      } catch (error) {
        if (signal?.aborted) throw stopped(id, error);
        if (error instanceof PictorClientError && error.status !== null && error.status < 500) throw error;
        if (failures >= REOPEN_MS.length) throw asNetworkError(id, error);
      }
      await sleep(REOPEN_MS[Math.min(failures++, REOPEN_MS.length - 1)], signal);
      if (signal?.aborted) throw stopped(id, signal.reason);
    }
  }

  async *#events(id: string, signal: AbortSignal | undefined): AsyncGenerator<RunRecord> {
    const { body } = await this.#transport.stream({
      method: 'GET',
      path: `${pathOf(id)}/events`,
      headers: { accept: 'text/event-stream' },
      ...(signal ? { signal } : {}),
    });
    if (!body) return;
    for await (const event of readEvents(body)) {
      if (event.name === 'run') yield JSON.parse(event.data) as RunRecord;
    }
  }
}

function pathOf(id: string): string {
  return `/api/v1/runs/${encodeURIComponent(id)}`;
}

function stopped(id: string, cause: unknown): PictorClientError {
  return new PictorClientError('aborted', `Following run ${id} was stopped.`, { cause });
}

function asNetworkError(id: string, cause: unknown): PictorClientError {
  if (cause instanceof PictorClientError) return cause;
  return new PictorClientError('network', `The connection that follows run ${id} broke and could not be made again.`, {
    cause,
  });
}
