/** @file The weights that a run starts from: fetched, read, compared with the network of its recipe. */
import path from 'node:path';
import {
  type InitialWeights,
  PictorError,
  type TrainingRecipe,
  type TrainingRequest,
  type WeightsSource,
  type WeightTensor,
} from '../contracts/index.ts';
import { describeWeightsSource, type LoadedWeights, loadWeights, takeWeights, weightsFile } from '../formats/index.ts';
import { initialWeights, isPresetName, PRESETS, type Preset } from '../nn/index.ts';
import type { JobSettings } from './rooms.ts';

export interface StartingPoint {
  /** All of the network's: what the source has not is drawn with the recipe's seed. */
  readonly weights: ReadonlyMap<string, WeightTensor>;
  readonly facts: InitialWeights;
}

/**
 * @returns null when the request names no weights
 * @throws `training_option_invalid` when no weights are published for the preset; `model_not_found` and
 *   `model_version_not_found`; what `weightsFile` and `loadWeights` throw
 */
export async function loadStartingPoint(
  settings: JobSettings,
  request: TrainingRequest,
  recipe: TrainingRecipe,
  signal: AbortSignal,
): Promise<StartingPoint | null> {
  if (request.weights === undefined) return null;
  const { loaded, sha256, source } = await load(settings, request.weights, request, recipe, signal);
  const numbers = [...loaded.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const { fresh, unused } = loaded;
  const weights = new Map([...initialWeights(recipe.network, recipe.seed), ...loaded.weights]);
  return { weights, facts: { source, sha256, numbers, fresh, unused } };
}

async function load(
  settings: JobSettings,
  source: WeightsSource,
  { weightsChecksum }: TrainingRequest,
  recipe: TrainingRecipe,
  signal: AbortSignal,
): Promise<{ readonly loaded: LoadedWeights; readonly sha256: string | null; readonly source: string }> {
  if (source.kind === 'model') return { ...(await loadModel(settings, source, recipe)), sha256: null };
  const place = source.kind === 'published' ? publishedFor(recipe.model) : { source, checksum: undefined };
  const file = await weightsFile(place.source, {
    cacheDirectory: path.join(settings.dataDirectory, 'cache', 'weights'),
    checksum: weightsChecksum ?? place.checksum,
    urls: settings.urls,
    ...(settings.limits ? { limits: settings.limits } : {}),
    signal,
  });
  const shown = describeWeightsSource(place.source);
  const loaded = await loadWeights(file.path, recipe.network, shown.split('/').at(-1) ?? shown);
  return { loaded, sha256: file.sha256, source: shown };
}

function publishedFor(model: string): {
  readonly source: Extract<WeightsSource, { kind: 'url' }>;
  readonly checksum: string | undefined;
} {
  const published = isPresetName(model) ? (PRESETS[model] as Preset).pretrained : undefined;
  if (published) return { source: { kind: 'url', url: published.url }, checksum: published.checksum };
  const known = Object.entries<Preset>(PRESETS).filter(([, { pretrained }]) => pretrained !== undefined);
  throw new PictorError('training_option_invalid', `No weights are published for ${model}.`, {
    details: { option: 'weights' },
    fix: `Choose --model ${known.map(([name]) => name).join(' or ')}, or name a file, a URL or a model.`,
  });
}

async function loadModel(
  { registry }: JobSettings,
  { name, version }: Extract<WeightsSource, { kind: 'model' }>,
  { network }: TrainingRecipe,
): Promise<{ readonly loaded: LoadedWeights; readonly source: string }> {
  const { version: found, weights } = await registry.readWeights(name, version);
  const source = `${name}:${found}`;
  return { loaded: takeWeights(weights, network, source), source };
}
