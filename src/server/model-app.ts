/** @file The HTTP listener of `pictor serve`: TensorFlow Serving's REST, Open Inference, our predict API, health, figures. */
import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import type { Predictor, RequestLogs } from '../serving/index.ts';
import { sendNotFound } from './errors.ts';
import { FORM_LIMITS } from './form-files.ts';
import { type HttpTls, newHttpServer } from './http.ts';
import type { Logger } from './logger.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';
import { sendNotFoundPage } from './not-found-page.ts';
import { openInferenceServer } from './open-inference.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes, monitoringRoutes } from './routes/metrics.ts';
import { modelStatisticsRoutes } from './routes/model-statistics.ts';
import { openInferenceRoutes } from './routes/open-inference.ts';
import { predictRoutes } from './routes/predict.ts';
import { servedModelRoutes } from './routes/served-models.ts';
import { tfServingRoutes } from './routes/tfserving.ts';
import { protectServing } from './security.ts';
import type { ServerSettings } from './settings.ts';

export interface ModelAppContext {
  readonly predictor: Predictor;
  readonly settings: ServerSettings;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  readonly isReady: () => boolean;
  readonly tls: HttpTls | null;
  readonly restTimeoutMs: number;
  readonly cors: boolean;
  /** Where requests are written down. */
  readonly logs: RequestLogs;
  /** Path of TensorFlow Serving's Prometheus page; null for none. */
  readonly monitoringPage: string | null;
}

export async function createModelApp(context: ModelAppContext): Promise<FastifyInstance> {
  const { predictor, settings, metrics, restTimeoutMs, cors, logs, monitoringPage } = context;
  const app = newHttpServer(context);
  app.setNotFoundHandler((request, reply) =>
    request.url.startsWith('/api/') ? sendNotFound(request, reply) : sendNotFoundPage(request, reply),
  );
  protectServing(app, settings);
  healthRoutes(app, context);
  metricsRoutes(app, metrics);
  if (monitoringPage !== null) monitoringRoutes(app, metrics, monitoringPage);
  await app.register(
    async (api) => {
      await api.register(multipart, FORM_LIMITS);
      servedModelRoutes(api, predictor);
      modelStatisticsRoutes(api, predictor);
      await api.register(async (scope) => predictRoutes(scope, { predictor, settings }));
    },
    { prefix: '/api/v1' },
  );
  const { maxRequestBytes } = settings;
  await app.register(tfServingRoutes, {
    predictor,
    maxRequestBytes,
    metrics: metrics.tfServing,
    timeoutMs: restTimeoutMs,
    cors,
    logs,
    kserve: settings.kserveV1,
  });
  await app.register(openInferenceRoutes, { ...openInferenceServer(context), maxRequestBytes });
  await app.ready();
  return app;
}
