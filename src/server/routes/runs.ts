/** @file Runs: start, look, follow, cancel, delete. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { isTerminal, type RunRecord, type TrainingRequest } from '../../contracts/index.ts';
import { parseWeightsSource } from '../../formats/index.ts';
import { readNetwork } from '../../nn/index.ts';
import { resolveSource } from '../dataset-source.ts';
import { answers, IdParams, Nothing, RunAnswer, RunBody, Stream } from '../schemas.ts';
import type { Services } from '../services.ts';

const tags = ['runs'];
const RunList = Type.Object({ runs: Type.Array(RunAnswer) });

interface ById {
  Params: Static<typeof IdParams>;
}

export function runRoutes(app: FastifyInstance, services: Services): void {
  const { runs } = services;

  app.get(
    '/runs',
    { schema: { summary: 'All runs, newest first', tags, response: answers({ 200: RunList }) } },
    async () => ({
      runs: await runs.list(),
    }),
  );

  const postSchema = {
    summary: 'Start a training',
    tags,
    body: RunBody,
    response: answers({ 202: RunAnswer }, 400, 403, 404),
  };
  app.post<{ Body: Static<typeof RunBody> }>('/runs', { schema: postSchema }, async (request, reply) => {
    const run = await startRun(services, request.body);
    return reply.code(202).header('location', `/api/v1/runs/${run.id}`).send(run);
  });

  const getSchema = { summary: 'One run', tags, params: IdParams, response: answers({ 200: RunAnswer }, 404) };
  app.get<ById>('/runs/:id', { schema: getSchema }, (request) => runs.get(request.params.id));

  const cancelSchema = {
    summary: 'Cancel a run',
    description: 'What was trained so far is published when an epoch was finished.',
    tags,
    params: IdParams,
    response: answers({ 200: RunAnswer }, 404),
  };
  app.post<ById>('/runs/:id/cancel', { schema: cancelSchema }, (request) => runs.cancel(request.params.id));

  const deleteSchema = {
    summary: 'Delete a run that has ended',
    tags,
    params: IdParams,
    response: answers({ 204: Nothing }, 404, 409),
  };
  app.delete<ById>('/runs/:id', { schema: deleteSchema }, async (request, reply) => {
    await runs.delete(request.params.id);
    return reply.code(204).send();
  });

  const eventsSchema = {
    summary: 'Follow a run',
    description:
      'Server-sent events `run`, each with the whole record: first the current one, the last one ends the stream.',
    tags,
    params: IdParams,
    produces: ['text/event-stream'],
    response: answers({ 200: Stream }, 404),
  };
  app.get<ById>('/runs/:id/events', { schema: eventsSchema }, async (request, reply) => {
    await followRun(services, request.params.id, reply);
  });
}

/** @throws as `resolveSource`, `parseWeightsSource`, `readNetwork`, `ModelRegistry.checkName` and `RunService.submit` */
export async function startRun(
  { runs, datasets, registry }: Services,
  { dataset, testDataset, imageSize, weights, network, ...options }: Static<typeof RunBody>,
): Promise<RunRecord> {
  await registry.checkName(options.name);
  const own = network === undefined ? {} : { network: readNetwork(network) };
  const size = imageSize === undefined ? {} : { imageSize: [imageSize[0], imageSize[1]] as const };
  const start = weights === undefined ? {} : { weights: parseWeightsSource(weights, { local: false }) };
  const request: TrainingRequest = {
    ...options,
    ...own,
    ...size,
    ...start,
    dataset: await resolveSource(dataset, datasets),
    ...(testDataset === undefined ? {} : { testDataset: await resolveSource(testDataset, datasets) }),
  };
  return runs.submit(request);
}

async function followRun({ runs, events }: Services, id: string, reply: FastifyReply): Promise<void> {
  // Listening comes first, so that no change falls between reading and listening.
  const early: RunRecord[] = [];
  let take = (run: RunRecord) => void early.push(run);
  const stop = events.subscribe(({ name, key, data }) => {
    if (name !== 'run' || key !== id) return;
    if ('deleted' in data) ended();
    else take(data as RunRecord);
  });
  let ended = stop;
  try {
    const current = await runs.get(id);
    const stream = events.openStream(reply);
    stream.onClose(stop);
    ended = () => stream.end();
    let newest = '';
    take = (run) => {
      if (run.updatedAt < newest) return;
      newest = run.updatedAt;
      stream.send('run', id, run);
      if (isTerminal(run.state)) stream.end();
    };
    take(current);
    if (!isTerminal(current.state)) early.forEach(take);
  } catch (error) {
    stop();
    throw error;
  }
}
