/** @file How the settings say it to the predictor, for both servers. */
import type { PredictorOptions } from '../serving/index.ts';
import type { Logger } from './logger.ts';
import type { ServerSettings } from './settings.ts';

/** Settings of serving. */
export type ServingSettings = Pick<
  ServerSettings,
  | 'maxPending'
  | 'maxPendingBytes'
  | 'maxBatch'
  | 'latencyObjectiveMs'
  | 'memoryBudgetBytes'
  | 'idleUnloadMs'
  | 'sampleRate'
  | 'sampleDirectory'
  | 'sampleMaxBytes'
>;

export function predictorOptions(settings: ServingSettings, log: Logger): Omit<PredictorOptions, 'pool'> {
  const { maxPending, maxPendingBytes, maxBatch, latencyObjectiveMs, memoryBudgetBytes, idleUnloadMs } = settings;
  const { sampleRate: rate, sampleDirectory: directory, sampleMaxBytes: maxBytes } = settings;
  return {
    ...{ maxPending, maxPendingBytes, maxBatch, latencyObjectiveMs, memoryBudgetBytes, idleUnloadMs },
    ...(rate === 0 ? {} : { samples: { rate, directory, maxBytes } }),
    log: (level, message) => log[level](message),
  };
}
