/** @file TensorFlow Serving's REST interface, on the main port and alone on its own. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerTfServing, type Predictor } from '../../serving/index.ts';
import { toPictorError } from '../errors.ts';

export interface TfServingContext {
  readonly predictor: Predictor;
  readonly maxRequestBytes: number;
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
  { predictor, maxRequestBytes }: TfServingContext,
): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxRequestBytes }, (_request, body, done) =>
    done(null, body),
  );
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
      const { status, headers, body, cause } = await answerTfServing(predictor, {
        method: request.method,
        path: request.originalUrl,
        body: request.body instanceof Uint8Array ? request.body : new Uint8Array(),
        contentEncoding: request.headers['content-encoding'],
        origin: request.headers.origin,
      });
      if (cause !== undefined) request.log.error({ err: cause, url: request.originalUrl }, 'A request failed.');
      // As bytes: to text, Fastify adds a character set, which the reference does not.
      return reply.code(status).headers(headers).send(Buffer.from(body));
    },
  );
}
