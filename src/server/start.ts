/** @file Puts the rooms together and starts the listeners. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { asPictorError, PictorError } from '../contracts/index.ts';
import { DatasetService, RunService } from '../jobs/index.ts';
import { openEmbeddedPlatform } from '../platform/index.ts';
import { ModelRegistry } from '../registry/index.ts';
import { createInferencePool } from '../runtime/index.ts';
import { Predictor } from '../serving/index.ts';
import { createApp, createRestApp } from './app.ts';
import { Closers } from './closers.ts';
import { ensureModel, parseEnsure } from './ensure.ts';
import { EventHub } from './event-hub.ts';
import { startGrpc } from './grpc/start-grpc.ts';
import { closeListener, closePredictor, DRAIN_MS, listen } from './listen.ts';
import { createLogger, type Logger } from './logger.ts';
import { observeServing } from './metrics/observe-serving.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import { openInferenceServer } from './open-inference.ts';
import { packageVersion } from './package-version.ts';
import { predictorOptions } from './predictor-options.ts';
import { PreparedDatasets } from './prepared-datasets.ts';
import type { Services } from './services.ts';
import { readSettings, type ServerOptions, type ServerSettings } from './settings.ts';
import { readTlsFiles } from './tls-files.ts';
import { TrainerProcess, trainerCommand } from './trainer-process.ts';

export interface RunningServer {
  /** Of the studio and the API, such as `http://localhost:8080`. */
  readonly url: string;
  /** Of TensorFlow Serving's interface; null when it has no port of its own. */
  readonly restUrl: string | null;
  /** `HOST:PORT` of the gRPC services; null when there are none. */
  readonly grpcAddress: string | null;
  /** Of the trainer process; null when there is none at the moment. */
  readonly trainerPid: () => number | null;
  /** Lets running requests end, then stops everything. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts everything on one machine. When something cannot be started, what was started is stopped again.
 * @throws `invalid_setting`, `port_in_use`, `not_permitted`, `disk_full`
 */
export async function startServer(
  options: ServerOptions,
  inject: { readonly log?: Logger } = {},
): Promise<RunningServer> {
  const settings = readSettings(options);
  const ensured = settings.ensure === null ? null : parseEnsure(settings.ensure);
  const log = inject.log ?? createLogger(settings.logLevel);
  const closers = new Closers(log);
  try {
    let started = false;
    const services = await openServices(settings, log, closers, (predictor) => started && predictor.ready());
    const app = await createApp(services, { version: packageVersion() });
    // They share the time that running requests have.
    const listeners = closers.together();
    const url = await open(app, settings.port, '--port', listeners, services);
    let restUrl: string | null = null;
    if (settings.restPort !== null) {
      const restApp = await createRestApp(services);
      restUrl = await open(restApp, settings.restPort, '--rest-port', listeners, services);
    }
    const grpcAddress = await listenGrpc(settings, services, listeners);
    const trainer = new TrainerProcess(trainerCommand(settings), log);
    listeners.add(() => trainer.stop());
    if (settings.trainer) trainer.start();
    if (ensured) await ensureModel(services, ensured);
    started = true;
    const drain = async () => {
      services.predictor.beginDrain();
      await new Promise((resolve) => setTimeout(resolve, settings.drainDelayMs));
    };
    return { url, restUrl, grpcAddress, trainerPid: () => trainer.pid, close: () => closers.close(drain) };
  } catch (error) {
    await closers.close();
    throw asPictorError(error);
  }
}

async function openServices(
  settings: ServerSettings,
  log: Logger,
  closers: Closers,
  isReady: (predictor: Predictor) => boolean,
): Promise<Services> {
  const { dataDirectory } = settings;
  const tls = readTlsFiles(settings.tlsCertificate, settings.tlsKey);
  await createDataDirectory(dataDirectory);
  const platform = await openEmbeddedPlatform(path.join(dataDirectory, 'platform'));
  closers.add(() => platform.close());
  const registry = new ModelRegistry(path.join(dataDirectory, 'models'));
  await registry.prepare();
  const pool = createInferencePool({ threads: settings.inferenceThreads, runLimitMs: settings.runLimitMs });
  closers.add(() => pool.close());
  const predictor = new Predictor({ registry, pool, ...predictorOptions(settings, log) });
  closers.add(() => closePredictor(predictor, log));
  const metrics = new ServerMetrics(() => predictor);
  observeServing(predictor, metrics);
  await predictor.start();
  const prepared = new PreparedDatasets(path.join(dataDirectory, 'cache', 'datasets'));
  closers.add(() => prepared.close());
  const runs = new RunService(platform, dataDirectory);
  const datasets = new DatasetService(platform);
  const events = new EventHub();
  closers.add(() => events.stop());
  await events.start({ runs, datasets, registry });
  return {
    settings,
    runs,
    datasets,
    uploads: platform.bucket('datasets'),
    prepared,
    registry,
    predictor,
    events,
    log,
    metrics,
    tls,
    isReady: () => isReady(predictor),
  };
}

async function createDataDirectory(dataDirectory: string): Promise<void> {
  try {
    await mkdir(dataDirectory, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    throw new PictorError('invalid_setting', `The data directory ${dataDirectory} is a file, or lies below one.`, {
      fix: 'Choose another --data-dir.',
      cause: error,
    });
  }
}

/** @throws `port_in_use`, `not_permitted` */
async function open(
  app: FastifyInstance,
  port: number,
  flag: string,
  closers: Pick<Closers, 'add'>,
  { settings, tls, events }: Services,
): Promise<string> {
  closers.add(() => {
    // Streams would keep their connections busy.
    events.stop();
    return closeListener(app);
  });
  return listen(app, { host: settings.host, port, flag, scheme: tls ? 'https' : 'http' });
}

/** @throws `port_in_use`, `not_permitted`, `invalid_setting` */
async function listenGrpc(
  { host, grpcPort, maxRequestBytes }: ServerSettings,
  services: Services,
  closers: Pick<Closers, 'add'>,
): Promise<string | null> {
  if (grpcPort === null) return null;
  const grpc = await startGrpc({
    ...openInferenceServer(services),
    ...{ host, port: grpcPort, maxMessageBytes: maxRequestBytes },
    tls: services.tls,
    onInternal: (err, method) => services.log.error({ err, method }, 'A call failed.'),
    onCall: (facts) => services.metrics.call(facts),
  });
  closers.add(() => grpc.close(DRAIN_MS));
  return grpc.address;
}
