/** @file Models of other tools: import by upload or URL, and what a version is made of. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { importInBackground, inspectInBackground } from '../../jobs/index.ts';
import { ImportBody, ImportQuery, takeModel } from '../model-upload.ts';
import { answers, Bytes, MultipartFile, VersionParams } from '../schemas.ts';
import type { Services } from '../services.ts';

const tags = ['models'];
const ImportAnswer = Type.Object({
  model: Type.String(),
  version: Type.Integer(),
  warnings: Type.Array(Type.String(), { description: 'What was left out, guessed or assumed' }),
});
const InspectionAnswer = Type.Object(
  {},
  { description: 'Format, signatures, layers, sizes', additionalProperties: true },
);

export async function modelFileRoutes(app: FastifyInstance, { registry, settings }: Services): Promise<void> {
  // Models may be larger than memory allows twice: their bytes go to disk as they come.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  const importSchema = {
    summary: 'Import a model of another tool',
    description:
      'Keras, SavedModel, ONNX, TF.js, TFaaS: a file or the files of a folder as parts of a form, a file as the whole body with `?name=&fileName=`, or a URL as JSON. It is published as the next version of its name.',
    tags,
    querystring: ImportQuery,
    body: {
      content: {
        'application/json': { schema: ImportBody },
        'multipart/form-data': { schema: MultipartFile },
        'application/octet-stream': { schema: Bytes },
      },
    },
    response: answers({ 201: ImportAnswer }, 400, 403, 413, 415, 422),
  };
  app.post<{ Querystring: Static<typeof ImportQuery> }>(
    '/models/import',
    { schema: importSchema },
    async (request, reply) => {
      const folder = path.join(settings.dataDirectory, 'cache', 'imports', randomUUID());
      try {
        const model = await takeModel(request, folder, settings.maxUploadBytes);
        const { urls, limits, dataDirectory } = settings;
        const done = await importInBackground(model, { registry, dataDirectory, urls, limits });
        await registry.refresh();
        const { name, version } = done.version;
        const warnings = [...done.warnings, ...done.assumptions.map(({ message }) => message)];
        reply.code(201).header('location', `/api/v1/models/${name}/versions/${version}`);
        return { model: name, version, warnings };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  const inspectSchema = {
    summary: 'What a version is made of',
    tags,
    params: VersionParams,
    response: answers({ 200: InspectionAnswer }, 404),
  };
  app.get<{ Params: Static<typeof VersionParams> }>(
    '/models/:name/versions/:version/inspect',
    { schema: inspectSchema },
    ({ params }) => inspectInBackground(registry, params.name, params.version),
  );
}
