/** @file The page of TensorFlow Serving's HTTP library for paths that it does not know. */
import type { FastifyReply, FastifyRequest } from 'fastify';

const NOT_FOUND_PAGE =
  '<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n<H1>Not Found</H1>\n</BODY></HTML>\n';

export function sendNotFoundPage(_request: FastifyRequest, reply: FastifyReply): void {
  reply.code(404).type('text/html').send(NOT_FOUND_PAGE);
}
