/** @file TensorFlow Serving's own metrics: its names, labels, buckets, and the page as its exporter writes it. */
import { Counter, Histogram, Registry } from 'prom-client';

/** `10 * 1.8^i` microseconds, 33 of them. Source: `monitoring::Buckets::Exponential(10, 1.8, 33)`. */
const LATENCY_BUCKETS = exponential(10, 1.8, 33);
/** Source: `monitoring::Buckets::Exponential(1, 2, 15)`. */
const COUNT_BUCKETS = exponential(1, 2, 15);

export interface ServedRequest {
  readonly model: string;
  /** gRPC's `Predict`, REST's `predict`; empty for status and metadata. */
  readonly api: string;
  readonly entrypoint: 'REST' | 'GRPC';
  /** As `OK`, `NOT_FOUND`. */
  readonly status: string;
  readonly microseconds: number;
}

/** Clients choose the names of models that are not there: beyond so many they are one. */
const MAX_MODELS = 1000;

export class TfServingMetrics {
  readonly #registry = new Registry();
  readonly #models = new Set<string>();
  readonly #requests = this.#counter('request_count', ['model_name', 'status']);
  readonly #latency = this.#histogram('request_latency', ['model_name', 'API', 'entrypoint'], LATENCY_BUCKETS);
  readonly #runtime = this.#histogram('runtime_latency', ['model_name', 'API', 'runtime'], LATENCY_BUCKETS);
  readonly #examples = this.#histogram('request_example_counts', ['model'], COUNT_BUCKETS);
  readonly #examplesTotal = this.#counter('request_example_count_total', ['model']);
  readonly #logged = this.#counter('request_log_count', ['model_name', 'status_code']);
  readonly #warmup = this.#histogram('model_warmup_latency', ['model_path', 'status'], LATENCY_BUCKETS);
  /** That warm-ups ended with; there are as many as gRPC has. */
  readonly #warmupStatuses = new Set<string>();
  readonly #warmupRecords = this.#counter('model_warmup_records_read', ['model_path']);
  readonly #queued = this.#histogram('batching_session:queuing_latency', ['thread_pool_name'], LATENCY_BUCKETS);
  readonly #runs = this.#counter('batching_session:wrapped_run_count', []);
  readonly #batched = this.#histogram('batching_session:input_batch_size', ['thread_pool_name'], COUNT_BUCKETS);
  readonly #processed = this.#histogram('batching_session:processed_batch_size', ['thread_pool_name'], COUNT_BUCKETS);
  readonly #padded = this.#histogram('batching_session:padding_size', ['thread_pool_name'], COUNT_BUCKETS);

  /** The latency is that of requests that were answered. */
  request({ model, api, entrypoint, status, microseconds }: ServedRequest): void {
    const model_name = this.#known(model);
    this.#requests.inc({ model_name, status });
    if (status === 'OK') this.#latency.observe({ model_name, API: api, entrypoint }, microseconds);
  }

  /** @param count `tf.Example`s of one request */
  examples(model: string, count: number): void {
    this.#examples.observe({ model: this.#known(model) }, count);
    this.#examplesTotal.inc({ model: this.#known(model) }, count);
  }

  /** @param microseconds inside the graph */
  run(model: string, api: string, microseconds: number): void {
    this.#runtime.observe({ model_name: this.#known(model), API: api, runtime: 'ONNX' }, microseconds);
  }

  batch(rows: { readonly sent: number; readonly padding: number }, waitedMicroseconds: readonly number[]): void {
    const pool = { thread_pool_name: 'model_server_batch_threads' };
    for (const waited of waitedMicroseconds) this.#queued.observe(pool, waited);
    this.#runs.inc();
    this.#batched.observe(pool, rows.sent);
    this.#processed.observe(pool, rows.sent + rows.padding);
    this.#padded.observe(pool, rows.padding);
  }

  logged(model: string, status: string): void {
    this.#logged.inc({ model_name: this.#known(model), status_code: status });
  }

  warmedUp(folder: string, status: string, records: number, microseconds: number): void {
    this.#warmup.observe({ model_path: folder, status }, microseconds);
    this.#warmupRecords.inc({ model_path: folder }, records);
    this.#warmupStatuses.add(status);
  }

  /** Of a version that is gone. */
  folderGone(folder: string): void {
    for (const status of this.#warmupStatuses) this.#warmup.remove({ model_path: folder, status });
    this.#warmupRecords.remove({ model_path: folder });
  }

  /** In the exporter's own form: no help lines, braces behind every name, whole numbers where they are. */
  async page(): Promise<string> {
    const lines: string[] = [];
    const metrics = await this.#registry.getMetricsAsJSON();
    for (const { name, type, values } of metrics as unknown as readonly MetricFacts[]) {
      if (values.length === 0) continue;
      lines.push(`# TYPE ${name} ${type}`);
      for (const { metricName = name, labels, value } of values) {
        lines.push(`${metricName}{${labelText(labels)}} ${value}`);
      }
    }
    return `${lines.join('\n')}\n`;
  }

  #known(model: string): string {
    if (this.#models.size < MAX_MODELS) this.#models.add(model);
    return this.#models.has(model) ? model : 'other';
  }

  #counter<L extends string>(name: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name: `:tensorflow:serving:${name}`, help: name, labelNames, registers: [this.#registry] });
  }

  #histogram<L extends string>(name: string, labelNames: readonly L[], buckets: number[]): Histogram<L> {
    const full = `:tensorflow:serving:${name}`;
    return new Histogram({ name: full, help: name, labelNames, buckets, registers: [this.#registry] });
  }
}

/** What prom-client gives, which its types do not tell. */
interface MetricFacts {
  readonly name: string;
  readonly type: string;
  readonly values: readonly {
    readonly metricName?: string;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
  }[];
}

/** The bucket's limit is the last label. */
function labelText({ le, ...labels }: Readonly<Record<string, string | number>>): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  if (le !== undefined) texts.push(`le="${typeof le === 'number' ? sixDigits(le) : le}"`);
  return texts.join(',');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** C's `%g`, as the reference prints limits: `1.47e+09`. */
function sixDigits(value: number): string {
  const text = Number(value.toPrecision(6));
  if (Math.abs(text) < 1e6) return String(text);
  return text.toExponential().replace(/e\+(\d)$/, 'e+0$1');
}

function exponential(first: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first * factor ** index);
}
