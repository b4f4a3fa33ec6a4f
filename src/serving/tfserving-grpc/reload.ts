/** @file `ModelService.HandleReloadConfigRequest`: other models, while serving. */
import { create } from '@bufbuild/protobuf';
import { serving } from '../../proto/index.ts';
import { type ConfiguredModel, modelsOf } from '../config/model-server-config.ts';
import type { ReloadStatus } from '../models/configuration.ts';
import { invalidArgument, TfServingError } from '../tfserving/status.ts';

/** Replaces the whole list of models, and waits until those that are new can be asked. */
export type ReloadModels = (models: Iterable<ConfiguredModel>) => Promise<ReloadStatus>;

/**
 * What does not end well is thrown: clients get it as the status of the call.
 * @throws TfServingError
 */
export async function handleReload(
  reload: ReloadModels | null,
  { config }: serving.ReloadConfigRequest,
): Promise<serving.ReloadConfigResponse> {
  if (config?.config.case !== 'modelConfigList') {
    throw invalidArgument(
      'ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported',
    );
  }
  const models = modelsOf(config.config.value);
  if (!reload) {
    throw new TfServingError(
      'UNIMPLEMENTED',
      'This server serves what its registry holds; `pictor serve` takes configurations.',
    );
  }
  const { code, message } = await reload(models.values());
  if (code !== 'OK') throw new TfServingError(code, message);
  return create(serving.ReloadConfigResponseSchema, { status: {} });
}
