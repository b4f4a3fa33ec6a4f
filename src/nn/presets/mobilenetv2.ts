/** @file MobileNetV2 of width 1, layer by layer as keras.applications has it, so that its published weights fit. */
import { depthwiseConv2d, zeroPadding2d } from '../network/convolution-layers.ts';
import { apply, functional, input, type NetworkValue } from '../network/functional.ts';
import { add } from '../network/merge-layers.ts';
import { activation, batchNormalization, conv2d, dense, rescaling } from '../network/sequential.ts';
import { globalAveragePooling2d } from '../network/shape-layers.ts';
import { type Preset, SIGNED_UNIT } from './rule.ts';

/** Keras' own for this network, not its default. */
const NORMALISATION = { epsilon: 1e-3, momentum: 0.999 } as const;
const EXPANSION = 6;
const PUBLISHED = 'https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/';

/** Filters of each block after the first, and whether it halves the picture. */
const BLOCKS = [
  [24, 2],
  [24, 1],
  [32, 2],
  [32, 1],
  [32, 1],
  [64, 2],
  [64, 1],
  [64, 1],
  [64, 1],
  [96, 1],
  [96, 1],
  [96, 1],
  [160, 2],
  [160, 1],
  [160, 1],
  [320, 1],
] as const;

/** What goes between blocks, with the size that the padding depends on. */
interface Features {
  readonly value: NetworkValue;
  readonly size: readonly [height: number, width: number];
  readonly channels: number;
}

export const mobilenetv2: Preset = {
  title: 'MobileNetV2',
  description: 'Small and quick network for photos, best with its published weights: inverted residual blocks.',
  source:
    "keras.applications.MobileNetV2, after Sandler et al., 'MobileNetV2: inverted residuals and linear bottlenecks'",
  image: { height: 224, width: 224, channels: 3 },
  batchSize: 32,
  epochs: 10,
  optimizer: { kind: 'adam', learningRate: 1e-3 },
  // Keras publishes no checksum of it.
  pretrained: { url: `${PUBLISHED}mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5` },
  build: ({ classes, ...image }) => {
    const start = input(image).through(
      rescaling({ ...SIGNED_UNIT, name: 'preprocess' }),
      conv2d({ filters: 32, kernelSize: 3, strides: 2, padding: 'same', useBias: false, name: 'Conv1' }),
      ...normalised('bn_Conv1', 'Conv1_relu'),
    );
    const first: Features = { value: start, size: [halved(image.height), halved(image.width)], channels: 32 };
    const second = block(first, 'expanded_conv_', { filters: 16, stride: 1, expansion: null });
    const last = BLOCKS.reduce(
      (features, [filters, stride], index) =>
        block(features, `block_${index + 1}_`, { filters, stride, expansion: EXPANSION }),
      second,
    );
    const logits = last.value.through(
      conv2d({ filters: 1280, kernelSize: 1, useBias: false, name: 'Conv_1' }),
      ...normalised('Conv_1_bn', 'out_relu'),
      globalAveragePooling2d({ name: 'global_average_pooling2d' }),
      dense({ units: classes, name: 'predictions' }),
    );
    return { ...functional('mobilenetv2', logits), base: 'global_average_pooling2d' };
  },
};

/** Widens, filters every channel alone, narrows; the narrow ends are joined where they have one shape. */
function block(
  features: Features,
  prefix: string,
  options: { readonly filters: number; readonly stride: 1 | 2; readonly expansion: number | null },
): Features {
  const { filters, stride, expansion } = options;
  const { value, size, channels } = features;
  const [height, width] = size;
  const filtered = value.through(
    ...(expansion === null
      ? []
      : [
          conv2d({
            filters: expansion * channels,
            kernelSize: 1,
            padding: 'same',
            useBias: false,
            name: `${prefix}expand`,
          }),
          ...normalised(`${prefix}expand_BN`, `${prefix}expand_relu`),
        ]),
    ...(stride === 2 ? [zeroPadding2d({ padding: [edges(height), edges(width)], name: `${prefix}pad` })] : []),
    depthwiseConv2d({
      kernelSize: 3,
      strides: stride,
      padding: stride === 1 ? 'same' : 'valid',
      useBias: false,
      name: `${prefix}depthwise`,
    }),
    ...normalised(`${prefix}depthwise_BN`, `${prefix}depthwise_relu`),
    conv2d({ filters, kernelSize: 1, padding: 'same', useBias: false, name: `${prefix}project` }),
    batchNormalization({ ...NORMALISATION, name: `${prefix}project_BN` }),
  );
  const joined =
    stride === 1 && channels === filters ? apply(add({ name: `${prefix}add` }), [value, filtered]) : filtered;
  return { value: joined, size: stride === 2 ? [halved(height), halved(width)] : size, channels: filters };
}

function normalised(normalisation: string, rectifier: string) {
  return [
    batchNormalization({ ...NORMALISATION, name: normalisation }),
    activation({ activation: 'relu6', name: rectifier }),
  ] as const;
}

/** As Keras' `correct_pad` for a kernel of 3: an even side is padded at its end alone. */
function edges(side: number): [before: number, after: number] {
  return [side % 2, 1];
}

function halved(side: number): number {
  return Math.ceil(side / 2);
}
