/** @file Open Inference v2, on the main port and beside TensorFlow Serving's REST interface. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerOpenInference, type OpenInferenceServer } from '../../serving/index.ts';
import { toPictorError } from '../errors.ts';
import { clientGone } from '../gone-signal.ts';
import { asIs, plainRequest, takeBytes } from './body-bytes.ts';

export interface OpenInferenceContext extends OpenInferenceServer {
  readonly maxRequestBytes: number;
}

/** For Fastify's `rewriteUrl`: names of models may hold anything, and the protocol's own grammar decides. */
export function rewriteOpenInferenceUrl(url: string): string {
  return /^\/v2(?:[/?]|$)/.test(url) ? '/v2/' : url;
}

export async function openInferenceRoutes(
  app: FastifyInstance,
  { maxRequestBytes, ...server }: OpenInferenceContext,
): Promise<void> {
  takeBytes(app, maxRequestBytes);
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = toPictorError(error);
    reply.code(status).send({ error: message });
  });
  app.all(
    '/v2/',
    { schema: { hide: true }, exposeHeadRoute: false },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const length = request.headers['inference-header-content-length'];
      const { status, headers, body, cause } = await answerOpenInference(
        server,
        {
          ...plainRequest(request),
          headerLength: Array.isArray(length) ? length[0] : length,
        },
        { signal: clientGone(reply.raw) },
      );
      if (cause !== undefined) request.log.error({ err: cause, url: request.originalUrl }, 'A request failed.');
      return reply.code(status).headers(headers).serializer(asIs).send(body);
    },
  );
}
