/** @file What the server counts and measures, for Prometheus: `/metrics`. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Predictor, WarmUpFacts } from '../../serving/index.ts';
import type { CallFacts } from '../grpc/calls.ts';
import { TfServingMetrics } from './tfserving-metrics.ts';

/** From a tenth of a millisecond to half a minute. */
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** What of the predictor the figures are read from, when somebody asks for them. */
export type MeasuredModels = Pick<Predictor, 'models' | 'pending'>;

export interface BatchMeasures {
  readonly model: string;
  readonly version: string;
  readonly rows: number;
  readonly padding: number;
  /** Of each request in it, in milliseconds. */
  readonly waitedMs: readonly number[];
  readonly computeMs: number;
}

export interface HttpMeasures {
  readonly method: string;
  /** Pattern of the path, not the path. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export class ServerMetrics {
  readonly tfServing = new TfServingMetrics();
  /** Of versions that were warmed up. */
  readonly #folders = new Map<string, string>();
  readonly #registry = new Registry();
  readonly #http = new Histogram({
    name: 'pictor_http_request_seconds',
    help: 'HTTP requests, from their arrival to the end of their answers.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #grpc = new Histogram({
    name: 'pictor_grpc_request_seconds',
    help: 'gRPC calls, from their arrival to the end of their answers.',
    labelNames: ['method', 'status'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #batchRows = new Histogram({
    name: 'pictor_batch_rows',
    help: 'Rows of the batches that were run.',
    labelNames: ['model', 'version'],
    buckets: ROWS,
    registers: [this.#registry],
  });
  readonly #queueSeconds = new Histogram({
    name: 'pictor_queue_seconds',
    help: 'How long requests waited for their batch to be run.',
    labelNames: ['model', 'version'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #computeSeconds = new Histogram({
    name: 'pictor_compute_seconds',
    help: 'How long batches took inside of the graph.',
    labelNames: ['model', 'version'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #loads = new Counter({
    name: 'pictor_model_loads_total',
    help: 'Versions that were loaded, or could not be.',
    labelNames: ['model', 'outcome'],
    registers: [this.#registry],
  });

  /** @param predictor asked when the page is; the process's own figures are measured when `process` is not false */
  constructor(predictor: () => MeasuredModels, options: { readonly process?: boolean } = {}) {
    const registers = [this.#registry];
    new Gauge({
      name: 'pictor_queue_rows',
      help: 'Rows of a version that wait or run.',
      labelNames: ['model', 'version'],
      registers,
      collect() {
        this.reset();
        for (const { model, version, rows } of predictor().pending())
          this.set({ model, version: String(version) }, rows);
      },
    });
    new Gauge({
      name: 'pictor_model_state',
      help: 'Versions by state; 1 for the one that a version is in.',
      labelNames: ['model', 'version', 'state'],
      registers,
      collect() {
        this.reset();
        for (const { name, versions } of predictor().models()) {
          for (const { version, state } of versions) this.set({ model: name, version: String(version), state }, 1);
        }
      },
    });
    if (options.process !== false) collectDefaultMetrics({ register: this.#registry });
  }

  http({ method, route, status, seconds }: HttpMeasures): void {
    this.#http.observe({ method, route, status: String(status) }, seconds);
  }

  /** A gRPC call that has ended. */
  call({ method, status, seconds, model, examples }: CallFacts): void {
    this.#grpc.observe({ method, status }, seconds);
    const api = method.split('/').at(-1) ?? '';
    if (model === null || !method.startsWith('/tensorflow.serving.PredictionService/')) return;
    this.tfServing.request({ model, api, entrypoint: 'GRPC', status, microseconds: seconds * 1e6 });
    if (examples > 0) this.tfServing.examples(model, examples);
  }

  batch({ model, version, rows, padding, waitedMs, computeMs }: BatchMeasures): void {
    this.#batchRows.observe({ model, version }, rows);
    this.#computeSeconds.observe({ model, version }, computeMs / 1000);
    for (const waited of waitedMs) this.#queueSeconds.observe({ model, version }, waited / 1000);
    this.tfServing.batch(
      { sent: rows, padding },
      waitedMs.map((waited) => waited * 1000),
    );
  }

  warmedUp({ model, version, folder, status, records, milliseconds }: WarmUpFacts): void {
    this.#folders.set(`${version}/${model}`, folder);
    this.tfServing.warmedUp(folder, status, records, milliseconds * 1000);
  }

  /** What is told of each version goes with it: new ones come as long as the server runs. */
  versionGone(model: string, version: string): void {
    for (const metric of [this.#batchRows, this.#queueSeconds, this.#computeSeconds]) metric.remove({ model, version });
    const folder = this.#folders.get(`${version}/${model}`);
    if (folder === undefined) return;
    this.#folders.delete(`${version}/${model}`);
    this.tfServing.folderGone(folder);
  }

  load(model: string, outcome: 'loaded' | 'failed' | 'unloaded'): void {
    this.#loads.inc({ model, outcome });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  page(): Promise<string> {
    return this.#registry.metrics();
  }
}
