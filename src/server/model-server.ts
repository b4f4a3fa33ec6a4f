/** @file `pictor serve`: models in folders behind TensorFlow Serving's protocols, without registry, trainer and studio. */
import { asPictorError, PictorError } from '../contracts/index.ts';
import { createInferencePool, type InferencePool } from '../runtime/index.ts';
import {
  type ConfiguredModel,
  LATEST_VERSION,
  Predictor,
  RequestLogs,
  readBatchingFile,
  readModelConfigFile,
  readMonitoringFile,
  readSslFile,
  warmUpFrom,
} from '../serving/index.ts';
import { Closers } from './closers.ts';
import { startGrpc } from './grpc/start-grpc.ts';
import { closeListener, closePredictor, DRAIN_MS, listen } from './listen.ts';
import { createLogger, type Logger } from './logger.ts';
import { observeServing } from './metrics/observe-serving.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import { createModelApp } from './model-app.ts';
import { openInferenceServer } from './open-inference.ts';
import { predictorOptions } from './predictor-options.ts';
import { readSettings, type ServerOptions, type ServerSettings } from './settings.ts';
import { readTlsFiles } from './tls-files.ts';
import { WatchedConfig } from './watched-config.ts';

/** As the flags of `pictor serve` say it; there is no default for what a flag has one for. */
export interface ModelServerOptions {
  readonly host?: string;
  /** 0 takes a free one, here and below; null listens on none. */
  readonly grpcPort: number | null;
  readonly grpcSocketPath: string | null;
  readonly restPort: number | null;
  /** `ModelServerConfig` in text format; null: `model` alone is served. */
  readonly configFile: string | null;
  readonly model: { readonly name: string; readonly basePath: string } | null;
  /** 0: the file is read once. */
  readonly configPollSeconds: number;
  /** 0 and less: folders are looked at once. */
  readonly filePollSeconds: number;
  readonly restTimeoutMs: number;
  readonly cors: boolean;
  /** By TensorFlow Serving's parameters instead of measurements. */
  readonly batching: boolean;
  readonly batchingFile: string | null;
  readonly monitoringFile: string | null;
  readonly sslFile: string | null;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly allowLabelsForUnavailable: boolean;
  readonly maxLoadRetries: number;
  readonly loadRetryMs: number;
  readonly warmUp: boolean;
  readonly warmUpIterations: number;
  readonly tensorContent: boolean;
  /** Others than those of the environment. */
  readonly serving?: ServingFlags;
}

/** Settings of serving that are flags, too. */
export type ServingFlags = Pick<
  ServerOptions,
  | 'latencyObjectiveMs'
  | 'runLimitMs'
  | 'memoryBudgetBytes'
  | 'idleUnloadMs'
  | 'sampleRate'
  | 'sampleDirectory'
  | 'sampleMaxBytes'
>;

export interface RunningModelServer {
  /** Of REST; null when it has no port. */
  readonly url: string | null;
  /** `HOST:PORT`; null when gRPC has no port. */
  readonly grpcAddress: string | null;
  /** Lets running requests end, then stops everything. May be called again. */
  close(): Promise<void>;
}

/**
 * Resolves when the first configuration was loaded, or tried: a model that cannot be loaded is told in the log, and by the
 * server's readiness. The listeners are open before.
 * @throws `serving_config_invalid`, `invalid_setting`, `port_in_use`, `not_permitted`
 */
export async function startModelServer(
  options: ModelServerOptions,
  inject: { readonly log?: Logger } = {},
): Promise<RunningModelServer> {
  const { host } = options;
  const settings = readSettings({ dataDirectory: '.', ...options.serving, ...(host === undefined ? {} : { host }) });
  const log = inject.log ?? createLogger(settings.logLevel);
  const closers = new Closers(log);
  try {
    const files = await readFiles(options, settings);
    const pool = createInferencePool({ threads: settings.inferenceThreads, runLimitMs: settings.runLimitMs });
    closers.add(() => pool.close());
    const metrics: ServerMetrics = new ServerMetrics(() => predictor);
    const predictor = newPredictor(options, files, { settings, log, pool, metrics });
    closers.add(() => closePredictor(predictor, log));
    observeServing(predictor, metrics);
    const logs = new RequestLogs({
      loggingOf: (model) => predictor.basePaths.models.get(model)?.logging ?? null,
      onLogged: (model, status) => metrics.tfServing.logged(model, status),
      log: (level, message) => log[level](message),
    });
    closers.add(() => logs.flush());
    const listeners = await openListeners({
      options,
      files,
      settings,
      log,
      predictor,
      metrics,
      logs,
      closers: closers.together(),
    });
    await predictor.start();
    const config = new WatchedConfig(predictor.basePaths, log);
    closers.add(() => config.stop());
    await config.start(files.models, options.configFile, options.configPollSeconds);
    const drain = async () => {
      predictor.beginDrain();
      await new Promise((resolve) => setTimeout(resolve, settings.drainDelayMs));
    };
    return { ...listeners, close: () => closers.close(drain) };
  } catch (error) {
    await closers.close();
    throw asPictorError(error);
  }
}

