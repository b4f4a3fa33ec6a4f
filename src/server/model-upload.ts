/** @file A model that comes with a request: its files on disk, and what the sender says of it. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { INPUT_RANGES, PictorError } from '../contracts/index.ts';
import { parseLabels, type ToldFacts } from '../formats/index.ts';
import type { ImportRequest } from '../jobs/index.ts';
import { saveBody } from './body-stream.ts';
import { oneOf } from './validation.ts';

const MAX_FILES = 1000;
const MAX_PARTS = 16;

/** Fields of a form, of the path, or of JSON. */
const facts = {
  inputRange: Type.Optional(oneOf(INPUT_RANGES, { description: 'Numbers that the model wants of a picture' })),
  answers: Type.Optional(oneOf(['probabilities', 'logits'], { description: 'What it gives' })),
  height: Type.Optional(Type.Integer({ minimum: 1, maximum: 65536, description: 'Of pictures, where it is open' })),
  width: Type.Optional(Type.Integer({ minimum: 1, maximum: 65536 })),
  channels: Type.Optional(Type.Unsafe<1 | 3>({ type: 'integer', enum: [1, 3] })),
};
const Name = Type.String({ minLength: 1, maxLength: 200, description: 'Name to publish the model under' });

export const ImportQuery = Type.Object(
  {
    name: Type.Optional(Name),
    fileName: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1024, description: 'Name of the file that is the body' }),
    ),
    labels: Type.Optional(Type.String({ maxLength: 65536, description: 'A JSON list, or one a line' })),
    ...facts,
  },
  { additionalProperties: false },
);
export const ImportBody = Type.Object(
  {
    name: Name,
    url: Type.String({ minLength: 1, maxLength: 8192, description: 'http(s) URL of a model file' }),
    labels: Type.Optional(Type.Array(Type.String({ maxLength: 1000 }), { maxItems: 1_000_000 })),
    ...facts,
  },
  { additionalProperties: false },
);

type Told = Pick<Static<typeof ImportQuery>, 'inputRange' | 'answers' | 'height' | 'width' | 'channels'>;

/**
 * @param folder where the files go; the caller removes it
 * @throws `invalid_request`, `unsupported_media_type`, `body_too_large`, `model_labels_invalid`
 */
export async function takeModel(
  request: FastifyRequest<{ Querystring: Static<typeof ImportQuery> }>,
  folder: string,
  maxBytes: number,
): Promise<ImportRequest> {
  const { query, body } = request;
  if (request.isMultipart()) return takeForm(request, folder, maxBytes);
  if (body instanceof Readable) {
    const { name, fileName, labels } = query;
    if (!name || !fileName) throw missing('A model as the whole body needs ?name=NAME&fileName=FILE.');
    const file = plainName(fileName);
    await mkdir(folder, { recursive: true });
    await saveBody(body, path.join(folder, file), maxBytes);
    return {
      name,
      file,
      source: { kind: 'path', path: path.join(folder, file) },
      ...toldIn(query),
      ...labelsIn(labels),
    };
  }
  const sent = body as Static<typeof ImportBody> | undefined;
  if (!sent?.url) throw missing('The request has no model.');
  if (!/^https?:\/\//i.test(sent.url)) throw missing('"url" is not an http(s) URL.');
  const { name, url, labels } = sent;
  return { name, source: { kind: 'url', url }, ...toldIn(sent), ...(labels ? { labels } : {}) };
}

async function takeForm(
  request: FastifyRequest<{ Querystring: Static<typeof ImportQuery> }>,
  folder: string,
  maxBytes: number,
): Promise<ImportRequest> {
  const fields = new Map<string, string>(Object.entries(request.query).map(([key, value]) => [key, String(value)]));
  const files: string[] = [];
  let left = maxBytes;
  const limits = {
    files: MAX_FILES,
    fields: MAX_PARTS,
    parts: MAX_FILES + MAX_PARTS,
    fileSize: Number.POSITIVE_INFINITY,
  };
  for await (const part of request.parts({ limits, preservePath: true })) {
    if (part.type !== 'file') {
      if (part.fieldnameTruncated || part.valueTruncated) throw missing(`The field "${part.fieldname}" is too long.`);
      fields.set(part.fieldname, String(part.value));
      continue;
    }
    const file = part.filename
      .split(/[\\/]+/)
      .filter((step) => step !== '' && step !== '.')
      .map(plainName)
      .join('/');
    if (file === '') throw missing('A file of the form has no name.');
    if (files.includes(file)) throw missing(`The form has two files ${JSON.stringify(file)}.`);
    const place = path.join(folder, file);
    await mkdir(path.dirname(place), { recursive: true });
    left -= await saveBody(part.file, place, left);
    files.push(file);
  }
  if (files.length === 0) throw missing('The form has no file.');
  const { name, labels, ...rest } = Object.fromEntries(fields);
  if (!name) throw missing('The form has no field "name".');
  // One file is itself; several are a folder, of which the common first step is no part.
  const [first] = files;
  const top = first.split('/')[0];
  const inside = files.every((file) => file.startsWith(`${top}/`)) ? path.join(folder, top) : folder;
  const source = { kind: 'path', path: files.length === 1 ? path.join(folder, first) : inside } as const;
  const file = files.length === 1 ? path.basename(first) : inside === folder ? 'model' : top;
  return { name, file, source, ...toldIn(readFields(rest)), ...labelsIn(labels) };
}

function readFields(fields: Readonly<Record<string, string>>): Told {
  const choice = <T extends string>(key: string, choices: readonly T[]): T | undefined => {
    const value = fields[key];
    if (value === undefined || value === '') return undefined;
    const found = choices.find((known) => known === value);
    if (found === undefined)
      throw missing(`The field "${key}" is ${JSON.stringify(value.slice(0, 50))}; expected ${choices.join(', ')}.`);
    return found;
  };
  const size = (key: string): number | undefined => {
    const value = fields[key];
    if (value === undefined || value === '') return undefined;
    if (!/^[1-9]\d{0,4}$/.test(value))
      throw missing(`The field "${key}" is ${JSON.stringify(value.slice(0, 50))}; expected a whole number from 1.`);
    return Number(value);
  };
  const channels = choice('channels', ['1', '3']);
  return {
    inputRange: choice('inputRange', INPUT_RANGES),
    answers: choice('answers', ['probabilities', 'logits']),
    height: size('height'),
    width: size('width'),
    channels: channels === undefined ? undefined : (Number(channels) as 1 | 3),
  };
}

function toldIn({
  inputRange,
  answers,
  height,
  width,
  channels,
}: Told): Pick<ToldFacts, 'inputRange' | 'answers' | 'image'> {
  const image = {
    ...(height ? { height } : {}),
    ...(width ? { width } : {}),
    ...(channels ? { channels } : {}),
  };
  return {
    ...(inputRange ? { inputRange } : {}),
    ...(answers ? { answers } : {}),
    ...(Object.keys(image).length > 0 ? { image } : {}),
  };
}

function labelsIn(text: string | undefined): Pick<ToldFacts, 'labels'> {
  return text === undefined || text.trim() === '' ? {} : { labels: parseLabels(text, 'the request') };
}

/** The last part of a path, of plain characters: it becomes the name of a file here. */
function plainName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const plain = last.replace(/[^\p{L}\p{N} ._-]/gu, '_').slice(0, 100);
  return /^[. ]*$/.test(plain) ? 'model' : plain;
}

function missing(message: string): PictorError {
  return new PictorError('invalid_request', message, {
    fix: 'Send the file as a part of a form with a field "name", as the body with ?name= and &fileName=, or JSON with "name" and "url".',
  });
}
