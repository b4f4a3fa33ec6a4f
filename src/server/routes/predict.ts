/** @file Our predict call: picture files as parts, as the body or as base64, or bare pixels. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { asPictorError, PictorError } from '../../contracts/index.ts';
import {
  decodeBase64,
  type ModelTarget,
  type NamedPicture,
  type PredictInput,
  predictOwn,
} from '../../serving/index.ts';
import { checkJsonCost } from '../json-body.ts';
import {
  answers,
  Bytes,
  ModelParams,
  MultipartFile,
  PredictAnswer,
  PredictBody,
  PredictQuery,
  VersionParams,
} from '../schemas.ts';
import type { Services } from '../services.ts';

/** Pictures in one request. */
const MAX_PICTURES = 64;

type Query = Static<typeof PredictQuery>;
type Body = Static<typeof PredictBody>;

export async function predictRoutes(app: FastifyInstance, { predictor, settings }: Services): Promise<void> {
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
  const schema = (params: typeof ModelParams | typeof VersionParams) => ({
    summary: 'Label pictures',
    description:
      'Takes picture files (JPEG, PNG, GIF, WebP, TIFF, AVIF, BMP) as multipart parts, as the whole body, or as base64 in JSON; or the pixels of one picture.',
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
    response: answers({ 200: PredictAnswer }, 400, 404, 413, 415, 429, 503),
  });
  const answer = async (request: FastifyRequest<{ Querystring: Query }>, target: ModelTarget) => {
    const { top, seen } = request.query;
    const options = { ...(top === undefined ? {} : { top }), seen: seen === '1' };
    return predictOwn(predictor, target, await readInput(request, maxRequestBytes), options);
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
}

async function readInput(request: FastifyRequest, maxBytes: number): Promise<PredictInput> {
  if (request.isMultipart()) return { kind: 'pictures', pictures: await readParts(request, maxBytes) };
  const type = (request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
  if (type === 'application/json') return fromJson(request.body as Body | null);
  if (!/^(image\/.*|application\/(octet-stream|x-www-form-urlencoded)|)$/.test(type)) {
    throw new PictorError(
      'unsupported_media_type',
      `A body of type ${JSON.stringify(type.slice(0, 100))} cannot be labelled; expected application/json, multipart/form-data, image/* or application/octet-stream.`,
    );
  }
  const bytes = request.body;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw nothingCame();
  return { kind: 'pictures', pictures: [{ name: 'body', bytes }] };
}

async function readParts(request: FastifyRequest, maxBytes: number): Promise<NamedPicture[]> {
  const pictures: NamedPicture[] = [];
  let total = 0;
  for await (const part of request.files({ limits: { files: MAX_PICTURES, fileSize: maxBytes } })) {
    const bytes = await part.toBuffer();
    total += bytes.length;
    if (total > maxBytes) {
      throw new PictorError('body_too_large', `The pictures have more than ${maxBytes} bytes together.`);
    }
    pictures.push({ name: part.filename || `picture ${pictures.length + 1}`, bytes });
  }
  if (pictures.length === 0) throw nothingCame();
  return pictures;
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

function fromJson(body: Body | null): PredictInput {
  const { image, images, pixels } = body ?? {};
  if ([image, images, pixels].filter((given) => given !== undefined).length !== 1) {
    throw new PictorError('invalid_request', 'The body must have exactly one of "image", "images" and "pixels".');
  }
  if (pixels !== undefined) return { kind: 'pixels', data: pixels };
  const given = image ? [image] : (images ?? []);
  return {
    kind: 'pictures',
    pictures: given.map(({ b64 }, index) => ({ name: `picture ${index + 1}`, bytes: fromBase64(b64, index) })),
  };
}

function fromBase64(text: string, index: number): Uint8Array {
  // Browsers give pictures as data URLs.
  const bytes = decodeBase64(text.startsWith('data:') ? text.slice(text.indexOf(',') + 1) : text);
  if (bytes && bytes.length > 0) return bytes;
  throw new PictorError('invalid_request', `Picture ${index + 1} is not base64: its "b64" cannot be decoded.`);
}

function nothingCame(): PictorError {
  return new PictorError('invalid_request', 'The request has no picture.', {
    fix: 'Send a picture file as the body, as a part of a form, or as {"image":{"b64":"..."}}.',
  });
}
