/** @file The default recipe: for each kind of dataset one rule a choice, with the reason for people. */
import type { AugmentationSpec, LossSpec, OptimizerSpec, ScheduleSpec } from '../../contracts/index.ts';
import type { PresetName } from '../../nn/index.ts';
import { describeAugmentation } from '../augmentation/parse.ts';
import type { DatasetKind, Traits } from './traits.ts';

/** Something that was chosen, and a sentence that says why; null where nothing else could be expected. */
export interface Choice<T> {
  readonly value: T;
  readonly because: string | null;
}

interface KindRule {
  readonly model: PresetName;
  /** What the pictures are, after "the grey pictures of up to 28 pixels". */
  readonly looks: string;
  /** Passes over the data: as many as it takes to see so many pictures, but at least and at most so often. */
  readonly epochs: { readonly seen: number; readonly least: number; readonly most: number };
  readonly batchSize: number;
  readonly optimizer: OptimizerSpec;
  readonly loss: LossSpec;
  readonly augmentation: (traits: Traits) => AugmentationSpec;
}

/** Epochs that are enough for the sample digits, which are easy: a first run should not take long. */
const SAMPLE_EPOCHS = 4;
/** An epoch should not have fewer steps than this. */
const LEAST_STEPS = 16;
const LEAST_BATCH = 8;

const RULES: { readonly [K in DatasetKind]: KindRule } = {
  writing: {
    model: 'compact-cnn',
    looks: 'look like writing or drawings',
    epochs: { seen: 500_000, least: 6, most: 60 },
    batchSize: 128,
    optimizer: { kind: 'adam', learningRate: 0.01 },
    loss: { kind: 'crossEntropy' },
    // As hands differ. What comes in from outside is the ground, as at the border.
    augmentation: () => ({ rotation: 0.03, zoom: 0.1, translation: 0.08, fill: 'nearest' }),
  },
  smallPictures: {
    model: 'wide-cnn',
    looks: 'are small and show more than lines',
    epochs: { seen: 1_100_000, least: 10, most: 80 },
    batchSize: 128,
    optimizer: { kind: 'adamw', learningRate: 0.01, weightDecay: 0.01 },
    loss: { kind: 'crossEntropy', labelSmoothing: 0.05 },
    augmentation: ({ side }) => ({ crop: Math.max(1, Math.round(side / 12)), erasing: { probability: 0.25 } }),
  },
  photos: {
    model: 'small-resnet',
    looks: 'look like photos',
    epochs: { seen: 60_000, least: 15, most: 60 },
    batchSize: 32,
    optimizer: { kind: 'adamw', learningRate: 0.003, weightDecay: 0.02 },
    loss: { kind: 'crossEntropy', labelSmoothing: 0.1 },
    augmentation: () => ({
      rotation: 0.04,
      zoom: [-0.35, 0.1],
      translation: 0.1,
      contrast: 0.2,
      brightness: 0.1,
      erasing: { probability: 0.25, area: [0.02, 0.2] },
    }),
  },
};

/** The choices that a request may leave open. */
export interface Defaults {
  /** Was chosen when the dataset was prepared. */
  readonly imageSize: Choice<string>;
  readonly model: Choice<PresetName>;
  readonly epochs: Choice<number>;
  readonly batchSize: Choice<number>;
  readonly optimizer: Choice<OptimizerSpec>;
  readonly schedule: Choice<ScheduleSpec>;
  readonly loss: Choice<LossSpec>;
  readonly augmentation: Choice<AugmentationSpec>;
}

export function chooseDefaults(traits: Traits): Defaults {
  const rule = RULES[traits.kind];
  return {
    imageSize: chooseImageSize(traits),
    model: { value: rule.model, because: whyModel(rule, traits) },
    epochs: chooseEpochs(rule, traits),
    batchSize: chooseBatchSize(rule, traits),
    optimizer: {
      value: rule.optimizer,
      because: `Optimizer ${rule.optimizer.kind}, up to a rate of ${rule.optimizer.learningRate}: normalised layers bear it, and learn faster.`,
    },
    schedule: {
      value: { kind: 'oneCycle' },
      because: 'The rate grows, then falls to nothing (oneCycle): the last epochs settle what the first ones found.',
    },
    loss: { value: rule.loss, because: whyLoss(rule.loss) },
    augmentation: chooseAugmentation(traits),
  };
}

