/** @file Every class of layers of Keras: how it becomes ours, or why it does not. Total over the names below. */
import type { Activation, LayerConfigs, LayerType } from '../../../contracts/index.ts';
import { readElu, readLeakyRelu, readRelu } from './activations.ts';
import { activationOf, ownLayer } from './own-layer.ts';
import type { ClassRule, Place, ReadRule, Unread } from './rule.ts';
import { UNREAD_CLASSES } from './unread-classes.ts';
import { unsupportedLayer } from './unsupported.ts';

/** A layer of ours with Keras' arguments. */
function same<T extends LayerType>(
  layer: T,
  changes?: (place: Place) => Partial<Record<keyof LayerConfigs[T], unknown>>,
): ReadRule {
  return (place) => ownLayer(place, layer, changes?.(place));
}

/** Does nothing but in training, where Pictor augments pictures by itself, or not at all. */
const inactive: ReadRule = (place) => {
  place.arguments.ignore(...Object.keys(place.layer.config));
  place.warn(`Layer "${place.layer.name}" (${place.layer.className}) only does something in training; it is left out.`);
  return place.inputs[0];
};

const identity: ReadRule = ({ inputs }) => inputs[0];

function activation(read: (place: Place) => Activation): ReadRule {
  return (place) => place.own('Activation', { activation: read(place) });
}

const convolution2d = same('Conv2D');
const convolution2dTranspose = same('Conv2DTranspose');
const batchNormalization = same('BatchNormalization', (place) => {
  place.arguments.expectLastAxis(place.shapeOf(place.inputs[0]).length);
  place.arguments.expect('renorm', false);
  place.arguments.ignore('renorm_clipping', 'virtual_batch_size', 'adjustment');
  return {};
});
const globalAverage = same('GlobalAveragePooling2D');
const globalMax = same('GlobalMaxPooling2D');

