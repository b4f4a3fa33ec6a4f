/** @file Anything thrown in a route becomes one kind of answer. */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { asPictorError, errorBody, PictorError } from '../contracts/index.ts';
import { retryAfterSeconds } from '../serving/index.ts';

/** Sends an error as `{"error": {...}}` with its status. What is nobody's fault but ours goes to the log. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const told = toPictorError(error);
  if (told.status >= 500 && told.code !== 'model_not_ready' && told.code !== 'server_not_ready') {
    request.log.error({ err: error, url: request.url }, told.message);
  }
  const seconds = retryAfterSeconds(told);
  if (seconds !== null) reply.header('retry-after', String(seconds));
  // An inner text may show what is none of the caller's business.
  const body = told.code === 'internal' ? errorBody(null) : errorBody(told);
  reply.code(told.status).header('cache-control', 'no-store').send(body);
}

/** What the form parser says, which gives its errors no code. */
const BROKEN_FORM = /^(Unexpected end of multipart data|Part terminated early|Multipart: |Malformed (part|content))/;

export function toPictorError(error: unknown): PictorError {
  if (error instanceof PictorError) return error;
  const { code, statusCode, message } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || code === 'FST_REQ_FILE_TOO_LARGE' || statusCode === 413) {
    return new PictorError('body_too_large', 'The body of the request is too large.', { cause: error });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new PictorError('unsupported_media_type', 'This path does not take a body of that content type.');
  }
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    return new PictorError('invalid_json', 'The body is empty, but its content type says JSON.', { cause: error });
  }
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return new PictorError('invalid_json', 'The body is not valid JSON.', { cause: error });
  }
  if (error instanceof SyntaxError) {
    return new PictorError('invalid_json', `The body is not valid JSON: ${message}`, { cause: error });
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || BROKEN_FORM.test(message ?? '')) {
    return new PictorError('invalid_request', 'The body of the request ended early or is damaged.', { cause: error });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new PictorError('invalid_request', String(message), { cause: error });
  }
  return asPictorError(error);
}

export function sendNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?')[0].slice(0, 200);
  const error = new PictorError('not_found', `There is nothing for ${request.method} ${path}.`);
  reply.code(404).send(errorBody(error));
}

/** What was sent is no request that can be read: there is nothing to route, and no reply but what goes onto the wire. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, message] = CLIENT_ERRORS[error.code ?? ''] ?? ['400 Bad Request', 'What came is no HTTP request.'];
  const body = JSON.stringify(errorBody(new PictorError('invalid_request', message)));
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The head of the request is longer than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not come to its end in time.'],
};
