/** @file An HTTP server as all listeners have it: limits, errors, request ids, log lines, figures, spans. */
import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { answerClientError, sendError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';
import { rewriteOpenInferenceUrl } from './routes/open-inference.ts';
import { rewriteTfServingUrl } from './routes/tfserving.ts';
import { type RequestSpan, requestSpan } from './tracing.ts';
import { compileValidator } from './validation.ts';

/** PEM texts of a listener. */
export interface HttpTls {
  readonly key: string;
  readonly certificate: string;
}

export interface HttpOptions {
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  /** Null: in clear. */
  readonly tls: HttpTls | null;
}

/** Of a JSON body that holds neither pictures nor pixels. */
const MAX_JSON_BYTES = 1024 * 1024;

/** A connection on which nothing moves for so long has nobody at its other end: what it was sending goes. */
const IDLE_MS = 120_000;

/** A small body is cut from memory of this size: memory of its own for each costs more than reading it. */
const POOL_BYTES = 64 * 1024;

export function newHttpServer({ log, metrics, tls }: HttpOptions): FastifyInstance {
  Buffer.poolSize = POOL_BYTES;
  const app = fastify({
    // Where it listens is told by whoever starts it; Fastify's own line would tell it twice.
    loggerInstance: log.child({}, log.level === 'info' ? { level: 'warn' } : {}),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: (request) => requestId(request.headers['x-request-id']),
    bodyLimit: MAX_JSON_BYTES,
    connectionTimeout: IDLE_MS,
    // URLs that the router would read otherwise than their protocol.
    rewriteUrl: ({ url = '/' }) => rewriteOpenInferenceUrl(rewriteTfServingUrl(url)),
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 1000 },
    frameworkErrors: (error, request, reply) =>
      sendError(error, request as unknown as FastifyRequest, reply as unknown as FastifyReply),
    clientErrorHandler: answerClientError,
    forceCloseConnections: 'idle',
    // What comes on an open connection while the server drains is still answered.
    return503OnClosing: false,
    ...(tls ? { https: { key: tls.key, cert: tls.certificate } } : {}),
  }) as unknown as FastifyInstance;
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(compileValidator);
  // Plain JSON: answers are records that grow, and no field may be dropped because a schema does not know it.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(sendError);
  observe(app, metrics);
  return app;
}

/** The client's own when it is a plain word, so that its log and ours can be put side by side. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:/+=@-]{1,128}$/.test(given) ? given : randomUUID();
}

const spans = new WeakMap<FastifyRequest, RequestSpan>();

function observe(app: FastifyInstance, metrics: ServerMetrics): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    const span = requestSpan(request.method, request.headers, request.id);
    if (span) spans.set(request, span);
    done();
  });
  // Reading a body leaves the context in which the request began: the handler is put back into it.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) span.run(done);
    else done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'none';
    const seconds = reply.elapsedTime / 1000;
    metrics.http({ method, route, status: reply.statusCode, seconds });
    spans.get(request)?.end(route, reply.statusCode);
    request.log.debug({ method, url: request.originalUrl, status: reply.statusCode, seconds }, 'Answered.');
    done();
  });
}
