/** @file TensorFlow Serving's REST interface, on the main port and alone on its own. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerTfServing, type Predictor, type RequestLogs, type ServedCall } from '../../serving/index.ts';
import { toPictorError } from '../errors.ts';
import { clientGone } from '../gone-signal.ts';
import type { TfServingMetrics } from '../metrics/tfserving-metrics.ts';
import { asIs, plainRequest, takeBytes } from './body-bytes.ts';

export interface TfServingContext {
  readonly predictor: Predictor;
  readonly maxRequestBytes: number;
  readonly metrics: TfServingMetrics;
  /** Longest time for an answer. */
  readonly timeoutMs: number;
  /** Where requests are written down. Default: nowhere. */
  readonly logs?: RequestLogs | null;
  /** Pages of other sites may read the answers. */
  readonly cors: boolean;
  /** The status of a model tells what KServe's clients look for, too. */
  readonly kserve: boolean;
}

/**
 * For Fastify's `rewriteUrl`: its router would decode the path, ignore the query and refuse percent signs that are no
 * escapes, while the protocol matches the path as it came.
 */
export function rewriteTfServingUrl(url: string): string {
  return /^\/v1\//i.test(url) ? '/v1/' : url;
}

export async function tfServingRoutes(
  app: FastifyInstance,
  { predictor, maxRequestBytes, metrics, timeoutMs, cors, kserve, logs }: TfServingContext,
): Promise<void> {
  takeBytes(app, maxRequestBytes);
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = toPictorError(error);
    reply
      .code(status)
      .header('content-type', 'application/json')
      .send(Buffer.from(JSON.stringify({ error: message }, null, 4)));
  });
  app.all(
    '/v1/',
    { schema: { hide: true }, exposeHeadRoute: false },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { status, headers, body, served, cause } = await answerTfServing(
        predictor,
        {
          ...plainRequest(request),
          origin: request.headers.origin,
        },
        { timeoutMs, cors, kserve, logs, signal: clientGone(reply.raw) },
      );
      count(metrics, served, reply.elapsedTime);
      if (cause !== undefined) request.log.error({ err: cause, url: request.originalUrl }, 'A request failed.');
      return reply.code(status).headers(headers).serializer(asIs).send(body);
    },
  );
}

/** As the reference counts: requests that name a model. */
function count(metrics: TfServingMetrics, { model, call, code, examples }: ServedCall, milliseconds: number): void {
  if (model === null) return;
  const api = call === 'status' || call === 'metadata' || call === null ? '' : call;
  metrics.request({ model, api, entrypoint: 'REST', status: code, microseconds: milliseconds * 1000 });
  if (examples > 0) metrics.examples(model, examples);
}
