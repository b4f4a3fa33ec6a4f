/** @file The registry of error codes: one table per room, merged here. */
import { COMMON_ERRORS } from './common.ts';
import { DATASET_ERRORS } from './dataset.ts';
import { JOB_ERRORS } from './jobs.ts';
import { MODEL_ERRORS } from './model.ts';
import { NETWORK_ERRORS } from './network.ts';
import { PLATFORM_ERRORS } from './platform.ts';
import { SERVER_ERRORS } from './server.ts';
import { SERVING_ERRORS } from './serving.ts';
import { TRAINING_ERRORS } from './training.ts';

export interface ErrorEntry {
  /** HTTP status. */
  readonly status: number;
  /** Default advice; the place that throws may give a better one. */
  readonly fix: string;
}

export const ERROR_TABLE = {
  ...COMMON_ERRORS,
  ...PLATFORM_ERRORS,
  ...DATASET_ERRORS,
  ...NETWORK_ERRORS,
  ...TRAINING_ERRORS,
  ...JOB_ERRORS,
  ...MODEL_ERRORS,
  ...SERVING_ERRORS,
  ...SERVER_ERRORS,
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_TABLE;
