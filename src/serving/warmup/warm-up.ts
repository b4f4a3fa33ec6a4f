/** @file Plays recorded requests to a version that is about to become available. */
import { PictorError } from '../../contracts/index.ts';
import type { ModelInUse } from '../model-in-use.ts';
import type { VersionName } from '../telemetry/observer.ts';
import { asTfServingError } from '../tfserving/status.ts';
import { classifyExamples, inferMultiple, regressExamples } from '../tfserving-grpc/inference.ts';
import { predict } from '../tfserving-grpc/predict.ts';
import { readWarmupFile, type WarmupRequest } from './warmup-file.ts';

export interface WarmUpFacts extends VersionName {
  readonly folder: string;
  /** As `OK`, `INVALID_ARGUMENT`. */
  readonly status: string;
  /** Requests of the file. */
  readonly records: number;
  readonly milliseconds: number;
}

/**
 * What the predictor runs with each version before it is available.
 * @param iterations how often each recorded request is played
 * @param told of every version that has recorded requests, when they are played
 */
export function warmUpFrom(
  iterations: number,
  told: (facts: WarmUpFacts) => void = () => {},
): (model: ModelInUse, folder: string) => Promise<void> {
  return async (model, folder) => {
    const requests = await readWarmupFile(folder);
    if (requests.length === 0) return;
    const started = performance.now();
    let status = 'OK';
    try {
      await warmUp(model, requests, iterations);
    } catch (error) {
      status = asTfServingError(error instanceof PictorError ? error.cause : error).code;
      throw error;
    } finally {
      const { name, version } = model;
      told({
        model: name,
        version,
        folder,
        status,
        records: requests.length,
        milliseconds: performance.now() - started,
      });
    }
  };
}

/**
 * In order, one after the other. Which version the requests name does not count: they are for this one.
 * @param iterations how often each is played
 * @throws `model_broken` when one fails
 */
export async function warmUp(model: ModelInUse, requests: readonly WarmupRequest[], iterations: number): Promise<void> {
  for (const [index, request] of requests.entries()) {
    try {
      for (let i = 0; i < iterations; i++) await play(model, request);
    } catch (error) {
      const { code, message } = asTfServingError(error);
      throw new PictorError('model_broken', `The warm-up request ${index} failed. ${code}: ${message}`, {
        fix: 'Record requests that this version answers, or take the warm-up file away.',
        cause: error,
      });
    }
  }
}

function play(model: ModelInUse, { case: kind, value }: WarmupRequest): Promise<unknown> {
  const models = { use: <T>(_target: unknown, work: (model: ModelInUse) => Promise<T>) => work(model) };
  switch (kind) {
    case 'predictLog':
      return predict(models, required(value.request), {});
    case 'classifyLog':
      return classifyExamples(models, required(value.request), {});
    case 'regressLog':
      return regressExamples(models, required(value.request), {});
    case 'multiInferenceLog':
      return inferMultiple(models, required(value.request), {});
  }
}

function required<T>(request: T | undefined): T {
  if (request) return request;
  throw new PictorError('model_broken', 'A warm-up record has no request.');
}
