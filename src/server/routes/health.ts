/** @file Whether the server lives, and whether it can take requests. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { PictorError } from '../../contracts/index.ts';
import { ErrorAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

const Status = Type.Object({ status: Type.String() });

export function healthRoutes(app: FastifyInstance, { isReady }: Pick<Services, 'isReady'>): void {
  const schema = (summary: string) => ({ summary, tags: ['operations'], response: { 200: Status, 503: ErrorAnswer } });
  app.get('/healthz', { schema: schema('The process answers') }, async () => ({ status: 'ok' }));
  app.get('/readyz', { schema: schema('Requests can be sent') }, async () => {
    if (!isReady()) throw new PictorError('server_not_ready', 'Pictor is starting or shutting down.');
    return { status: 'ready' };
  });
}
