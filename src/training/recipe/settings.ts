/** @file What a training is made of: by request, else by the preset that was named, else by the dataset. */
import type {
  AugmentationSpec,
  DatasetManifest,
  LossSpec,
  OptimizerSpec,
  ScheduleSpec,
  TrainingRequest,
} from '../../contracts/index.ts';
import { type Preset, presetNamed } from '../../nn/index.ts';
import { AUTOMATIC, parseAugmentation } from '../augmentation/parse.ts';
import { type Choice, chooseAugmentation, chooseDefaults, type Defaults } from './rules.ts';
import { traitsOf } from './traits.ts';

/** `optimizer`, `schedule` and `loss` are what applies when the request names no others. */
export interface Settings {
  readonly model: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerSpec;
  readonly schedule?: ScheduleSpec;
  readonly loss?: LossSpec;
  readonly augmentation: AugmentationSpec | null;
  /** One sentence for each choice that was made here. */
  readonly because: readonly string[];
}

/** For networks that nothing is known of. */
const OWN_SETTINGS: Pick<Preset, 'epochs' | 'batchSize' | 'optimizer' | 'schedule'> = {
  epochs: 10,
  batchSize: 32,
  optimizer: { kind: 'adam', learningRate: 1e-3 },
};

/** @throws `preset_unknown`, `training_option_invalid` */
export function chooseSettings(request: TrainingRequest, manifest: DatasetManifest): Settings {
  const traits = traitsOf(manifest);
  const augment = request.augment === undefined ? undefined : parseAugmentation(request.augment);
  const { network, networkFile } = request;
  const model = network ? (networkFile?.file ?? network.name) : request.model;
  if (model === undefined) return settingsByDataset(request, augment, chooseDefaults(traits));
  const { epochs, batchSize, optimizer, schedule } = network ? OWN_SETTINGS : presetNamed(model);
  const automatic = augment === AUTOMATIC ? chooseAugmentation(traits) : null;
  return {
    model,
    epochs: request.epochs ?? epochs,
    batchSize: request.batchSize ?? batchSize,
    optimizer,
    ...(schedule ? { schedule } : {}),
    // Those who name a network want what it is known for.
    augmentation: automatic ? automatic.value : ((augment as AugmentationSpec | null | undefined) ?? null),
    because: automatic?.because ? [automatic.because] : [],
  };
}

function settingsByDataset(
  request: TrainingRequest,
  augment: ReturnType<typeof parseAugmentation> | undefined,
  defaults: Defaults,
): Settings {
  const because: string[] = [];
  const choose = <T>({ value, because: reason }: Choice<T>, isOpen = true): T => {
    if (isOpen && reason !== null) because.push(reason);
    return value;
  };
  const { optimizer, learningRate, loss, labelSmoothing, imageSize } = request;
  choose(defaults.imageSize, imageSize === undefined);
  return {
    model: choose(defaults.model),
    epochs: request.epochs ?? choose(defaults.epochs),
    batchSize: request.batchSize ?? choose(defaults.batchSize),
    optimizer: choose(defaults.optimizer, optimizer === undefined && learningRate === undefined),
    schedule: choose(defaults.schedule, request.schedule === undefined),
    loss: choose(defaults.loss, loss === undefined && labelSmoothing === undefined),
    augmentation: augment === undefined || augment === AUTOMATIC ? choose(defaults.augmentation) : augment,
    because,
  };
}
