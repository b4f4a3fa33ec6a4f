/** @file fullstack-tensor-flow's interface: `POST /tf/mnist/MODEL`, and its Swagger page at `/tf/`. */
import type { FastifyInstance } from 'fastify';
import { PictorError } from '../../contracts/index.ts';
import { predictTfMnist, retryAfterSeconds } from '../../serving/index.ts';
import { toPictorError } from '../errors.ts';
import { readForm } from '../form-files.ts';
import { CONTENT_SECURITY_POLICY } from '../security.ts';
import type { Services } from '../services.ts';
import { SWAGGER_SCRIPT, swaggerPage, TF_SWAGGER } from './tf-mnist-page.ts';

/** Served there for the description of our own API. */
const SWAGGER_ASSETS = '/api/docs/static';

export async function tfMnistRoutes(app: FastifyInstance, { predictor, settings }: Services): Promise<void> {
  app.setErrorHandler((error, request, reply) => {
    const told = toPictorError(error);
    if (told.status >= 500) request.log.error({ err: error, url: request.url }, told.message);
    const seconds = retryAfterSeconds(told);
    if (seconds !== null) reply.header('retry-after', String(seconds));
    reply.code(told.status).send({ message: messageOf(told) });
  });
  const schema = {
    summary: 'fullstack-tensor-flow: the three most probable digits of a picture',
    description:
      'A form with the picture as the file `image` → `{"classification_result":[{"digit","probability"},…]}`. Browse it at /tf/.',
    tags: ['other protocols'],
    consumes: ['multipart/form-data'],
  };
  app.post<{ Params: { model: string } }>(
    '/tf/mnist/:model',
    { schema, bodyLimit: settings.maxRequestBytes },
    async (request) => {
      const image = (await readForm(request, settings.maxRequestBytes)).get('image');
      if (!image) throw new PictorError('invalid_request', 'The form has no file "image".');
      return predictTfMnist(predictor, request.params.model, image.bytes);
    },
  );

  const hide = { schema: { hide: true } };
  app.get('/tf', hide, (_request, reply) => reply.redirect('/tf/', 308));
  app.get('/tf/', hide, (_request, reply) =>
    reply
      .header(
        'content-security-policy',
        CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
      )
      .type('text/html; charset=utf-8')
      .send(swaggerPage(SWAGGER_ASSETS)),
  );
  app.get('/tf/page.js', hide, (_request, reply) => reply.type('text/javascript; charset=utf-8').send(SWAGGER_SCRIPT));
  app.get('/tf/swagger.json', hide, async () => TF_SWAGGER);
}

/** In the words of the original. */
function messageOf(error: PictorError): string {
  const text = `${error.message} ${error.fix}`;
  if (error.status === 400 || error.status === 413) {
    return `something wrong with incoming request. Original message: ${text}`;
  }
  if (error.code === 'internal') return 'internal error: Something went wrong inside Pictor.';
  return error.status === 500 ? `internal error: ${text}` : text;
}
