/** @file Our predict call. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { asPictorError, PictorError } from '../../contracts/index.ts';
import { type ModelTarget, predictOwn } from '../../serving/index.ts';
import { checkJsonCost } from '../json-body.ts';
import { MAX_PICTURES, readPredictInput } from '../predict-input.ts';
import {
  answers,
  Bytes,
  LabelParams,
  ModelParams,
  MultipartFile,
  PredictAnswer,
  PredictBody,
  PredictQuery,
  VersionParams,
} from '../schemas.ts';
import type { Services } from '../services.ts';

type Query = Static<typeof PredictQuery>;

export async function predictRoutes(
  app: FastifyInstance,
  { predictor, settings }: Pick<Services, 'predictor' | 'settings'>,
): Promise<void> {
  const { maxRequestBytes } = settings;
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      checkJsonCost(body);
    } catch (error) {
      return done(asPictorError(error));
    }
    parseJson(request, body.toString('utf8'), done);
  });
  // A picture may come under any type: curl calls every body a form.
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxRequestBytes }, (_request, body, done) =>
    done(null, body),
  );
  const schema = (params: typeof ModelParams | typeof VersionParams | typeof LabelParams) => ({
    summary: 'Label pictures',
    description:
      'Takes picture files (JPEG, PNG, GIF, WebP, TIFF, AVIF, BMP) as multipart parts, as the whole body, as base64 or URLs in JSON; or the pixels of one picture.',
    tags: ['predict'],
    params,
    querystring: PredictQuery,
    body: {
      content: {
        'application/json': { schema: PredictBody },
        'multipart/form-data': { schema: MultipartFile },
        'application/octet-stream': { schema: Bytes },
        'image/*': { schema: Bytes },
      },
    },
    response: answers({ 200: PredictAnswer }, 400, 403, 404, 413, 415, 429, 502, 503, 504),
  });
  const answer = async (request: FastifyRequest<{ Querystring: Query }>, target: ModelTarget) => {
    const { seen, ...numbers } = request.query;
    return predictOwn(predictor, target, await readPredictInput(request, settings), { ...numbers, seen: seen === '1' });
  };
  app.post<{ Params: Static<typeof ModelParams>; Querystring: Query }>(
    '/models/:name/predict',
    { schema: schema(ModelParams), preValidation: checkPictureCount, bodyLimit: maxRequestBytes },
    (request) => answer(request, { name: request.params.name }),
  );
  app.post<{ Params: Static<typeof VersionParams>; Querystring: Query }>(
    '/models/:name/versions/:version/predict',
    { schema: schema(VersionParams), preValidation: checkPictureCount, bodyLimit: maxRequestBytes },
    (request) => answer(request, request.params),
  );
  app.post<{ Params: Static<typeof LabelParams>; Querystring: Query }>(
    '/models/:name/labels/:label/predict',
    { schema: schema(LabelParams), preValidation: checkPictureCount, bodyLimit: maxRequestBytes },
    (request) => answer(request, request.params),
  );
}

/** Before the schema looks at each of them: it would note what is wrong with millions. */
async function checkPictureCount({ body }: FastifyRequest): Promise<void> {
  const images = (body as { images?: unknown } | null | undefined)?.images;
  if (!Array.isArray(images) || images.length <= MAX_PICTURES) return;
  throw new PictorError(
    'invalid_request',
    `${images.length} pictures came; at most ${MAX_PICTURES} are taken at once.`,
  );
}
