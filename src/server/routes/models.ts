/** @file Models: list, look, delete. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { answers, ManifestAnswer, ModelAnswer, ModelParams, Nothing, VersionParams } from '../schemas.ts';
import type { Services } from '../services.ts';

const tags = ['models'];
const ModelList = Type.Object({ models: Type.Array(ModelAnswer) });

interface ByName {
  Params: Static<typeof ModelParams>;
}
interface ByVersion {
  Params: Static<typeof VersionParams>;
}

export function modelRoutes(app: FastifyInstance, { registry }: Services): void {
  const listSchema = { summary: 'All models with their versions', tags, response: answers({ 200: ModelList }) };
  app.get('/models', { schema: listSchema }, async () => ({ models: await registry.list() }));

  const getSchema = { summary: 'One model', tags, params: ModelParams, response: answers({ 200: ModelAnswer }, 404) };
  app.get<ByName>('/models/:name', { schema: getSchema }, (request) => registry.get(request.params.name));

  const versionSchema = {
    summary: 'One version',
    tags,
    params: VersionParams,
    response: answers({ 200: ManifestAnswer }, 404),
  };
  app.get<ByVersion>('/models/:name/versions/:version', { schema: versionSchema }, (request) =>
    registry.manifest(request.params.name, request.params.version),
  );

  const deleteSchema = (summary: string, params: typeof ModelParams | typeof VersionParams) => ({
    summary,
    tags,
    params,
    response: answers({ 204: Nothing }, 404),
  });
  app.delete<ByName>(
    '/models/:name',
    { schema: deleteSchema('Delete a model', ModelParams) },
    async (request, reply) => {
      await registry.delete(request.params.name);
      return reply.code(204).send();
    },
  );
  app.delete<ByVersion>(
    '/models/:name/versions/:version',
    { schema: deleteSchema('Delete a version', VersionParams) },
    async (request, reply) => {
      await registry.delete(request.params.name, request.params.version);
      return reply.code(204).send();
    },
  );
}
