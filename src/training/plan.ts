/** @file From what was asked and what is in the dataset to a recipe: every open choice made, and written down. */
import { availableParallelism } from 'node:os';
import {
  type DatasetManifest,
  type ImageShape,
  type NetworkSpec,
  PictorError,
  type TrainingRecipe,
  type TrainingRequest,
} from '../contracts/index.ts';
import { describeNetwork, isPresetName, presetNamed } from '../nn/index.ts';
import { parseAugmentation } from './augmentation/parse.ts';
import { chosenNetwork } from './chosen-network.ts';
import { checkFineTuning, planPhases } from './fine-tuning.ts';
import { planMicroBatch } from './memory.ts';
import { invalid, whole } from './option-checks.ts';
import { checkLearning, planLearning } from './plan-learning.ts';
import { chooseSettings } from './recipe/settings.ts';

/** Seed of runs that name none. */
export const DEFAULT_SEED = 123;

/** A replica with fewer images a step than this costs more than it gives. */
const MIN_IMAGES_PER_REPLICA = 8;

/** What the request, or its preset, wants pictures to become; what is left open is chosen from the dataset. */
export function imageShapeFor(request: TrainingRequest): Partial<ImageShape> {
  checkRequest(request);
  const preset = request.network?.input ?? (request.model === undefined ? null : presetNamed(request.model).image);
  const [height, width] = request.imageSize ?? [preset?.height, preset?.width];
  const channels = request.channels ?? preset?.channels;
  return {
    ...(height === undefined ? {} : { height }),
    ...(width === undefined ? {} : { width }),
    ...(channels === undefined ? {} : { channels }),
  };
}

/**
 * Chooses what the request leaves open: from the preset that it names, else by the dataset, saying why.
 * @param options.availableMemory bytes. Default: what the machine, or the container, has
 * @throws `training_option_invalid`, also when not even one picture at a time fits into memory; `preset_unknown`;
 *   `network_invalid` when the pictures are too small for the network
 */
export function planTraining(
  request: TrainingRequest,
  manifest: DatasetManifest,
  options: { readonly availableMemory?: number } = {},
): TrainingRecipe {
  checkRequest(request);
  checkClasses(manifest);
  const { count: images, perClass } = manifest.splits.train;
  const { model, epochs, augmentation, because, ...settings } = chooseSettings(request, manifest);
  const place = { ...settings, network: chosenNetwork(request, model, manifest), epochs, perClass };
  const { network, ...learning } = planLearning(request, place);
  const batchSize = Math.min(settings.batchSize, images);
  const wanted = request.replicas ?? Math.min(availableParallelism(), Math.ceil(batchSize / MIN_IMAGES_PER_REPLICA));
  const replicas = Math.min(wanted, batchSize);
  const mixup = (augmentation?.mixup ?? 0) > 0;
  const microBatch = planMicroBatch({ network, ...learning, mixup, batchSize, replicas }, options.availableMemory);
  const phases = planPhases(request, network, learning.optimizer, epochs);
  return {
    model,
    network,
    ...choicesBeside(request),
    parameters: describeNetwork(network).parameterCount,
    ...learning,
    epochs: phases.length === 0 ? epochs : phases.reduce((sum, phase) => sum + phase.epochs, 0),
    batchSize,
    seed: request.seed ?? DEFAULT_SEED,
    validationSplit: manifest.validationSplit,
    patience: request.patience ?? null,
    replicas,
    threads: request.threads ?? 1,
    microBatch,
    augmentation,
    // What was taken from them is known when they are loaded.
    initialWeights: null,
    phases,
    because: [
      ...because,
      ...((request.batchSize ?? 0) > images
        ? [
            `Batches of ${request.batchSize} were asked for; there are ${images} pictures to train on, so a batch is all of them.`,
          ]
        : []),
      ...(microBatch === null ? [] : [microBatchReason(network, batchSize, microBatch)]),
    ],
  };
}

function microBatchReason({ nodes }: NetworkSpec, batchSize: number, microBatch: number): string {
  const statistics = nodes.some(({ layer, trainable }) => layer === 'BatchNormalization' && trainable !== false);
  return (
    `Memory is short for a batch of ${batchSize} at once: it is computed as ${Math.ceil(batchSize / microBatch)} x ${microBatch}, whose gradients are added up` +
    (statistics ? '; the statistics of BatchNormalization are those of each part.' : '.')
  );
}

/** What the author of a network chose to be saved and served. */
function choicesBeside({ networkFile, signatures, labels }: TrainingRequest) {
  return {
    ...(networkFile ? { networkFile } : {}),
    ...(signatures ? { signatures } : {}),
    ...(labels ? { labels } : {}),
  };
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
  whole('threads', request.threads, 1, 256);
  whole('seed', request.seed, 0, Number.MAX_SAFE_INTEGER);
  request.imageSize?.forEach((side) => {
    whole('imageSize', side, 1, 4096);
  });
  if (request.channels !== undefined && request.channels !== 1 && request.channels !== 3) {
    throw invalid('channels', request.channels, '1 (grey) or 3 (RGB)');
  }
  const share = request.validationSplit;
  if (share !== undefined && !(share >= 0 && share <= 0.9)) {
    throw invalid('validationSplit', share, 'a share from 0 to 0.9');
  }
  checkLearning(request);
  checkFineTuning(request);
  if (request.augment !== undefined) parseAugmentation(request.augment);
  if (request.network && request.model !== undefined) {
    throw invalid('model', request.model, "no preset beside a network of one's own");
  }
  if (request.model !== undefined && isNetworkPath(request.model) && !isPresetName(request.model)) {
    throw new PictorError(
      'network_file_refused',
      `The model is "${request.model.slice(0, 200)}", a file; the name of a preset was expected.`,
    );
  }
  if (request.model !== undefined) presetNamed(request.model);
}

/** A network cannot learn a class that it has never seen; with fewer pictures than classes there is one. */
function checkClasses({ classes, splits: { train } }: DatasetManifest): void {
  if (train.count >= classes.length) return;
  const pictures = `${train.count} ${train.count === 1 ? 'picture' : 'pictures'}`;
  throw new PictorError(
    'too_few_pictures',
    `The dataset has ${classes.length} classes, but only ${pictures} to train on; at least one of every class was expected.`,
    { details: { classes: classes.length, pictures: train.count } },
  );
}

/** Whether a model means a file: the name of a preset has neither a folder nor an ending. */
export function isNetworkPath(model: string): boolean {
  return /[\\/]/.test(model) || /\.[A-Za-z]\w*$/.test(model);
}
