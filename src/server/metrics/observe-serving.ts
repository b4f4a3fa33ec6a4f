/** @file Hangs the server's figures on what serving tells. */
import type { Predictor } from '../../serving/index.ts';
import type { ServerMetrics } from './server-metrics.ts';

export function observeServing(predictor: Predictor, metrics: ServerMetrics): void {
  predictor.observe({
    onRun: ({ model, version, rows, padding, waitedMs, computeMs }) =>
      metrics.batch({ model, version: String(version), rows, padding, waitedMs, computeMs }),
    onRequest: ({ model, error, computeMs }) => {
      if (!error) metrics.tfServing.run(model, 'Predict', computeMs * 1000);
    },
    onState: ({ model, version, state, error }) => {
      if (state === 'AVAILABLE') metrics.load(model, 'loaded');
      if (state !== 'END') return;
      metrics.load(model, error ? 'failed' : 'unloaded');
      if (!error) metrics.versionGone(model, String(version));
    },
  });
}
