/** @file What can be set, from options and environment, checked before anything starts. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { MAX_TIMER_MS, PictorError } from '../contracts/index.ts';
import { type DatasetLimits, DEFAULT_DATASET_LIMITS, type UrlPolicy } from '../dataset/index.ts';
import { oneOf } from './validation.ts';

const MiB = 1024 * 1024;
const Port = Type.Integer({ minimum: 0, maximum: 65_535 });
const Bytes = Type.Integer({ minimum: 1 });
const Milliseconds = Type.Integer({ minimum: 1, maximum: MAX_TIMER_MS });

/** Options of `startServer`; what is left out comes from the environment, else is as said here. */
/** So that what was sent before a server was told to stop has come when it closes its connections. */
const DRAIN_DELAY_MS = 250;

const Options = Type.Object({
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  host: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
  /** Of the studio and every protocol. Default 8080; 0 takes a free one. */
  port: Type.Optional(Port),
  /** Of TensorFlow Serving's REST interface alone. Default 8501; 0 takes a free one, null none. */
  restPort: Type.Optional(Type.Union([Port, Type.Null()])),
  /** Of the gRPC services. Default 8500; 0 takes a free one, null none. */
  grpcPort: Type.Optional(Type.Union([Port, Type.Null()])),
  dataDirectory: Type.String({ minLength: 1 }),
  /** `NAME` or `NAME=DATASET`: trains a model when there is none under this name. Default dataset: `sample:digits`. */
  ensure: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Type.Null()])),
  /** Starts a trainer process. Default true. */
  trainer: Type.Optional(Type.Boolean()),
  /** Lets dataset URLs lead into private networks. `PICTOR_ALLOW_PRIVATE_URLS`. Default false. */
  allowPrivateUrls: Type.Optional(Type.Boolean()),
  /** `PICTOR_MAX_DOWNLOAD_BYTES`. Default 4 GiB. */
  maxDownloadBytes: Type.Optional(Bytes),
  /** `PICTOR_MAX_UPLOAD_BYTES`. Default: as a download. */
  maxUploadBytes: Type.Optional(Bytes),
  /** Of a body with pictures or pixels. `PICTOR_MAX_REQUEST_BYTES`. Default 64 MiB. */
  maxRequestBytes: Type.Optional(Bytes),
  /** Model that `POST /predict` asks. `PICTOR_DEFAULT_MODEL`. Default `digits`. */
  defaultModel: Type.Optional(Type.String({ minLength: 1 })),
  /** `GET /v1/models/NAME` tells what clients of KServe v1 look for, too. `PICTOR_KSERVE_V1`. Default false. */
  kserveV1: Type.Optional(Type.Boolean()),
  /** Most pictures of one version that wait or run. `PICTOR_MAX_PENDING`. Default 512. */
  maxPending: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Bytes of their pixels, and of all tensors; also of one request. `PICTOR_MAX_PENDING_BYTES`. Default 256 MiB. */
  maxPendingBytes: Type.Optional(Bytes),
  /** Most pictures in one run of a graph; 1 runs each request alone. `PICTOR_MAX_BATCH`. Default 32. */
  maxBatch: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_536 })),
  /** Batches are kept small enough for answers within so long, where the model's cost allows it. `PICTOR_LATENCY_OBJECTIVE_MS`.
   * Default 100. */
  latencyObjectiveMs: Type.Optional(Milliseconds),
  /** A run of a graph that takes longer is given up, and a version that does so again and again counts as broken.
   * `PICTOR_RUN_LIMIT_MS`. Default 60,000. */
  runLimitMs: Type.Optional(Milliseconds),
  /** Weights in memory, over all inference threads; models that were not used for longest make room.
   * `PICTOR_MEMORY_BUDGET_BYTES`. Default: no bound. */
  memoryBudgetBytes: Type.Optional(Bytes),
  /** Models that nobody asked for in so long are freed until somebody does. `PICTOR_IDLE_UNLOAD_MS`. Default: never. */
  idleUnloadMs: Type.Optional(Milliseconds),
  /** Share of the pictures that are kept with their answers, for people to label. `PICTOR_SAMPLE_RATE`. Default 0. */
  sampleRate: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** Where they are kept. `PICTOR_SAMPLE_DIRECTORY`. Default: `samples` in the data directory. */
  sampleDirectory: Type.Optional(Type.String({ minLength: 1 })),
  /** Of all of them; the oldest make room. `PICTOR_SAMPLE_MAX_BYTES`. Default 1 GiB. */
  sampleMaxBytes: Type.Optional(Bytes),
  /** Requests that one address may send to TFaaS' paths, as TFaaS writes it: `100-S` is 100 a second; also M, H, D; `none` for no
   * limit. `PICTOR_TFAAS_RATE`. Default `100-S`, as there. */
  tfaasRate: Type.Optional(
    Type.String({ pattern: '^(none|[1-9]\\d{0,8}-[SMHD])$', description: '100-S, 5000-M or none' }),
  ),
  /** Worker threads for inference. `PICTOR_INFERENCE_THREADS`. Default: one a core. */
  inferenceThreads: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
  /** Other origins whose pages may change something and under whose names a server on loopback answers, such as
   * `https://pictor.example.org` behind a proxy, with commas between. `PICTOR_TRUSTED_ORIGINS`. Default: none. */
  trustedOrigins: Type.Optional(Type.Array(Type.String({ pattern: '^https?://[^/]+$' }))),
  /** PEM files: every listener is behind TLS. `PICTOR_TLS_CERT`, `PICTOR_TLS_KEY`. Default: in clear. */
  tlsCertificate: Type.Optional(Type.String({ minLength: 1 })),
  tlsKey: Type.Optional(Type.String({ minLength: 1 })),
  /** How long a server that stops still takes requests, while it says that it is not ready. `PICTOR_DRAIN_DELAY_MS`. Default 250. */
  drainDelayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
  /** `PICTOR_LOG_LEVEL`. Default `info`. */
  logLevel: Type.Optional(oneOf(['debug', 'info', 'warn', 'error', 'silent'])),
});

