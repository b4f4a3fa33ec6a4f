/** @file TFaaS' HTTP interface: upload, list, predict, delete, status. What it lets strangers do is not here. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PictorError } from '../../contracts/index.ts';
import { type ImportRequest, importInBackground } from '../../jobs/index.ts';
import {
  predictTfaasImage,
  predictTfaasRow,
  protoOfScores,
  retryAfterSeconds,
  rowOfJson,
  rowOfProto,
  tfaasBundle,
  tfaasForm,
  tfaasParams,
} from '../../serving/index.ts';
import { readBody, saveBody } from '../body-stream.ts';
import { toPictorError } from '../errors.ts';
import { type FormPart, readForm } from '../form-files.ts';
import { checkJsonCost } from '../json-body.ts';
import { MachineMeter } from '../machine-status.ts';
import type { Services } from '../services.ts';

const tags = ['other protocols'];
const WINDOW_MS = { S: 1_000, M: 60_000, H: 3_600_000, D: 86_400_000 } as const;

interface ByModel {
  Params: { model: string };
}

export async function tfaasRoutes(app: FastifyInstance, services: Services): Promise<void> {
  const { settings, registry, predictor } = services;
  const { maxRequestBytes } = settings;
  await limitRate(app, settings.tfaasRate);
  app.setErrorHandler(sendTfaasError);
  // Bundles may be larger than memory, and rows come under any type.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  const requests = { get: 0, post: 0 };
  app.addHook('onRequest', async ({ method }) => {
    if (method === 'GET') requests.get++;
    else if (method === 'POST') requests.post++;
  });
  const chosen = (name: string) => (name === '' ? settings.defaultModel : name);
  const schema = (summary: string, description?: string) => ({
    schema: { summary: `TFaaS: ${summary}`, tags, ...(description === undefined ? {} : { description }) },
  });

  const upload = schema(
    'upload a model',
    'A tarball as the body (gzipped with `Content-Encoding: gzip`), or a form with `name`, `params`, `model` and `labels`.',
  );
  app.post('/upload', { ...upload, bodyLimit: settings.maxUploadBytes }, async (request, reply) => {
    await publish(services, (folder) => (request.isMultipart() ? takeForm : takeTarball)(services, request, folder));
    return reply.code(200).send();
  });

  app.get('/models', schema('parameters of all models'), async () => {
    const models = (await registry.list()).filter(({ versions }) => versions.length > 0);
    return Promise.all(models.map(async ({ name }) => tfaasParams(await registry.manifest(name))));
  });
  const params = async (name: string) => tfaasParams(await registry.manifest(name));
  app.get<ByModel>('/params/:model', schema('parameters of a model'), ({ params: { model } }) => params(model));
  app.get('/params', schema('parameters of the default model'), () => params(settings.defaultModel));

  const image = async (request: FastifyRequest) => {
    const form = await readForm(request, maxRequestBytes);
    const name = form.get('model')?.bytes.toString('utf8') ?? '';
    const picture = partOf(form, 'image');
    return (await predictTfaasImage(predictor, chosen(name), picture.bytes)).scores;
  };
  const json = async (request: FastifyRequest) => {
    const row = rowOfJson(parse(await readBody(request.body, maxRequestBytes)));
    return (await predictTfaasRow(predictor, { ...row, model: chosen(row.model) })).scores;
  };
  const proto = async (request: FastifyRequest, reply: FastifyReply) => {
    const row = rowOfProto(await readBody(request.body, maxRequestBytes));
    const { scores, labels } = await predictTfaasRow(predictor, { ...row, model: chosen(row.model) });
    return reply.type('application/octet-stream').send(Buffer.from(protoOfScores(scores, labels)));
  };
  // The short paths are those of its older documents.
  for (const prefix of ['/predict', '']) {
    const limit = { bodyLimit: maxRequestBytes };
    app.post(
      `${prefix}/image`,
      { ...schema('scores of a picture', 'A form with `image` and `model`.'), ...limit },
      image,
    );
    app.post(`${prefix}/json`, { ...schema('scores of a row', '`{"keys", "values", "model"}`'), ...limit }, json);
    app.post(`${prefix}/proto`, { ...schema('scores of a row', 'A message `tfaaspb.Row`.'), ...limit }, proto);
  }

  const remove = async (name: string, reply: FastifyReply) => {
    if (name === '') throw new PictorError('invalid_request', 'no model name is provided');
    await registry.delete(name);
    return reply.code(200).send();
  };
  app.delete<ByModel>('/delete/:model', schema('delete a model'), (request, reply) =>
    remove(request.params.model, reply),
  );
  app.delete<{ Querystring: { model?: string } }>('/delete', schema('delete a model'), async (request, reply) => {
    const form = request.isMultipart() ? await readForm(request, maxRequestBytes) : null;
    return remove(form?.get('model')?.bytes.toString('utf8') ?? request.query.model ?? '', reply);
  });

  const meter = new MachineMeter();
  app.get('/status', schema('load of the machine'), async () => meter.read(settings.inferenceThreads, requests));
}

/** For each address; the plugin writes the headers `X-RateLimit-…`. */
async function limitRate(app: FastifyInstance, rate: string): Promise<void> {
  const [, count, unit] = /^(\d+)-([SMHD])$/.exec(rate) ?? [];
  if (count === undefined) return;
  await app.register(rateLimit, {
    max: Number(count),
    timeWindow: WINDOW_MS[unit as keyof typeof WINDOW_MS],
    errorResponseBuilder: (_request, { ttl }) =>
      new PictorError('rate_limited', 'Limit exceeded', { details: { retryAfterSeconds: Math.ceil(ttl / 1000) } }),
  });
}