const RULES = {
  // Pictures
  Rescaling: (place) => {
    const [scale, offset] = [place.arguments.numbers('scale'), place.arguments.numbers('offset')];
    return ownLayer(place, 'Rescaling', { scale: scale ?? 1, offset: offset === 0 ? undefined : offset });
  },
  Normalization: (place) => {
    place.arguments.expectLastAxis(place.shapeOf(place.inputs[0]).length);
    place.arguments.expect('invert', false);
    const [mean, variance] = [place.arguments.numbers('mean'), place.arguments.numbers('variance')];
    const known = mean !== undefined && variance !== undefined ? { mean, variance } : place.statistics();
    if (!known) throw unsupportedLayer(place.layer, 'has neither mean and variance nor learnt ones');
    return ownLayer(place, 'Normalization', { mean: plain(known.mean), variance: plain(known.variance) });
  },
  Resizing: same('Resizing', ({ arguments: given }) => {
    given.expect('pad_to_aspect_ratio', false);
    given.expect('antialias', false);
    given.ignore('fill_mode', 'fill_value');
    return {};
  }),
  CenterCrop: same('CenterCrop'),
  Conv2D: convolution2d,
  Convolution2D: convolution2d,
  DepthwiseConv2D: same('DepthwiseConv2D', ({ arguments: given }) => {
    given.expect('groups', 1);
    return {};
  }),
  SeparableConv2D: same('SeparableConv2D', ({ arguments: given }) => {
    given.expect('groups', 1);
    given.ignore('kernel_initializer', 'kernel_regularizer', 'kernel_constraint');
    return {};
  }),
  SeparableConvolution2D: same('SeparableConv2D'),
  Conv2DTranspose: (place) => {
    place.arguments.expect('groups', 1);
    return convolution2dTranspose(place);
  },
  Convolution2DTranspose: convolution2dTranspose,
  ZeroPadding2D: same('ZeroPadding2D'),
  Cropping2D: same('Cropping2D'),
  UpSampling2D: same('UpSampling2D'),
  MaxPooling2D: same('MaxPooling2D'),
  MaxPool2D: same('MaxPooling2D'),
  AveragePooling2D: same('AveragePooling2D'),
  AvgPool2D: same('AveragePooling2D'),
  GlobalAveragePooling2D: globalAverage,
  GlobalAvgPool2D: globalAverage,
  GlobalMaxPooling2D: globalMax,
  GlobalMaxPool2D: globalMax,
  // Rows and any shape
  Dense: (place) => {
    const shape = place.shapeOf(place.inputs[0]);
    if (shape.length === 1) return ownLayer(place, 'Dense');
    if (shape.length !== 3) throw unsupportedLayer(place.layer, `takes shape [${shape.join(', ')}]`);
    // On pictures it is a convolution of one pixel, with the same numbers in its kernel.
    const filters = place.arguments.take('units');
    return ownLayer(place, 'Conv2D', { filters, kernelSize: 1 });
  },
  Flatten: same('Flatten'),
  Reshape: same('Reshape'),
  Permute: same('Permute'),
  Dropout: (place) => {
    place.arguments.ignore('noise_shape');
    return ownLayer(place, 'Dropout');
  },
  SpatialDropout2D: (place) => {
    place.arguments.ignore('noise_shape');
    return ownLayer(place, 'SpatialDropout2D');
  },
  BatchNormalization: batchNormalization,
  BatchNormalizationV1: batchNormalization,
  BatchNormalizationV2: batchNormalization,
  SyncBatchNormalization: batchNormalization,
  LayerNormalization: same('LayerNormalization', (place) => {
    place.arguments.expectLastAxis(place.shapeOf(place.inputs[0]).length);
    place.arguments.expect('rms_scaling', false);
    return {};
  }),
  Identity: identity,
  // Activations
  Activation: (place) => {
    const { activation: kind, scale } = activationOf(place, place.arguments.take('activation'));
    if (kind === 'linear') return place.inputs[0];
    const inputs = scale === undefined ? place.inputs : [place.extra('Rescaling', { scale }, place.inputs)];
    return place.own('Activation', { activation: kind }, inputs);
  },
  ReLU: activation(({ arguments: given }) => {
    given.expect('threshold', 0);
    return readRelu(given.take('max_value'), given.take('negative_slope'));
  }),
  LeakyReLU: activation(({ arguments: given, layer }) => {
    given.ignore('alpha', 'negative_slope');
    return readLeakyRelu(layer.config);
  }),
  ELU: activation(({ arguments: given }) => readElu(given.take('alpha'))),
  Softmax: activation((place) => {
    place.arguments.expectLastAxis(place.shapeOf(place.inputs[0]).length);
    return 'softmax';
  }),
  PReLU: same('PReLU'),
  // Merges
  Add: same('Add'),
  Subtract: same('Subtract'),
  Multiply: same('Multiply'),
  Average: same('Average'),
  Maximum: same('Maximum'),
  Minimum: (place) => {
    const turned = place.inputs.map((input) => place.extra('Rescaling', { scale: -1 }, [input]));
    return place.own('Rescaling', { scale: -1 }, [place.extra('Maximum', {}, turned)]);
  },
  Concatenate: same('Concatenate'),
  // In training only
  ActivityRegularization: inactive,
  AlphaDropout: inactive,
  GaussianDropout: inactive,
  GaussianNoise: inactive,
  RandomBrightness: inactive,
  RandomColorDegeneration: inactive,
  RandomColorJitter: inactive,
  RandomContrast: inactive,
  RandomElasticTransform: inactive,
  RandomErasing: inactive,
  RandomFlip: inactive,
  RandomGaussianBlur: inactive,
  RandomGrayscale: inactive,
  RandomHue: inactive,
  RandomInvert: inactive,
  RandomPerspective: inactive,
  RandomPosterization: inactive,
  RandomRotation: inactive,
  RandomSaturation: inactive,
  RandomSharpness: inactive,
  RandomShear: inactive,
  RandomTranslation: inactive,
  RandomZoom: inactive,
  RandomHeight: { why: 'changes the size of pictures in training' },
  RandomWidth: { why: 'changes the size of pictures in training' },
  RandomCrop: { why: 'resizes pictures in its own way when it does not crop' },
  AugMix: inactive,
  CutMix: inactive,
  MixUp: inactive,
  RandAugment: inactive,
  ...UNREAD_CLASSES,
} as const satisfies Readonly<Record<string, ClassRule>>;

/** Undefined for classes that are not Keras' own. */
export function classRule(className: string): ClassRule | undefined {
  return Object.hasOwn(RULES, className) ? RULES[className as keyof typeof RULES] : undefined;
}

export function isUnread(rule: ClassRule): rule is Unread {
  return typeof rule !== 'function';
}

/** Rows of the documentation; `why` is null for what is read. */
export function classRows(): readonly {
  readonly name: string;
  readonly why: string | null;
  readonly inactive: boolean;
}[] {
  return Object.entries<ClassRule>(RULES).map(([name, rule]) => ({
    name,
    why: isUnread(rule) ? rule.why : null,
    inactive: rule === inactive,
  }));
}

/** One number instead of a list of one, or of many that are the same. */
function plain(numbers: number | readonly number[]): number | readonly number[] {
  return typeof numbers !== 'number' && numbers.length === 1 ? numbers[0] : numbers;
}
