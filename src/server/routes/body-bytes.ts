/** @file Requests and answers of protocols that read and write their bodies themselves. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Whatever the content type says, the body is bytes. */
export function takeBytes(app: FastifyInstance, maxBytes: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBytes }, (_request, body, done) => done(null, body));
}

/** A request as the protocols take it. */
export function plainRequest({ method, originalUrl, body, headers }: FastifyRequest) {
  return {
    method,
    path: originalUrl,
    body: body instanceof Uint8Array ? body : new Uint8Array(),
    contentEncoding: headers['content-encoding'],
  };
}

/** The serializer of bodies that are text already: without one, Fastify adds a character set to their type. */
export const asIs = (body: unknown): string => body as string;