/** Read, checked and published in one step, or not at all. */
async function publish(
  { registry, settings }: Services,
  take: (folder: string) => Promise<ImportRequest>,
): Promise<void> {
  const { dataDirectory, urls, limits } = settings;
  const folder = path.join(dataDirectory, 'cache', 'imports', randomUUID());
  try {
    await mkdir(folder, { recursive: true });
    await importInBackground(await take(folder), { registry, dataDirectory, urls, limits });
    await registry.refresh();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function takeTarball({ settings }: Services, request: FastifyRequest, folder: string): Promise<ImportRequest> {
  const file = path.join(folder, 'bundle');
  const bytes = await saveBody(request.body, file, settings.maxUploadBytes);
  if (bytes === 0) throw new PictorError('invalid_request', 'unable to read body: the body is empty.');
  return tfaasBundle(file, settings.limits.maxUnpackedBytes);
}

async function takeForm({ settings }: Services, request: FastifyRequest, folder: string): Promise<ImportRequest> {
  const form = await readForm(request, settings.maxRequestBytes);
  const name = form.get('name');
  if (!name) throw new PictorError('invalid_request', 'request does not provide name');
  const [params, model, labels] = ['params', 'model', 'labels'].map((part) => partOf(form, part));
  const isBase64 = request.headers['content-encoding']?.toLowerCase() === 'base64' || model.encoding === 'base64';
  const bytes = isBase64 ? Buffer.from(model.bytes.toString('latin1'), 'base64') : model.bytes;
  if (bytes.length === 0) throw new PictorError('invalid_request', 'unable to read model file: it is empty.');
  const text = name.bytes.toString('utf8').trim();
  return tfaasForm({ name: text, params: params.bytes, model: bytes, labels: labels.bytes }, folder);
}

function partOf(form: ReadonlyMap<string, FormPart>, name: string): FormPart {
  const part = form.get(name);
  if (part) return part;
  throw new PictorError('invalid_request', `request does not provide ${name}`);
}

function parse(body: Buffer): unknown {
  checkJsonCost(body);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new PictorError('invalid_json', 'unable to unmarshal Row: the body is no JSON.', { cause });
  }
}

/** `{"error": "..."}`, with a status that says whose fault it is; there, most are 500. */
function sendTfaasError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const told = toPictorError(error);
  if (told.code === 'rate_limited') {
    return reply.code(429).type('text/plain; charset=utf-8').send('Limit exceeded\n');
  }
  if (told.status >= 500) request.log.error({ err: error, url: request.url }, told.message);
  const seconds = retryAfterSeconds(told);
  if (seconds !== null) reply.header('retry-after', String(seconds));
  const message = told.code === 'internal' ? 'Something went wrong inside Pictor.' : told.message;
  return reply.code(told.status).send({ error: message });
}
