/** @file Models in folders: which there are, in which state, with which labels; what versions have done. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { errorBody, PictorError } from '../../contracts/index.ts';
import type { ModelOverview, Predictor } from '../../serving/index.ts';
import { answers, ModelParams } from '../schemas.ts';

const tags = ['models'];

const Version = Type.Object({ version: Type.String(), state: Type.String(), loaded: Type.Boolean() });
const Served = Type.Object({
  name: Type.String(),
  versions: Type.Array(Version),
  labels: Type.Record(Type.String(), Type.String()),
});

export function servedModelRoutes(app: FastifyInstance, predictor: Predictor): void {
  const listSchema = {
    summary: 'All models with the states of their versions',
    tags,
    response: answers({ 200: Type.Object({ models: Type.Array(Served) }) }),
  };
  app.get('/models', { schema: listSchema }, async () => ({ models: predictor.models().map(servedModel) }));
  const getSchema = { summary: 'One model', tags, params: ModelParams, response: answers({ 200: Served }, 404) };
  app.get<{ Params: Static<typeof ModelParams> }>('/models/:name', { schema: getSchema }, async ({ params }) => {
    const found = predictor.models().find(({ name }) => name === params.name);
    if (!found) throw new PictorError('model_not_found', `There is no model ${JSON.stringify(params.name)}.`);
    return servedModel(found);
  });
}

/** Version numbers as texts: they may be longer than JSON's numbers. */
function servedModel({ name, versions, labels }: ModelOverview) {
  return {
    name,
    versions: versions.map(({ version, state, isLoaded, error }) => ({
      version: String(version),
      state,
      loaded: isLoaded,
      ...(error ? errorBody(error) : {}),
    })),
    labels: Object.fromEntries([...labels].map(([label, version]) => [label, String(version)])),
  };
}
