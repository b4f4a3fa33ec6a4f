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
import { ensureModel, parseEnsure } from './ensure.ts';
import { EventHub } from './event-hub.ts';
import { startGrpc } from './grpc/start-grpc.ts';
import { createLogger, type Logger } from './logger.ts';
import { openInferenceServer } from './open-inference.ts';
import { packageVersion } from './package-version.ts';
import { PreparedDatasets } from './prepared-datasets.ts';
import type { Services } from './services.ts';
import { readSettings, type ServerOptions, type ServerSettings } from './settings.ts';
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

/** Requests that are running may take this long when the server closes. */
const DRAIN_MS = 10_000;
const SWEEP_MS = 20;

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
  const closers: (() => Promise<void> | void)[] = [];
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll(closers, log);
    return closing;
  };
  try {
    let ready = false;
    const services = await openServices(settings, log, closers, () => ready);
    closers.push(() => {
      ready = false;
    });
    const app = await createApp(services, { version: packageVersion() });
    const url = await listen(app, settings.host, settings.port, '--port', closers, services);
    let restUrl: string | null = null;
    if (settings.restPort !== null) {
      const restApp = await createRestApp(services);
      restUrl = await listen(restApp, settings.host, settings.restPort, '--rest-port', closers, services);
    }
    const grpcAddress = await listenGrpc(settings, services, closers);
    const trainer = new TrainerProcess(trainerCommand(settings), log);
    closers.push(() => trainer.stop());
    if (settings.trainer) trainer.start();
    if (ensured) await ensureModel(services, ensured);
    ready = true;
    return { url, restUrl, grpcAddress, trainerPid: () => trainer.pid, close };
  } catch (error) {
    await close();
    throw asPictorError(error);
  }
}

async function openServices(
  settings: ServerSettings,
  log: Logger,
  closers: (() => Promise<void> | void)[],
  isReady: () => boolean,
): Promise<Services> {
  const { dataDirectory } = settings;
  await createDataDirectory(dataDirectory);
  const platform = await openEmbeddedPlatform(path.join(dataDirectory, 'platform'));
  closers.push(() => platform.close());
  const registry = new ModelRegistry(path.join(dataDirectory, 'models'));
  await registry.prepare();
  const pool = createInferencePool({ threads: settings.inferenceThreads });
  closers.push(() => pool.close());
  const predictor = new Predictor({
    registry,
    pool,
    maxPending: settings.maxPending,
    maxBatch: settings.maxBatch,
    log: (level, message) => log[level](message),
  });
  closers.push(() => predictor.close());
  await predictor.start();
  const prepared = new PreparedDatasets(path.join(dataDirectory, 'cache', 'datasets'));
  closers.push(() => prepared.close());
  const runs = new RunService(platform, dataDirectory);
  const datasets = new DatasetService(platform);
  const events = new EventHub();
  closers.push(() => events.stop());
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
    isReady: () => isReady() && predictor.ready(),
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
async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  flag: string,
  closers: (() => Promise<void> | void)[],
  { events }: Services,
): Promise<string> {
  closers.push(() => closeListener(app, events));
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const place = `Port ${port} on ${host}`;
    if (code === 'EADDRINUSE') {
      throw new PictorError('port_in_use', `${place} is in use by another program (${flag}).`, {
        fix: `Stop the program that holds the port, or choose another one with ${flag}.`,
        details: { host, port, flag },
        cause: error,
      });
    }
    if (code === 'EACCES') {
      throw new PictorError('not_permitted', `${place} may not be opened by this user (${flag}).`, {
        fix: `Choose a port from 1024 up with ${flag}.`,
        cause: error,
      });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new PictorError('invalid_setting', `This machine has no address ${host} (--host).`, { cause: error });
    }
    throw error;
  }
  const address = app.server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return `http://${shownHost(host)}:${actual}`;
}

/** @throws `port_in_use`, `not_permitted`, `invalid_setting` */
async function listenGrpc(
  { host, grpcPort, maxRequestBytes }: ServerSettings,
  services: Services,
  closers: (() => Promise<void> | void)[],
): Promise<string | null> {
  if (grpcPort === null) return null;
  const grpc = await startGrpc({
    ...openInferenceServer(services),
    ...{ host, port: grpcPort, maxMessageBytes: maxRequestBytes },
    onInternal: (err, method) => services.log.error({ err, method }, 'A call failed.'),
  });
  closers.push(() => grpc.close(DRAIN_MS));
  return grpc.address;
}

/** No new requests; streams end; running requests may finish, but not for ever. */
async function closeListener(app: FastifyInstance, events: EventHub): Promise<void> {
  events.stop();
  const force = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
  // A connection that was busy when the closing began is kept alive by its client once it is idle.
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
  await app.close();
  clearTimeout(force);
  clearInterval(sweep);
}

/** In the reverse order of opening; a failure of one does not keep the others open. */
async function closeAll(closers: (() => Promise<void> | void)[], log: Logger): Promise<void> {
  for (const closer of closers.reverse()) {
    try {
      await closer();
    } catch (error) {
      log.error({ err: error }, 'Something could not be closed.');
    }
  }
}

/** An address that a browser on this machine can open. */
function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1' || host === '::1') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