/** The augmentation alone, for a network that somebody chose. */
export function chooseAugmentation(traits: Traits): Choice<AugmentationSpec> {
  const usual = RULES[traits.kind].augmentation(traits);
  const reason = whyFlip(traits);
  const value: AugmentationSpec = reason.flips ? { flip: 'horizontal', ...usual } : usual;
  return { value, because: `Pictures change at random (${describeAugmentation(value)}); ${reason.because}.` };
}

function whyFlip({ kind, hasSigns }: Traits): { readonly flips: boolean; readonly because: string } {
  if (hasSigns) return { flips: false, because: 'no flip, as the classes are named as digits or letters' };
  if (kind === 'writing') return { flips: false, because: 'no flip, as mirrored writing means something else' };
  return { flips: true, because: 'flipped, as most things look alike from both sides' };
}

function whyModel({ model, looks }: KindRule, { side, channels, midtones, kind }: Traits): string {
  const colour = channels === 1 ? 'grey' : 'colour';
  const share = midtones === null ? '' : `, with ${Math.round(midtones * 100)} % of the pixels between dark and bright`;
  const told = kind === 'photos' ? '' : share;
  return `Network ${model}: the ${colour} pictures of up to ${side} pixels ${looks}${told}.`;
}

function chooseImageSize({ imageSize, keepsSize }: Traits): Choice<string> {
  const because = keepsSize
    ? `Pictures keep their size of ${imageSize}: all have it, and it is small.`
    : `Pictures become ${imageSize}: enough to tell most things apart, and little to compute.`;
  return { value: imageSize, because };
}

function chooseEpochs({ epochs: { seen, least, most } }: KindRule, { count, isSample }: Traits): Choice<number> {
  if (isSample) {
    return { value: SAMPLE_EPOCHS, because: `${SAMPLE_EPOCHS} epochs: the sample digits are easy.` };
  }
  const value = Math.min(most, Math.max(least, Math.round(seen / Math.max(1, count))));
  return {
    value,
    because: `${value} epochs: with ${pictures(count)} to train on, that shows ${whole.format(value * count)}.`,
  };
}

function chooseBatchSize({ batchSize }: KindRule, { count }: Traits): Choice<number> {
  let most = batchSize;
  while (most > LEAST_BATCH && count / most < LEAST_STEPS) most /= 2;
  const value = evenBatch(count, Math.min(most, Math.max(1, count)));
  const steps = Math.ceil(count / value);
  return {
    value,
    because: `Batches of ${value}: ${pictures(count)} then make ${whole.format(steps)} steps, the last not much smaller.`,
  };
}

/** What two replicas share in whole blocks of 16 samples, which convolutions are fastest with. */
const BATCH_UNIT = 32;

/**
 * The size, or up to a quarter less, so that the last batch is at least half full: a last batch of a few pictures would leave
 * their statistics in the normalisation, right before validation.
 */
function evenBatch(count: number, most: number): number {
  const fullness = (size: number) => (count % size === 0 ? 1 : (count % size) / size);
  const sizes = Array.from({ length: Math.floor(most * 0.25) + 1 }, (_, less) => most - less);
  const inUnits = sizes.find((size) => size % BATCH_UNIT === 0 && fullness(size) >= 0.5);
  return inUnits ?? sizes.reduce((best, size) => (fullness(size) > fullness(best) ? size : best));
}

function whyLoss(loss: LossSpec): string | null {
  const smoothing = 'labelSmoothing' in loss ? (loss.labelSmoothing ?? 0) : 0;
  if (smoothing === 0) return null;
  return `Loss ${loss.kind} with ${smoothing} label smoothing: few pictures make a network too sure of itself.`;
}

function pictures(count: number): string {
  return `${whole.format(count)} ${count === 1 ? 'picture' : 'pictures'}`;
}

const whole = new Intl.NumberFormat('en-US');
