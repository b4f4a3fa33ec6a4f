/** @file What the Open Inference Protocol is given, over HTTP and gRPC. */
import type { OpenInferenceServer } from '../serving/index.ts';
import { packageVersion } from './package-version.ts';
import type { Services } from './services.ts';

export function openInferenceServer({
  predictor,
  isReady,
}: Pick<Services, 'predictor' | 'isReady'>): OpenInferenceServer {
  return { predictor, isReady, version: packageVersion() };
}