export interface ServerOptions extends Readonly<Static<typeof Options>> {
  /** Which addresses datasets may be fetched from. Loopback is only ever allowed when `host` is loopback. */
  readonly urls?: Partial<UrlPolicy>;
  readonly limits?: Partial<DatasetLimits>;
}

export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly restPort: number | null;
  readonly grpcPort: number | null;
  /** Absolute. */
  readonly dataDirectory: string;
  readonly ensure: string | null;
  readonly trainer: boolean;
  readonly urls: UrlPolicy;
  readonly limits: DatasetLimits;
  readonly maxUploadBytes: number;
  readonly maxRequestBytes: number;
  readonly defaultModel: string;
  readonly kserveV1: boolean;
  readonly maxPending: number;
  readonly maxPendingBytes: number;
  readonly maxBatch: number;
  readonly latencyObjectiveMs: number;
  readonly runLimitMs: number;
  /** Null: no bound. */
  readonly memoryBudgetBytes: number | null;
  /** Null: never. */
  readonly idleUnloadMs: number | null;
  readonly sampleRate: number;
  /** Absolute. */
  readonly sampleDirectory: string;
  readonly sampleMaxBytes: number;
  readonly tfaasRate: string;
  readonly inferenceThreads: number;
  readonly trustedOrigins: readonly string[];
  /** Names of PEM files. */
  readonly tlsCertificate: string | null;
  readonly tlsKey: string | null;
  readonly drainDelayMs: number;
  readonly logLevel: string;
}

/** Environment variables and the option that each stands for. */
const VARIABLES = {
  PICTOR_ALLOW_PRIVATE_URLS: 'allowPrivateUrls',
  PICTOR_MAX_DOWNLOAD_BYTES: 'maxDownloadBytes',
  PICTOR_MAX_UPLOAD_BYTES: 'maxUploadBytes',
  PICTOR_MAX_REQUEST_BYTES: 'maxRequestBytes',
  PICTOR_DEFAULT_MODEL: 'defaultModel',
  PICTOR_KSERVE_V1: 'kserveV1',
  PICTOR_MAX_PENDING: 'maxPending',
  PICTOR_MAX_PENDING_BYTES: 'maxPendingBytes',
  PICTOR_MAX_BATCH: 'maxBatch',
  PICTOR_LATENCY_OBJECTIVE_MS: 'latencyObjectiveMs',
  PICTOR_RUN_LIMIT_MS: 'runLimitMs',
  PICTOR_MEMORY_BUDGET_BYTES: 'memoryBudgetBytes',
  PICTOR_IDLE_UNLOAD_MS: 'idleUnloadMs',
  PICTOR_SAMPLE_RATE: 'sampleRate',
  PICTOR_SAMPLE_DIRECTORY: 'sampleDirectory',
  PICTOR_SAMPLE_MAX_BYTES: 'sampleMaxBytes',
  PICTOR_TFAAS_RATE: 'tfaasRate',
  PICTOR_INFERENCE_THREADS: 'inferenceThreads',
  PICTOR_TRUSTED_ORIGINS: 'trustedOrigins',
  PICTOR_TLS_CERT: 'tlsCertificate',
  PICTOR_TLS_KEY: 'tlsKey',
  PICTOR_DRAIN_DELAY_MS: 'drainDelayMs',
  PICTOR_LOG_LEVEL: 'logLevel',
} as const;

/**
 * An option counts more than its environment variable.
 * @throws `invalid_setting` naming the option or variable, what it is and what was expected
 */
