/** @file One stream of everything that changes, for lists that stay current. */
import type { FastifyInstance } from 'fastify';
import { answers, Stream } from '../schemas.ts';
import type { Services } from '../services.ts';

export function eventRoutes(app: FastifyInstance, { events }: Services): void {
  const schema = {
    summary: 'Follow runs, datasets and models',
    description:
      'Server-sent events `run` and `dataset`, each with the whole record or `{"id","deleted":true}`, and `model` with `{"kind","name","version"}`.',
    tags: ['operations'],
    produces: ['text/event-stream'],
    response: answers({ 200: Stream }),
  };
  app.get('/events', { schema }, async (_request, reply) => {
    const stream = events.openStream(reply);
    stream.onClose(events.subscribe(({ name, key, data }) => stream.send(name, key, data)));
  });
}
