/** @file A model that was trained here, as the files and the manifest of a version. */
import type { TrainedModel } from '../contracts/index.ts';
import { encodeSafetensors, labelsText } from '../formats/index.ts';
import { compileInference, servedLayers } from '../nn/index.ts';
import { manifestOf } from './manifest.ts';
import { VERSION_FILES } from './names.ts';
import type { VersionContent } from './publish.ts';
import { savedModelOf } from './saved-model.ts';

export function trainedVersion(
  model: TrainedModel,
  { name, run = null }: { readonly name: string; readonly run?: string | null | undefined },
): VersionContent {
  const { network, signatures } = model.recipe;
  const served = signatures ? servedLayers(signatures, network) : [];
  const createdAt = new Date().toISOString();
  const savedModel = savedModelOf({
    spec: network,
    weights: model.weights,
    labels: model.labels,
    ...(signatures ? { signatures } : {}),
  });
  return {
    files: {
      [VERSION_FILES.model]: compileInference(network, model.weights, served),
      [VERSION_FILES.weights]: encodeSafetensors(model.weights),
      [VERSION_FILES.labels]: Buffer.from(labelsText(model.labels)),
      ...savedModel.files,
    },
    manifest: (version, files) => ({
      ...manifestOf(model, { name, version, createdAt, run, files }),
      ...savedModel.facts,
    }),
  };
}