export function readSettings(
  options: ServerOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ServerSettings {
  const { urls, limits, ...plain } = options;
  const given = { ...fromEnvironment(environment), ...withoutUndefined(plain) };
  check(Options, given);
  const checked = given as Static<typeof Options>;
  const host = checked.host ?? '127.0.0.1';
  const maxDownloadBytes =
    checked.maxDownloadBytes ?? limits?.maxDownloadBytes ?? DEFAULT_DATASET_LIMITS.maxDownloadBytes;
  return {
    host,
    port: checked.port ?? 8080,
    restPort: checked.restPort === undefined ? 8501 : checked.restPort,
    grpcPort: checked.grpcPort === undefined ? 8500 : checked.grpcPort,
    dataDirectory: path.resolve(checked.dataDirectory),
    ensure: checked.ensure ?? null,
    trainer: checked.trainer ?? true,
    urls: {
      // Whoever can reach a server on the network must not reach what only this machine may.
      allowLoopback: isLoopback(host) && (urls?.allowLoopback ?? true),
      allowPrivate: urls?.allowPrivate ?? checked.allowPrivateUrls ?? false,
    },
    limits: { ...DEFAULT_DATASET_LIMITS, ...limits, maxDownloadBytes },
    maxUploadBytes: checked.maxUploadBytes ?? maxDownloadBytes,
    maxRequestBytes: checked.maxRequestBytes ?? 64 * MiB,
    defaultModel: checked.defaultModel ?? 'digits',
    kserveV1: checked.kserveV1 ?? false,
    maxPending: checked.maxPending ?? 512,
    maxPendingBytes: checked.maxPendingBytes ?? 256 * MiB,
    maxBatch: checked.maxBatch ?? 32,
    latencyObjectiveMs: checked.latencyObjectiveMs ?? 100,
    runLimitMs: checked.runLimitMs ?? 60_000,
    memoryBudgetBytes: checked.memoryBudgetBytes ?? null,
    idleUnloadMs: checked.idleUnloadMs ?? null,
    sampleRate: checked.sampleRate ?? 0,
    sampleDirectory: path.resolve(checked.sampleDirectory ?? path.join(checked.dataDirectory, 'samples')),
    sampleMaxBytes: checked.sampleMaxBytes ?? 1024 * MiB,
    tfaasRate: checked.tfaasRate ?? '100-S',
    inferenceThreads: checked.inferenceThreads ?? availableParallelism(),
    trustedOrigins: checked.trustedOrigins ?? [],
    tlsCertificate: checked.tlsCertificate ?? null,
    tlsKey: checked.tlsKey ?? null,
    drainDelayMs: checked.drainDelayMs ?? DRAIN_DELAY_MS,
    logLevel: checked.logLevel ?? 'info',
  };
}

/** Names and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [variable, option] of Object.entries(VARIABLES)) {
    const text = environment[variable]?.trim();
    if (text === undefined || text === '') continue;
    const schema = Options.properties[option];
    const value = parseText(schema, text);
    if (!Value.Check(schema, value)) throw invalid(variable, text, schema);
    values[option] = value;
  }
  return values;
}

function parseText(schema: TSchema, text: string): unknown {
  const { type } = schema as { type?: string };
  if (type === 'boolean') {
    if (/^(1|true|yes|on)$/i.test(text)) return true;
    return /^(0|false|no|off)$/i.test(text) ? false : text;
  }
  if (type === 'integer') return /^\d+$/.test(text) ? Number(text) : text;
  if (type === 'number') return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === 'array') return text.split(',').map((item) => item.trim());
  return text;
}

function check(schema: TSchema, value: object): void {
  const [error] = Value.Errors(schema, value);
  if (!error) return;
  const option = error.instancePath.split('/')[1] ?? 'options';
  throw invalid(
    option,
    (value as Record<string, unknown>)[option],
    Options.properties[option as keyof Static<typeof Options>],
  );
}

function invalid(name: string, value: unknown, schema: TSchema | undefined): PictorError {
  const shown = (JSON.stringify(value) ?? String(value)).slice(0, 100);
  const message = `The setting ${name} is ${shown}; expected ${schema ? expectation(schema) : 'another value'}.`;
  return new PictorError('invalid_setting', message, { details: { setting: name } });
}

interface SchemaFacts {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly description?: string;
  readonly items?: SchemaFacts;
  readonly anyOf?: readonly SchemaFacts[];
}

function expectation(schema: SchemaFacts): string {
  const { type, minimum = 0, maximum, anyOf, items, description } = schema;
  if (anyOf) return anyOf.map((option) => expectation(option)).join(' or ');
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  if (type === 'null') return 'null';
  if (type === 'boolean') return 'true or false';
  if (type === 'integer')
    return `a whole number ${maximum === undefined ? `from ${minimum}` : `from ${minimum} to ${maximum}`}`;
  if (type === 'number') return `a number from ${minimum} to ${maximum}`;
  if (type === 'array') return `a list of ${items?.pattern ? 'origins such as https://pictor.example.org' : 'texts'}`;
  if (type === 'string') return description ? `a text such as ${description}` : 'a text that is not empty';
  return String(type);
}

function withoutUndefined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
