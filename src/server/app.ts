/** @file The main listener's routes: our API, the studio, the other protocols, and what describes them. */
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { sendNotFound } from './errors.ts';
import { FORM_LIMITS } from './form-files.ts';
import { newHttpServer } from './http.ts';
import { sendNotFoundPage } from './not-found-page.ts';
import { openInferenceServer } from './open-inference.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { minishiftRoutes } from './routes/minishift.ts';
import { modelExportRoutes } from './routes/model-exports.ts';
import { modelFileRoutes } from './routes/model-files.ts';
import { modelServingRoutes } from './routes/model-serving.ts';
import { modelStatisticsRoutes } from './routes/model-statistics.ts';
import { modelRoutes } from './routes/models.ts';
import { nitricRoutes } from './routes/nitric.ts';
import { type OpenInferenceContext, openInferenceRoutes } from './routes/open-inference.ts';
import { predictRoutes } from './routes/predict.ts';
import { presetRoutes } from './routes/presets.ts';
import { runRoutes } from './routes/runs.ts';
import { STUDIO_DIRECTORY, studioRoutes } from './routes/studio.ts';
import { tfMnistRoutes } from './routes/tf-mnist.ts';
import { tfaasRoutes } from './routes/tfaas.ts';
import { type TfServingContext, tfServingRoutes } from './routes/tfserving.ts';
import { CONTENT_SECURITY_POLICY, protect, protectServing } from './security.ts';
import type { Services } from './services.ts';

/** TensorFlow Serving's own default. */
const REST_TIMEOUT_MS = 30_000;

/** @param options.version of Pictor, shown in the API's description; @param options.studio folder of the built studio */
export async function createApp(
  services: Services,
  options: { readonly version?: string; readonly studio?: string } = {},
): Promise<FastifyInstance> {
  const app = newHttpServer(services);
  app.setNotFoundHandler(sendNotFound);
  protect(app, services.settings);
  await describeApi(app, options.version ?? '0.0.0');

  healthRoutes(app, services);
  metricsRoutes(app, services.metrics);
  await app.register(tfServingRoutes, tfServingContext(services));
  await app.register(openInferenceRoutes, openInferenceContext(services));
  await app.register((scope) => ownRoutes(scope, services));
  await app.register(studioRoutes, { directory: options.studio ?? STUDIO_DIRECTORY });
  await app.ready();
  return app;
}

/** Our API, and the small protocols: some of them take forms. The hooks for these would cost the others' requests something. */
async function ownRoutes(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(multipart, FORM_LIMITS);
  await app.register(
    async (api) => {
      eventRoutes(api, services);
      presetRoutes(api);
      runRoutes(api, services);
      modelRoutes(api, services);
      modelServingRoutes(api, services);
      modelStatisticsRoutes(api, services.predictor);
      modelExportRoutes(api, services);
      await api.register(async (scope) => datasetRoutes(scope, services));
      await api.register(async (scope) => modelFileRoutes(scope, services));
      await api.register(async (scope) => predictRoutes(scope, services));
    },
    { prefix: '/api/v1' },
  );
  await app.register(async (scope) => nitricRoutes(scope, services));
  await app.register(async (scope) => minishiftRoutes(scope, services));
  await app.register(async (scope) => tfaasRoutes(scope, services));
  await app.register(async (scope) => tfMnistRoutes(scope, services));
}

/** The listener that serves TensorFlow Serving's REST interface alone. */
export async function createRestApp(services: Services): Promise<FastifyInstance> {
  const app = newHttpServer(services);
  app.setNotFoundHandler(sendNotFoundPage);
  protectServing(app, services.settings);
  await app.register(tfServingRoutes, tfServingContext(services));
  await app.register(openInferenceRoutes, openInferenceContext(services));
  await app.ready();
  return app;
}

function openInferenceContext(services: Services): OpenInferenceContext {
  return { ...openInferenceServer(services), maxRequestBytes: services.settings.maxRequestBytes };
}

function tfServingContext({ predictor, settings, metrics }: Services): TfServingContext {
  const { maxRequestBytes, kserveV1: kserve } = settings;
  return { predictor, maxRequestBytes, metrics: metrics.tfServing, timeoutMs: REST_TIMEOUT_MS, cors: false, kserve };
}

async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Pictor', version, description: 'Trains image classifiers from a dataset and serves them.' },
      tags: ['datasets', 'runs', 'models', 'predict', 'other protocols', 'operations'].map((name) => ({ name })),
    },
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    // The plugin's own policy would turn every request into https. Its page writes style attributes.
    staticCSP: CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
    uiConfig: { validatorUrl: null, docExpansion: 'list', deepLinking: true },
  });
}
