/** @file `ModelService.HandleReloadConfigRequest`: other models, while serving. */
import { create } from '@bufbuild/protobuf';
import { serving } from '../../proto/index.ts';
import { asTfServingError, invalidArgument, TfServingError } from '../tfserving/status.ts';

/**
 * Replaces the whole list of models, waits for those that are new, and rejects when one of them cannot be served.
 * @throws TfServingError
 */
export type ReloadModels = (models: serving.ModelConfigList) => Promise<void>;

/** An answer that is not OK is also thrown by the call: clients look at either. */
export async function handleReload(
  reload: ReloadModels | null,
  { config }: serving.ReloadConfigRequest,
): Promise<serving.ReloadConfigResponse> {
  if (config?.config.case !== 'modelConfigList') {
    throw invalidArgument(
      'ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported',
    );
  }
  if (!reload) {
    throw new TfServingError(
      'UNIMPLEMENTED',
      'This server serves what its registry holds; `pictor serve` takes configurations.',
    );
  }
  try {
    await reload(config.config.value);
  } catch (error) {
    throw asTfServingError(error);
  }
  return create(serving.ReloadConfigResponseSchema, { status: {} });
}
