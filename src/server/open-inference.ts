/** @file What the Open Inference Protocol is given, over HTTP and gRPC. */
import { OpenInferenceError, type OpenInferenceServer, type ServedRepository } from '../serving/index.ts';
import { packageVersion } from './package-version.ts';
import type { Services } from './services.ts';

export function openInferenceServer(
  services: Pick<Services, 'registry' | 'predictor' | 'isReady'>,
): OpenInferenceServer {
  const { predictor, isReady } = services;
  return { predictor, repository: registryRepository(services), isReady, version: packageVersion() };
}

/** All models of the registry may be asked for; they are loaded when they are. */
function registryRepository({ registry, predictor }: Pick<Services, 'registry' | 'predictor'>): ServedRepository {
  return {
    names: async () => (await registry.list()).map(({ name }) => name),
    load: (name) => predictor.use({ name }, async () => {}),
    unload: async (name) => {
      await registry.get(name);
      throw new OpenInferenceError(
        'UNIMPLEMENTED',
        `Model '${name}' is unloaded by itself when others need its memory.`,
      );
    },
  };
}
