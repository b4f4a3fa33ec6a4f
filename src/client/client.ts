/** @file The client: pictures in, labels out; models, datasets and trainings; for Node and browsers. */
import type { LabelProbability, RunRecord } from '../contracts/index.ts';
import { DatasetsClient } from './datasets.ts';
import { PictorClientError } from './errors.ts';
import { ModelsClient } from './models.ts';
import { type PredictInput, predictBody } from './pictures.ts';
import { type RunRequest, RunsClient } from './runs.ts';
import { TfServingClient } from './tfserving.ts';
import { type CallOptions, type ClientOptions, Transport } from './transport.ts';

export interface PredictOptions extends CallOptions {
  /** How many labels a picture gets. Default 10. */
  readonly top?: number;
  /** Below this probability, 0..1, the picture is none of the classes: its `label` is null. */
  readonly threshold?: number;
  /** Gives back the pictures as the model sees them, as data URLs. Default false. */
  readonly seen?: boolean;
  /** Default: the one that the server chooses. */
  readonly version?: number;
  /** A label of a version, such as `stable`, instead of its number. */
  readonly label?: string;
}

export interface PicturePrediction {
  /** What the answer calls the picture: its file name, its URL, or a number. */
  readonly image: string;
  /** The most probable label; null when it is less probable than the threshold. */
  readonly label: string | null;
  /** Of the most probable label. */
  readonly probability: number;
  /** Most probable first. */
  readonly predictions: readonly LabelProbability[];
  /** Data URL of a PNG: the picture as the model sees it. */
  readonly seen?: string;
}

export interface PredictAnswer {
  readonly model: string;
  /** The version that answered. */
  readonly version: number;
  /** In the order of the pictures. */
  readonly results: readonly PicturePrediction[];
}

export interface TrainOptions {
  /** Called with the run at its start and at every change. */
  readonly onProgress?: (run: RunRecord) => void;
  /** Stops waiting; the run goes on unless it is cancelled. */
  readonly signal?: AbortSignal;
}

/**
 * A Pictor server.
 *
 * ```ts
 * const pictor = new PictorClient('http://localhost:8080');
 * const { results } = await pictor.predict('digits', await readFile('seven.png'));
 * ```
 */
export class PictorClient {
  readonly models: ModelsClient;
  readonly datasets: DatasetsClient;
  readonly runs: RunsClient;
  readonly tfServing: TfServingClient;
  readonly #transport: Transport;

  /** @param baseUrl such as `http://localhost:8080`; in a page that the server itself gives, an empty text */
  constructor(baseUrl: string, options: ClientOptions = {}) {
    this.#transport = new Transport(baseUrl, options);
    this.models = new ModelsClient(this.#transport);
    this.datasets = new DatasetsClient(this.#transport);
    this.runs = new RunsClient(this.#transport);
    this.tfServing = new TfServingClient(this.#transport);
  }

  /**
   * Labels pictures: files, blobs, bytes, URLs that the server fetches, or the raw pixels of one.
   * @throws PictorClientError
   */
  async predict(model: string, input: PredictInput, options: PredictOptions = {}): Promise<PredictAnswer> {
    const { top, threshold, seen, version, label, ...call } = options;
    const query = new URLSearchParams();
    if (top !== undefined) query.set('top', String(top));
    if (threshold !== undefined) query.set('threshold', String(threshold));
    if (seen) query.set('seen', '1');
    const name = `/api/v1/models/${encodeURIComponent(model)}`;
    const chosen =
      version !== undefined
        ? `/versions/${version}`
        : label !== undefined
          ? `/labels/${encodeURIComponent(label)}`
          : '';
    const path = `${name}${chosen}/predict${query.size > 0 ? `?${query}` : ''}`;
    const body = await predictBody(input);
    return this.#transport.json({ method: 'POST', path, repeatable: true, ...body, ...call });
  }

  /**
   * Starts a training and waits for its end.
   * @returns the run; what it published is in `model`
   * @throws PictorClientError with the run's own error when it fails; `aborted` when it was cancelled without a model
   */
  async train(request: RunRequest, { onProgress, signal }: TrainOptions = {}): Promise<RunRecord> {
    const started = await this.runs.start(request, signal ? { signal } : {});
    let last = started;
    for await (const run of this.runs.follow(started.id, signal ? { signal } : {})) {
      last = run;
      onProgress?.(run);
    }
    if (last.state === 'failed') {
      const { code, message, fix, details } = last.error ?? { code: 'internal', message: 'The run failed.', fix: '' };
      throw new PictorClientError('api', message, { code, fix, ...(details ? { details } : {}) });
    }
    if (last.state === 'cancelled' && !last.model) {
      throw new PictorClientError('aborted', `Run ${last.id} was cancelled before it had a model.`);
    }
    return last;
  }

  /** Whether requests can be sent now. */
  async isReady(options: CallOptions = {}): Promise<boolean> {
    try {
      await this.#transport.json({ method: 'GET', path: '/readyz', retries: 0, ...options });
      return true;
    } catch (error) {
      if (error instanceof PictorClientError && error.kind === 'aborted') throw error;
      return false;
    }
  }
}
