/** @file What the versions of a model have answered, and where the time went. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { PictorError } from '../../contracts/index.ts';
import type { ModelStatistics, Predictor } from '../../serving/index.ts';
import { answers, ModelParams } from '../schemas.ts';

const count = (description: string) => Type.Number({ description });
const Duration = Type.Object({ count: Type.Integer(), totalMs: Type.Number() });

const StatisticsAnswer = Type.Object({
  version: Type.Union([Type.Integer(), Type.String()], { description: 'A text where it is longer than exact numbers' }),
  lastRequestAt: Type.Union([Type.String(), Type.Null()]),
  pending: count('Rows that wait or run now'),
  rows: count('Rows that were answered'),
  batches: count('Runs of a graph'),
  success: Duration,
  failure: Duration,
  queue: Duration,
  decode: Duration,
  compute: Duration,
  other: Duration,
  batchSizes: Type.Array(Type.Object({ rows: Type.Integer(), count: Type.Integer(), totalMs: Type.Number() })),
});
export function modelStatisticsRoutes(app: FastifyInstance, predictor: Predictor): void {
  const schema = {
    summary: 'What the versions of a model have answered, and where the time went',
    tags: ['models'],
    params: ModelParams,
    response: answers({ 200: Type.Object({ name: Type.String(), versions: Type.Array(StatisticsAnswer) }) }, 404),
  };
  app.get<{ Params: Static<typeof ModelParams> }>(
    '/models/:name/statistics',
    { schema },
    async ({ params: { name } }) => {
      // Looks for a model that is not known yet.
      await predictor.status(name);
      if (!predictor.models().some((model) => model.name === name)) {
        throw new PictorError('model_not_found', `There is no model ${JSON.stringify(name)}.`);
      }
      const pending = predictor.pending();
      const versions = predictor.statistics(name).map((statistics) => {
        const waiting = pending.find(({ model, version }) => model === name && version === statistics.version);
        return statisticsAnswer(statistics, waiting?.rows ?? 0);
      });
      return { name, versions };
    },
  );
}

function statisticsAnswer({ model: _, byBatchSize, ...statistics }: ModelStatistics, pending: number) {
  return {
    ...statistics,
    version: typeof statistics.version === 'number' ? statistics.version : String(statistics.version),
    lastRequestAt: statistics.lastRequestAt === null ? null : new Date(statistics.lastRequestAt).toISOString(),
    pending,
    batchSizes: byBatchSize.map(({ rows, compute }) => ({ rows, ...compute })),
  };
}
