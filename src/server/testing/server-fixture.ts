/** @file The main listener's routes on a real embedded platform, registry and inference pool; no port, no trainer. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { DatasetService, RunService } from '../../jobs/index.ts';
import { openEmbeddedPlatform, type Platform } from '../../platform/index.ts';
import { ModelRegistry } from '../../registry/index.ts';
import { createInferencePool } from '../../runtime/index.ts';
import { Predictor } from '../../serving/index.ts';
import { createApp, createRestApp } from '../app.ts';
import { EventHub } from '../event-hub.ts';
import { createLogger } from '../logger.ts';
import { ServerMetrics } from '../metrics/server-metrics.ts';
import { PreparedDatasets } from '../prepared-datasets.ts';
import type { Services } from '../services.ts';
import { readSettings, type ServerOptions } from '../settings.ts';

export interface ServerFixture {
  readonly directory: string;
  readonly platform: Platform;
  readonly services: Services;
  readonly app: FastifyInstance;
  readonly restApp: FastifyInstance;
  close(): Promise<void>;
}

export async function openServer(options: Partial<ServerOptions> = {}): Promise<ServerFixture> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pictor-server-'));
  const settings = readSettings({ dataDirectory: directory, logLevel: 'silent', ...options }, {});
  const platform = await openEmbeddedPlatform(path.join(directory, 'platform'));
  const registry = new ModelRegistry(path.join(directory, 'models'));
  await registry.prepare();
  const pool = createInferencePool({ threads: 1 });
  const predictor = new Predictor({ registry, pool });
  await predictor.start();
  const runs = new RunService(platform);
  const datasets = new DatasetService(platform);
  const events = new EventHub();
  await events.start({ runs, datasets, registry });
  const prepared = new PreparedDatasets(path.join(directory, 'cache', 'datasets'));
  const uploads = platform.bucket('datasets');
  const log = createLogger('silent');
  const services: Services = {
    ...{ settings, runs, datasets, uploads, prepared, registry, predictor, events, log },
    metrics: new ServerMetrics(() => predictor, { process: false }),
    tls: null,
    isReady: () => true,
  };
  const studio = path.join(directory, 'studio');
  await mkdir(path.join(studio, 'assets'), { recursive: true });
  await writeFile(path.join(studio, 'index.html'), '<!doctype html><title>Studio</title>');
  await writeFile(path.join(studio, 'assets', 'index-AbCd1234.js'), 'export {};');
  await writeFile(path.join(studio, 'icon.svg'), '<svg/>');
  const app = await createApp(services, { studio });
  const restApp = await createRestApp(services);
  return {
    directory,
    platform,
    services,
    app,
    restApp,
    async close() {
      events.stop();
      await app.close();
      await restApp.close();
      prepared.close();
      await predictor.close();
      await pool.close();
      await platform.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
