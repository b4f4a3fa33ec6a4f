/** @file What the routes are given: the rooms, put together in one place. */
import type { DatasetService, RunService } from '../jobs/index.ts';
import type { Bucket } from '../platform/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import type { Predictor } from '../serving/index.ts';
import type { EventHub } from './event-hub.ts';
import type { HttpTls } from './http.ts';
import type { Logger } from './logger.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';
import type { PreparedDatasets } from './prepared-datasets.ts';
import type { ServerSettings } from './settings.ts';

export interface Services {
  readonly settings: ServerSettings;
  readonly runs: RunService;
  readonly datasets: DatasetService;
  /** Where uploaded archives go. */
  readonly uploads: Bucket;
  readonly prepared: PreparedDatasets;
  readonly registry: ModelRegistry;
  readonly predictor: Predictor;
  readonly events: EventHub;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  /** Null: in clear. */
  readonly tls: HttpTls | null;
  /** False before everything is loaded, and while the server shuts down. */
  readonly isReady: () => boolean;
}
