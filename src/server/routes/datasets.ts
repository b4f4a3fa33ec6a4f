/** @file Datasets: send one by URL or upload, look at what was understood, see its pictures, delete it. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type DatasetRecord, PictorError } from '../../contracts/index.ts';
import { describeSource, encodePng } from '../../dataset/index.ts';
import { parseRemoteSource } from '../dataset-source.ts';
import {
  answers,
  Bytes,
  DatasetAnswer,
  DatasetBody,
  IdParams,
  ImageParams,
  MultipartFile,
  Nothing,
  UploadQuery,
} from '../schemas.ts';
import type { Services } from '../services.ts';

const tags = ['datasets'];
const DatasetList = Type.Object({ datasets: Type.Array(DatasetAnswer) });
const PICTURE_AGE_SECONDS = 3600;

interface ById {
  Params: Static<typeof IdParams>;
}

export async function datasetRoutes(app: FastifyInstance, services: Services): Promise<void> {
  const { datasets } = services;
  // Archives may be larger than memory: their bytes go on as they come.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  const listSchema = { summary: 'All datasets, newest first', tags, response: answers({ 200: DatasetList }) };
  app.get('/datasets', { schema: listSchema }, async () => ({ datasets: await datasets.list() }));

  const postSchema = {
    summary: 'Send a dataset',
    description:
      'A URL or a sample as JSON, a file as a multipart part, or a file as the whole body with `?fileName=`.',
    tags,
    querystring: UploadQuery,
    body: {
      content: {
        'application/json': { schema: DatasetBody },
        'multipart/form-data': { schema: MultipartFile },
        'application/octet-stream': { schema: Bytes },
      },
    },
    response: answers({ 202: DatasetAnswer }, 400, 403, 413, 415),
  };
  app.post<{ Querystring: Static<typeof UploadQuery> }>('/datasets', { schema: postSchema }, async (request, reply) => {
    const record = await takeDataset(services, request);
    return reply.code(202).header('location', `/api/v1/datasets/${record.id}`).send(record);
  });

  const getSchema = { summary: 'One dataset', tags, params: IdParams, response: answers({ 200: DatasetAnswer }, 404) };
  app.get<ById>('/datasets/:id', { schema: getSchema }, (request) => datasets.get(request.params.id));

  const deleteSchema = {
    summary: 'Delete a dataset',
    tags,
    params: IdParams,
    response: answers({ 204: Nothing }, 404, 409),
  };
  app.delete<ById>('/datasets/:id', { schema: deleteSchema }, async (request, reply) => {
    await datasets.delete(request.params.id);
    return reply.code(204).send();
  });

  const imageSchema = {
    summary: 'One picture as training sees it',
    description: 'A PNG; the header `x-label` has the name of its class, percent-encoded.',
    tags,
    params: ImageParams,
    produces: ['image/png'],
    response: answers({ 200: Type.String({ format: 'binary' }) }, 404),
  };
  app.get<{ Params: Static<typeof ImageParams> }>(
    '/datasets/:id/images/:split/:index',
    { schema: imageSchema },
    async (request, reply) => {
      const { id, split, index } = request.params;
      const { manifest } = await datasets.get(id);
      if (!manifest) throw new PictorError('not_found', `The dataset ${id} is not prepared yet.`);
      const { pixels, label } = await services.prepared.picture(manifest, split, index);
      return reply
        .header('content-type', 'image/png')
        .header('cache-control', `private, max-age=${PICTURE_AGE_SECONDS}`)
        .header('x-label', encodeURIComponent(label))
        .send(await encodePng(pixels, manifest.image));
    },
  );
}

async function takeDataset(
  services: Services,
  request: FastifyRequest<{ Querystring: Static<typeof UploadQuery> }>,
): Promise<DatasetRecord> {
  if (request.isMultipart()) return takeParts(services, request);
  const { body } = request;
  if (body instanceof Readable) {
    const { fileName } = request.query;
    if (fileName !== undefined) return takeUpload(services, body, fileName);
    throw new PictorError('unsupported_media_type', 'A file as the whole body needs its name in ?fileName=.', {
      fix: 'Add ?fileName=photos.zip to the path, or send JSON with a "url".',
    });
  }
  const { url, source } = (body ?? {}) as Static<typeof DatasetBody>;
  if ((url === undefined) === (source === undefined)) {
    throw new PictorError('invalid_request', 'The body must have exactly one of "url" and "source".');
  }
  const wanted = parseRemoteSource(url ?? source ?? '');
  if (url !== undefined && wanted.kind !== 'url')
    throw new PictorError('invalid_request', '"url" is not an http(s) URL.');
  return services.datasets.submit(wanted, describeSource(wanted));
}

/** Takes the first file of the form. */
async function takeParts(services: Services, request: FastifyRequest): Promise<DatasetRecord> {
  // The bucket counts the bytes: the form's own limit would cut a file short without an error.
  const part = await request.file({ limits: { files: 1, fileSize: Number.POSITIVE_INFINITY } });
  if (!part) {
    throw new PictorError('invalid_request', 'The form has no file.', {
      fix: 'Send the archive as a part named "file".',
    });
  }
  return takeUpload(services, part.file, part.filename);
}

async function takeUpload(
  { uploads, datasets, settings }: Services,
  body: Readable,
  name: string,
): Promise<DatasetRecord> {
  const fileName = plainFileName(name);
  const key = `uploads/${randomUUID()}`;
  const { bytes } = await uploads.put(key, body, { maxBytes: settings.maxUploadBytes });
  try {
    if (bytes === 0) throw new PictorError('invalid_request', `The file ${fileName} is empty.`);
    return await datasets.submit({ kind: 'upload', key, fileName }, fileName);
  } catch (error) {
    await uploads.delete(key);
    throw error;
  }
}

/** The last part of a path, without what a terminal or a page could stumble over. */
function plainFileName(name: string): string {
  const last = name.split(/[\\/]/).pop() ?? '';
  const plain = last.replace(/\p{C}/gu, '').trim().slice(0, 255);
  return plain === '' || plain === '.' || plain === '..' ? 'upload' : plain;
}
