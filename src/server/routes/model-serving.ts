/** @file How models are served: state, load, unload, labels and shares of versions. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { PictorError } from '../../contracts/index.ts';
import { answers, ModelParams, VersionParams } from '../schemas.ts';
import type { Services } from '../services.ts';

const tags = ['models'];

const RoutingAnswer = {
  labels: Type.Record(Type.String(), Type.Integer(), { description: 'Version by label' }),
  split: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()], {
    description: 'Shares of the requests that name no version, by version; null: the newest answers them all',
  }),
};
const ServingAnswer = Type.Object({
  name: Type.String(),
  versions: Type.Array(
    Type.Object({
      version: Type.Integer(),
      state: Type.String({ description: "TensorFlow Serving's: START, LOADING, AVAILABLE, UNLOADING, END" }),
      loaded: Type.Boolean({
        description: 'In memory; what is available, but not loaded, is loaded when it is asked for',
      }),
      error: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
  ...RoutingAnswer,
});

const PromoteBody = Type.Object(
  {
    version: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
        description: 'Answers requests that name no version; null: the newest does',
      }),
    ),
    labels: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]), {
        description: 'Version by label; null takes a label away',
      }),
    ),
    split: Type.Optional(
      Type.Record(Type.String(), Type.Number(), { description: 'Weights of versions that share those requests' }),
    ),
  },
  { additionalProperties: false },
);

interface ByName {
  Params: Static<typeof ModelParams>;
}
interface ByVersion {
  Params: Static<typeof VersionParams>;
}

export function modelServingRoutes(app: FastifyInstance, services: Services): void {
  const { predictor, registry } = services;
  const servingOf = (name: string) => servingState(services, name);

  const servingSchema = {
    summary: 'How a model is served: states, labels and shares of its versions',
    tags,
    params: ModelParams,
    response: answers({ 200: ServingAnswer }, 404),
  };
  app.get<ByName>('/models/:name/serving', { schema: servingSchema }, ({ params }) => servingOf(params.name));

  const change = (summary: string, description: string, params: typeof ModelParams | typeof VersionParams) => ({
    schema: { summary, description, tags, params, response: answers({ 200: ServingAnswer }, 404, 503) },
  });
  const load = 'What was unloaded answers again. Waits until it is loaded.';
  app.post<ByName>('/models/:name/load', change('Load a model', load, ModelParams), async ({ params: { name } }) => {
    await predictor.load(name);
    return servingOf(name);
  });
  app.post<ByVersion>(
    '/models/:name/versions/:version/load',
    change('Load a version', load, VersionParams),
    async ({ params: { name, version } }) => {
      await predictor.load(name, version);
      return servingOf(name);
    },
  );
  const unload =
    'Frees memory once running requests are answered; new ones get 503 until it is loaded again. No file is touched.';
  app.post<ByName>(
    '/models/:name/unload',
    change('Unload a model', unload, ModelParams),
    async ({ params: { name } }) => {
      await predictor.unload(name);
      return servingOf(name);
    },
  );
  app.post<ByVersion>(
    '/models/:name/versions/:version/unload',
    change('Unload a version', unload, VersionParams),
    async ({ params: { name, version } }) => {
      await predictor.unload(name, version);
      return servingOf(name);
    },
  );

  const promoteSchema = {
    summary: 'Choose which version answers',
    description: 'By number, by weights of several, or by labels that requests name.',
    tags,
    params: ModelParams,
    body: PromoteBody,
    response: answers({ 200: Type.Object(RoutingAnswer) }, 400, 404),
  };
  app.post<ByName & { Body: Static<typeof PromoteBody> }>(
    '/models/:name/promote',
    { schema: promoteSchema },
    async ({ params: { name }, body }) => {
      const routing = await registry.promote(name, changeOf(body));
      await registry.refresh();
      return routing;
    },
  );
}

/** @throws `invalid_request` */
function changeOf({ version, labels, split }: Static<typeof PromoteBody>) {
  if (version !== undefined && split !== undefined) {
    throw new PictorError('invalid_request', 'The body has "version" and "split"; one of them says who answers.');
  }
  if (version === undefined && split === undefined && labels === undefined) {
    throw new PictorError('invalid_request', 'The body has none of "version", "split" and "labels".');
  }
  const chosen = typeof version === 'number' ? { [version]: 1 } : null;
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(version === undefined ? {} : { split: chosen }),
    ...(split === undefined ? {} : { split }),
  };
}

/** @throws `model_not_found` */
async function servingState({ predictor }: Services, name: string) {
  // Looks for a model that is not known yet.
  await predictor.status(name);
  const overview = predictor.models().find((model) => model.name === name);
  if (!overview) throw new PictorError('model_not_found', `There is no model ${JSON.stringify(name)}.`);
  const { versions, labels, split } = overview;
  return {
    name,
    versions: versions.map(({ version, state, isLoaded, error }) => ({
      version: Number(version),
      state,
      loaded: isLoaded,
      error: error?.message ?? null,
    })),
    labels: Object.fromEntries([...labels].map(([label, version]) => [label, Number(version)])),
    split: split && Object.fromEntries([...split].map(([version, share]) => [String(version), share])),
  };
}
