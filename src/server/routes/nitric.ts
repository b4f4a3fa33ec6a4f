/** @file Nitric's site protocol: `POST /train/` with a dataset URL gives an id, `POST /status/` with the id gives the progress. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PictorError } from '../../contracts/index.ts';
import { nitricStatus } from '../nitric-status.ts';
import type { Services } from '../services.ts';
import { takeBytes } from './body-bytes.ts';
import { startRun } from './runs.ts';

const MAX_BODY_BYTES = 64 * 1024;
/** The network and the number of epochs that the site's worker trains with. */
const DEFAULTS = { model: 'nitric-cnn', epochs: 10 } as const;

export async function nitricRoutes(app: FastifyInstance, services: Services): Promise<void> {
  // The page sends its JSON without saying so.
  takeBytes(app, MAX_BODY_BYTES);
  const schema = (summary: string) => ({ schema: { summary, tags: ['other protocols'] } });

  for (const path of ['/train', '/train/']) {
    app.post(path, schema("Nitric: start a training, answers with the run's id"), async (request, reply) => {
      const run = await startRun(services, readTraining(request));
      return reply.type('text/plain; charset=utf-8').send(run.id);
    });
  }
  for (const path of ['/status', '/status/']) {
    app.post(path, schema('Nitric: how far a training is'), async (request, reply) => {
      const { id } = readJson(request);
      if (typeof id !== 'string' || id === '')
        throw new PictorError('invalid_request', '"id" must be the id of a run.');
      const status = nitricStatus(await services.runs.get(id), Date.now());
      return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(JSON.stringify(status));
    });
  }
}

function readTraining(request: FastifyRequest): Parameters<typeof startRun>[1] {
  const { dataset_url: dataset, name, model = DEFAULTS.model, epochs = DEFAULTS.epochs } = readJson(request);
  if (typeof dataset !== 'string' || dataset.trim() === '') {
    throw new PictorError('invalid_request', '"dataset_url" must be the URL of a dataset.');
  }
  if (name !== undefined && typeof name !== 'string')
    throw new PictorError('invalid_request', '"name" must be a text.');
  if (typeof model !== 'string') throw new PictorError('invalid_request', '"model" must be the name of a preset.');
  if (!Number.isSafeInteger(epochs)) throw new PictorError('invalid_request', '"epochs" must be a whole number.');
  return { dataset, name: name ?? modelNameFor(dataset), model, epochs: epochs as number };
}

/** `https://x.org/flower_photos.tgz?v=1` → `flower_photos`. */
export function modelNameFor(dataset: string): string {
  const path = URL.canParse(dataset) ? new URL(dataset).pathname : dataset;
  const [base] = (path.split('/').filter(Boolean).pop() ?? '').split('.');
  const name = percentDecoded(base)
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 100);
  return name === '' ? 'model' : name;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readJson(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const body = request.body as Buffer | undefined;
  let value: unknown;
  try {
    value = JSON.parse(body?.toString('utf8') ?? '');
  } catch (cause) {
    throw new PictorError('invalid_json', 'The body is not valid JSON.', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new PictorError('invalid_json', 'The body is not a JSON object.');
}