type Files = Awaited<ReturnType<typeof readFiles>>;

/** Everything that can be wrong is found before anything is opened. */
async function readFiles(options: ModelServerOptions, settings: ServerSettings) {
  const { batchingFile, monitoringFile, sslFile } = options;
  return {
    models: await configuredModels(options),
    batching: batchingFile === null ? {} : await readBatchingFile(batchingFile),
    monitoringPage: monitoringFile === null ? null : await readMonitoringFile(monitoringFile),
    grpcTls: sslFile === null ? null : await readSslFile(sslFile),
    restTls: readTlsFiles(options.tlsCertificate ?? settings.tlsCertificate, options.tlsKey ?? settings.tlsKey),
  };
}

async function configuredModels({ configFile, model }: ModelServerOptions): Promise<readonly ConfiguredModel[]> {
  if (configFile !== null) return [...((await readModelConfigFile(configFile))?.values() ?? [])];
  if (!model) throw new PictorError('invalid_setting', 'There is neither a model nor a configuration file to serve.');
  return [{ ...model, policy: LATEST_VERSION, labels: new Map(), logging: null }];
}

function newPredictor(
  options: ModelServerOptions,
  { batching }: Files,
  { settings, log, pool, metrics }: Pick<Opening, 'settings' | 'log' | 'metrics'> & { readonly pool: InferencePool },
): Predictor {
  const { filePollSeconds, maxLoadRetries, loadRetryMs, allowLabelsForUnavailable } = options;
  return new Predictor({
    pool,
    ...predictorOptions(settings, log),
    // What is configured stays in memory, as the reference keeps it.
    maxLoaded: Number.MAX_SAFE_INTEGER,
    ...(options.batching ? { batching } : {}),
    ...(options.warmUp ? { warmUp: warmUpFrom(options.warmUpIterations, (facts) => metrics.warmedUp(facts)) } : {}),
    basePaths: {
      pollMs: filePollSeconds * 1000,
      maxLoadRetries,
      retryMs: loadRetryMs,
      allowLabelsForUnavailable,
    },
  });
}

interface Opening {
  readonly options: ModelServerOptions;
  readonly files: Files;
  readonly settings: ServerSettings;
  readonly log: Logger;
  readonly predictor: Predictor;
  readonly metrics: ServerMetrics;
  readonly logs: RequestLogs;
  /** Listeners share the time that running requests have. */
  readonly closers: Pick<Closers, 'add'>;
}

async function openListeners(opening: Opening): Promise<Pick<RunningModelServer, 'url' | 'grpcAddress'>> {
  const { options, files, settings, log, predictor, metrics, logs, closers } = opening;
  const { host } = settings;
  const services = { predictor, isReady: () => predictor.ready() };
  let url: string | null = null;
  if (options.restPort !== null) {
    const { restTimeoutMs, cors, restPort } = options;
    const { restTls: tls, monitoringPage } = files;
    const app = await createModelApp({
      ...services,
      settings,
      log,
      metrics,
      tls,
      restTimeoutMs,
      cors,
      logs,
      monitoringPage,
    });
    closers.add(() => closeListener(app));
    url = await listen(app, { host, port: restPort, flag: '--rest_api_port', scheme: tls ? 'https' : 'http' });
  }
  let grpcAddress: string | null = null;
  if (options.grpcPort !== null || options.grpcSocketPath !== null) {
    const { grpcTls } = files;
    const grpc = await startGrpc({
      ...openInferenceServer(services),
      ...{ host, port: options.grpcPort, socketPath: options.grpcSocketPath, flag: '--port' },
      maxMessageBytes: settings.maxRequestBytes,
      tls: grpcTls && {
        key: grpcTls.key,
        certificate: grpcTls.certificate,
        ...(grpcTls.authority === null ? {} : { clientAuthority: grpcTls.authority }),
        requireClient: grpcTls.verifyClients,
      },
      tensorForm: options.tensorContent ? 'content' : 'values',
      // The file is left as it is.
      reload: (models) => predictor.basePaths.apply(models),
      logs,
      onInternal: (err, method) => log.error({ err, method }, 'A call failed.'),
      onCall: (facts) => metrics.call(facts),
    });
    closers.add(() => grpc.close(DRAIN_MS));
    grpcAddress = grpc.address;
  }
  return { url, grpcAddress };
}
