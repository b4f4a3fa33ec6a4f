/** @file From what was asked and what is in the dataset to a recipe: every open choice made, and written down. */
import { availableParallelism } from 'node:os';
import {
  type AugmentationSpec,
  type DatasetManifest,
  type ImageShape,
  OPTIMIZERS,
  type OptimizerKind,
  type OptimizerSpec,
  PictorError,
  type TrainingRecipe,
  type TrainingRequest,
} from '../contracts/index.ts';
import { describeNetwork, type Preset, type PresetName, presetNamed, presetNetwork } from '../nn/index.ts';
import { parseAugmentation } from './augmentation/parse.ts';
import { checkFineTuning, planPhases } from './fine-tuning.ts';
import { checkMemory } from './memory.ts';

/** Seed of runs that name none. */
export const DEFAULT_SEED = 123;

/** Learning rates of the optimizers: Keras' defaults, but Adadelta's, where Keras' 0.001 hardly learns: 1, as its paper has it. */
const LEARNING_RATES: { readonly [K in OptimizerKind]: number } = {
  adam: 0.001,
  adamw: 0.001,
  sgd: 0.01,
  rmsprop: 0.001,
  adagrad: 0.001,
  adadelta: 1,
};

/** A replica with fewer images a step than this costs more than it gives. */
const MIN_IMAGES_PER_REPLICA = 8;
const SMALL_IMAGE = 64;

/** What the request, or its preset, wants pictures to become; what is left open is chosen from the dataset. */
export function imageShapeFor(request: TrainingRequest): Partial<ImageShape> {
  checkRequest(request);
  const preset = request.model === undefined ? null : presetNamed(request.model).image;
  const [height, width] = request.imageSize ?? [preset?.height, preset?.width];
  const channels = request.channels ?? preset?.channels;
  return {
    ...(height === undefined ? {} : { height }),
    ...(width === undefined ? {} : { width }),
    ...(channels === undefined ? {} : { channels }),
  };
}

/**
 * Chooses what the request leaves open: the preset by the size of the pictures, the rest from the preset.
 * @throws `training_option_invalid`, also when a step cannot fit into memory; `preset_unknown`; `network_invalid` when the
 *   pictures are too small for the network
 */
export function planTraining(request: TrainingRequest, manifest: DatasetManifest): TrainingRecipe {
  checkRequest(request);
  const model = request.model ?? suggestPreset(manifest.image);
  const preset = presetNamed(model);
  const network = presetNetwork(model, { ...manifest.image, classes: manifest.classes.length });
  const batchSize = Math.min(request.batchSize ?? preset.batchSize, manifest.splits.train.count);
  checkMemory(network, batchSize);
  const replicas = request.replicas ?? Math.min(availableParallelism(), Math.ceil(batchSize / MIN_IMAGES_PER_REPLICA));
  const optimizer = chooseOptimizer(request, preset);
  const epochs = request.epochs ?? preset.epochs;
  const phases = planPhases(request, network, optimizer, epochs);
  return {
    model,
    network,
    parameters: describeNetwork(network).parameterCount,
    optimizer,
    epochs: phases.length === 0 ? epochs : phases.reduce((sum, phase) => sum + phase.epochs, 0),
    batchSize,
    seed: request.seed ?? DEFAULT_SEED,
    validationSplit: manifest.validationSplit,
    patience: request.patience ?? null,
    replicas: Math.min(replicas, batchSize),
    augmentation: request.augment === undefined ? null : askedAugmentation(request.augment),
    // What was taken from them is known when they are loaded.
    initialWeights: null,
    phases,
    because: [],
  };
}

/** Small pictures get the small network, photos the larger one. */
function suggestPreset({ height, width, channels }: ImageShape): PresetName {
  if (Math.max(height, width) > SMALL_IMAGE) return 'nitric-cnn';
  return channels === 1 ? 'tfaas-mnist' : 'keras-mnist';
}

function askedAugmentation(text: string): AugmentationSpec | null {
  const asked = parseAugmentation(text);
  return asked === 'auto' ? null : asked;
}

function chooseOptimizer(request: TrainingRequest, preset: Preset): OptimizerSpec {
  const kind = request.optimizer ?? preset.optimizer.kind;
  const base = kind === preset.optimizer.kind ? preset.optimizer : { kind, learningRate: LEARNING_RATES[kind] };
  return { ...base, learningRate: request.learningRate ?? base.learningRate };
}

/**
 * Checks the numbers of a request before anything is fetched.
 * @throws `training_option_invalid` naming the option, what was received and what was expected
 */
export function checkRequest(request: TrainingRequest): void {
  whole('epochs', request.epochs, 1, 10_000);
  whole('batchSize', request.batchSize, 1, 65_536);
  whole('patience', request.patience, 1, 10_000);
  whole('replicas', request.replicas, 1, 256);
  whole('seed', request.seed, 0, Number.MAX_SAFE_INTEGER);
  request.imageSize?.forEach((side) => {
    whole('imageSize', side, 1, 4096);
  });
  if (request.channels !== undefined && request.channels !== 1 && request.channels !== 3) {
    throw invalid('channels', request.channels, '1 (grey) or 3 (RGB)');
  }
  if (request.learningRate !== undefined && !(request.learningRate > 0 && request.learningRate <= 1000)) {
    throw invalid('learningRate', request.learningRate, 'a number greater than 0, at most 1000');
  }
  const share = request.validationSplit;
  if (share !== undefined && !(share >= 0 && share <= 0.9)) {
    throw invalid('validationSplit', share, 'a share from 0 to 0.9');
  }
  if (request.optimizer !== undefined && !OPTIMIZERS.includes(request.optimizer)) {
    throw invalid('optimizer', request.optimizer, `one of ${OPTIMIZERS.join(', ')}`);
  }
  checkFineTuning(request);
  if (request.augment !== undefined) parseAugmentation(request.augment);
  if (request.model !== undefined) presetNamed(request.model);
}

function whole(option: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= min && value <= max)) return;
  throw invalid(option, value, `a whole number from ${min} to ${max}`);
}

function invalid(option: string, received: unknown, expected: string): PictorError {
  return new PictorError('training_option_invalid', `${option} is ${String(received)}; expected ${expected}.`, {
    details: { option },
  });
}
