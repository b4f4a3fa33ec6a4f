/** @file What our predict call is asked about: picture files as parts, as the body, as base64 or by URL, or bare pixels. */
import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { PictorError } from '../contracts/index.ts';
import { redactUrl } from '../dataset/index.ts';
import { decodeBase64, type NamedPicture, type PredictInput } from '../serving/index.ts';
import { fetchPictures } from './fetch-pictures.ts';
import type { PredictBody } from './schemas.ts';
import type { ServerSettings } from './settings.ts';

/** Pictures in one request. */
export const MAX_PICTURES = 64;
/** Connections that one request may make. */
const MAX_URLS = 16;

type Body = Static<typeof PredictBody>;
type SentPicture = NonNullable<Body['image']>;

/** @throws `invalid_request`, `unsupported_media_type`, `body_too_large`, and as `fetchPictures` */
export async function readPredictInput(request: FastifyRequest, settings: ServerSettings): Promise<PredictInput> {
  const { maxRequestBytes } = settings;
  if (request.isMultipart()) return { kind: 'pictures', pictures: await readParts(request, maxRequestBytes) };
  const type = (request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
  if (type === 'application/json') return fromJson(request.body as Body | null, settings);
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

async function fromJson(body: Body | null, settings: ServerSettings): Promise<PredictInput> {
  const { image, images, pixels } = body ?? {};
  if ([image, images, pixels].filter((given) => given !== undefined).length !== 1) {
    throw new PictorError('invalid_request', 'The body must have exactly one of "image", "images" and "pixels".');
  }
  if (pixels !== undefined) return { kind: 'pixels', data: pixels };
  const given = image ? [image] : (images ?? []);
  // Everything that can be wrong in the request itself is told before anything is fetched.
  const inline = given.map((picture, index) => (hasUrl(picture, index) ? null : fromBase64(picture.b64 ?? '', index)));
  const addresses = given.map(({ url }) => url).filter((url) => url !== undefined);
  if (addresses.length > MAX_URLS) {
    throw new PictorError('invalid_request', `${addresses.length} URLs came; at most ${MAX_URLS} are fetched at once.`);
  }
  const fetched = (await fetchPictures(addresses, settings)).values();
  const pictures = given.map(({ url }, index) => ({
    name: url === undefined ? `picture ${index + 1}` : redactUrl(url),
    bytes: inline[index] ?? (fetched.next().value as Uint8Array),
  }));
  return { kind: 'pictures', pictures };
}

function hasUrl({ b64, url }: SentPicture, index: number): boolean {
  if ((b64 === undefined) !== (url === undefined)) return url !== undefined;
  throw new PictorError('invalid_request', `Picture ${index + 1} must have exactly one of "b64" and "url".`);
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
