/** @file The main listener's routes: our API, the studio, the other protocols, and what describes them. */
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { answerClientError, sendError, sendNotFound } from './errors.ts';
import { openInferenceServer } from './open-inference.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { minishiftRoutes } from './routes/minishift.ts';
import { modelExportRoutes } from './routes/model-exports.ts';
import { modelFileRoutes } from './routes/model-files.ts';
import { modelServingRoutes } from './routes/model-serving.ts';
import { modelRoutes } from './routes/models.ts';
import { nitricRoutes } from './routes/nitric.ts';
import { type OpenInferenceContext, openInferenceRoutes, rewriteOpenInferenceUrl } from './routes/open-inference.ts';
import { predictRoutes } from './routes/predict.ts';
import { presetRoutes } from './routes/presets.ts';
import { runRoutes } from './routes/runs.ts';
import { STUDIO_DIRECTORY, studioRoutes } from './routes/studio.ts';
import { tfMnistRoutes } from './routes/tf-mnist.ts';
import { tfaasRoutes } from './routes/tfaas.ts';
import { rewriteTfServingUrl, tfServingRoutes } from './routes/tfserving.ts';
import { CONTENT_SECURITY_POLICY, protect, refuseCrossSite, refuseForeignHost } from './security.ts';
import type { Services } from './services.ts';
import { compileValidator } from './validation.ts';

/** Of a JSON body that holds neither pictures nor pixels. */
const MAX_JSON_BYTES = 1024 * 1024;

/** A connection on which nothing moves for so long has nobody at its other end: what it was sending goes. */
const IDLE_MS = 120_000;

/** @param options.version of Pictor, shown in the API's description; @param options.studio folder of the built studio */
export async function createApp(
  services: Services,
  options: { readonly version?: string; readonly studio?: string } = {},
): Promise<FastifyInstance> {
  const app = newFastify(services);
  app.setNotFoundHandler(sendNotFound);
  protect(app, services.settings);
  // Fields that nobody reads stay in memory until the form ends.
  await app.register(multipart, { limits: { fields: 16, fieldSize: 64 * 1024 } });
  await describeApi(app, options.version ?? '0.0.0');

  healthRoutes(app, services);
  await app.register(
    async (api) => {
      eventRoutes(api, services);
      presetRoutes(api);
      runRoutes(api, services);
      modelRoutes(api, services);
      modelServingRoutes(api, services);
      modelExportRoutes(api, services);
      await api.register(async (scope) => datasetRoutes(scope, services));
      await api.register(async (scope) => modelFileRoutes(scope, services));
      await api.register(async (scope) => predictRoutes(scope, services));
    },
    { prefix: '/api/v1' },
  );
  const { predictor, settings } = services;
  await app.register(async (scope) => nitricRoutes(scope, services));
  await app.register(async (scope) => minishiftRoutes(scope, services));
  await app.register(async (scope) => tfaasRoutes(scope, services));
  await app.register(async (scope) => tfMnistRoutes(scope, services));
  await app.register(tfServingRoutes, { predictor, maxRequestBytes: settings.maxRequestBytes });
  await app.register(openInferenceRoutes, openInferenceContext(services));
  await app.register(studioRoutes, { directory: options.studio ?? STUDIO_DIRECTORY });
  await app.ready();
  return app;
}

/** The listener that serves TensorFlow Serving's REST interface alone. */
export async function createRestApp(services: Services): Promise<FastifyInstance> {
  const app = newFastify(services);
  // As the reference's HTTP library answers what it does not know.
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).type('text/html').send(NOT_FOUND_PAGE);
  });
  const { predictor, settings } = services;
  app.addHook('onRequest', async (request) => {
    refuseForeignHost(request, settings);
    // The others compute an answer, and change nothing.
    if (/^\/v2\/repository\//.test(request.originalUrl)) refuseCrossSite(request, settings);
  });
  await app.register(tfServingRoutes, { predictor, maxRequestBytes: settings.maxRequestBytes });
  await app.register(openInferenceRoutes, openInferenceContext(services));
  await app.ready();
  return app;
}

function openInferenceContext(services: Services): OpenInferenceContext {
  return { ...openInferenceServer(services), maxRequestBytes: services.settings.maxRequestBytes };
}

const NOT_FOUND_PAGE =
  '<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n<H1>Not Found</H1>\n</BODY></HTML>\n';

function newFastify({ log }: Services): FastifyInstance {
  const app = fastify({
    // Where it listens is told by whoever starts it; Fastify's own line would tell it twice.
    loggerInstance: log.child({}, log.level === 'info' ? { level: 'warn' } : {}),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_JSON_BYTES,
    connectionTimeout: IDLE_MS,
    rewriteUrl: (request) => rewriteOpenInferenceUrl(rewriteTfServingUrl(request.url ?? '/')),
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 1000 },
    frameworkErrors: (error, request, reply) =>
      sendError(error, request as unknown as FastifyRequest, reply as unknown as FastifyReply),
    clientErrorHandler: answerClientError,
    forceCloseConnections: 'idle',
  }) as unknown as FastifyInstance;
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(compileValidator);
  // Plain JSON: answers are records that grow, and no field may be dropped because a schema does not know it.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(sendError);
  return app;
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
