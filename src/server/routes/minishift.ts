/** @file Minishift's `POST /predict`: the pixels of one picture to one label. */
import type { FastifyInstance } from 'fastify';
import { isTerminal, PictorError } from '../../contracts/index.ts';
import { predictMinishift } from '../../serving/index.ts';
import { checkJsonCost } from '../json-body.ts';
import type { Services } from '../services.ts';
import { takeBytes } from './body-bytes.ts';

export async function minishiftRoutes(app: FastifyInstance, services: Services): Promise<void> {
  const { predictor, settings } = services;
  const { defaultModel: name, maxRequestBytes } = settings;
  takeBytes(app, maxRequestBytes);
  const schema = {
    summary: `Minishift: label the pixels of one picture with the model "${name}"`,
    description: '`{"data": [numbers 0..255, row by row, nested in any way]}` → `{"prediction": label}`',
    tags: ['other protocols'],
  };
  app.post('/predict', { schema }, async (request) => {
    const data = readData(request.body as Buffer | undefined);
    try {
      return await predictMinishift(predictor, { name }, data);
    } catch (error) {
      if (!(error instanceof PictorError) || error.code !== 'model_not_found') throw error;
      throw await notReady(services, name, error);
    }
  });
}

function readData(body: Buffer | undefined): unknown {
  if (body) checkJsonCost(body);
  let value: unknown;
  try {
    value = JSON.parse(body?.toString('utf8') ?? '');
  } catch (cause) {
    throw new PictorError('invalid_json', 'The body is not valid JSON.', { cause });
  }
  const data = typeof value === 'object' && value !== null ? (value as { data?: unknown }).data : undefined;
  if (data !== undefined) return data;
  throw new PictorError('invalid_request', 'The body has no "data" with the pixels of a picture.');
}

/** A model that is being trained will be there later; one that nobody trains will not. */
async function notReady({ runs }: Services, name: string, error: PictorError): Promise<PictorError> {
  const training = (await runs.list()).find((run) => run.name === name && !isTerminal(run.state));
  if (!training) return error;
  const left = training.training?.secondsLeft;
  return new PictorError(
    'model_not_ready',
    `The model "${name}" is being trained (run ${training.id}, ${training.state}).`,
    {
      details: { run: training.id, progress: training.progress, retryAfterSeconds: Math.max(1, Math.ceil(left ?? 5)) },
    },
  );
}
