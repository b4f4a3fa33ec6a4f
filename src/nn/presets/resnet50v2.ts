/** @file ResNet50V2, layer by layer as keras.applications has it, so that its published weights fit. */

import { zeroPadding2d } from '../network/convolution-layers.ts';
import { apply, functional, input, type NetworkValue } from '../network/functional.ts';
import { add } from '../network/merge-layers.ts';
import { activation, batchNormalization, conv2d, dense, maxPooling2d, rescaling } from '../network/sequential.ts';
import { globalAveragePooling2d } from '../network/shape-layers.ts';
import { type Preset, SIGNED_UNIT } from './rule.ts';

const EPSILON = 1.001e-5;
const PUBLISHED = 'https://storage.googleapis.com/tensorflow/keras-applications/resnet/';

/** Filters, number of blocks, and the stride of the last block of each stack. */
const STACKS = [
  { name: 'conv2', filters: 64, blocks: 3, stride: 2 },
  { name: 'conv3', filters: 128, blocks: 4, stride: 2 },
  { name: 'conv4', filters: 256, blocks: 6, stride: 2 },
  { name: 'conv5', filters: 512, blocks: 3, stride: 1 },
] as const;

export const resnet50v2: Preset = {
  title: 'ResNet50V2',
  description: 'Large network for photos, best with its published weights: 50 layers in residual blocks.',
  source:
    "keras.applications.ResNet50V2, after He et al., 'Identity mappings in deep residual networks'; the ResnetModel of oop-tensorflow-serving",
  image: { height: 224, width: 224, channels: 3 },
  batchSize: 32,
  epochs: 10,
  optimizer: { kind: 'adam', learningRate: 1e-3 },
  pretrained: {
    url: `${PUBLISHED}resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    checksum: 'md5:fac2f116257151a9d068a22e544a4917',
  },
  build: ({ classes, ...image }) => {
    const start = input(image).through(
      rescaling({ ...SIGNED_UNIT, name: 'preprocess' }),
      zeroPadding2d({ padding: 3, name: 'conv1_pad' }),
      conv2d({ filters: 64, kernelSize: 7, strides: 2, name: 'conv1_conv' }),
      zeroPadding2d({ padding: 1, name: 'pool1_pad' }),
      maxPooling2d({ poolSize: 3, strides: 2, name: 'pool1_pool' }),
    );
    const stacked = STACKS.reduce(stack, start);
    const features = stacked.through(
      batchNormalization({ epsilon: EPSILON, name: 'post_bn' }),
      activation({ activation: 'relu', name: 'post_relu' }),
      globalAveragePooling2d({ name: 'avg_pool' }),
    );
    const logits = features.through(dense({ units: classes, name: 'predictions' }));
    return { ...functional('resnet50v2', logits), base: 'avg_pool' };
  },
};

/** Blocks of one size; the first widens, the last takes the stride. */
function stack(x: NetworkValue, { name, filters, blocks, stride }: (typeof STACKS)[number]): NetworkValue {
  let value = x;
  for (let index = 1; index <= blocks; index++) {
    value = block(value, `${name}_block${index}`, filters, index === blocks ? stride : 1, index === 1);
  }
  return value;
}

/** A bottleneck with its normalisation before the convolutions. `widens`: the shortcut is a convolution. */
function block(x: NetworkValue, name: string, filters: number, stride: number, widens: boolean): NetworkValue {
  const normalised = x.through(
    batchNormalization({ epsilon: EPSILON, name: `${name}_preact_bn` }),
    activation({ activation: 'relu', name: `${name}_preact_relu` }),
  );
  const pooled = stride > 1 ? x.through(maxPooling2d({ poolSize: 1, strides: stride, name: `${name}_0_pool` })) : x;
  const shortcut = widens
    ? normalised.through(conv2d({ filters: 4 * filters, kernelSize: 1, strides: stride, name: `${name}_0_conv` }))
    : pooled;
  const residual = normalised.through(
    conv2d({ filters, kernelSize: 1, useBias: false, name: `${name}_1_conv` }),
    batchNormalization({ epsilon: EPSILON, name: `${name}_1_bn` }),
    activation({ activation: 'relu', name: `${name}_1_relu` }),
    zeroPadding2d({ padding: 1, name: `${name}_2_pad` }),
    conv2d({ filters, kernelSize: 3, strides: stride, useBias: false, name: `${name}_2_conv` }),
    batchNormalization({ epsilon: EPSILON, name: `${name}_2_bn` }),
    activation({ activation: 'relu', name: `${name}_2_relu` }),
    conv2d({ filters: 4 * filters, kernelSize: 1, name: `${name}_3_conv` }),
  );
  return apply(add({ name: `${name}_out` }), [shortcut, residual]);
}
