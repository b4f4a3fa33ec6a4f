/** @file Figures for Prometheus. */
import type { FastifyInstance } from 'fastify';
import type { ServerMetrics } from '../metrics/server-metrics.ts';

export function metricsRoutes(app: FastifyInstance, metrics: ServerMetrics): void {
  const schema = { summary: 'Figures for Prometheus', tags: ['operations'], produces: ['text/plain'] };
  app.get('/metrics', { schema }, async (_request, reply) => {
    const page = await metrics.page();
    return reply.header('content-type', metrics.contentType).send(page);
  });
}

/** TensorFlow Serving's page, as its exporter writes it. @param page path that its configuration asks for */
export function monitoringRoutes(app: FastifyInstance, metrics: ServerMetrics, page: string): void {
  app.get(page, { schema: { hide: true } }, async (_request, reply) => {
    const text = await metrics.tfServing.page();
    return reply.header('content-type', 'text/plain').send(Buffer.from(text));
  });
}
