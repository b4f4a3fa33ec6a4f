/** @file LeNet-5 with tanh and average pooling. */
import { averagePooling2d, conv2d, dense, flatten, rescaling, sequential } from '../network/sequential.ts';
import { type Preset, UNIT_SCALE } from './rule.ts';

export const lenet: Preset = {
  title: 'LeNet',
  description: 'The classic of 1998 for small colour pictures: tanh and average pooling.',
  source:
    "The LenetModel of oop-tensorflow-serving, after LeCun et al., 'Gradient-based learning applied to document recognition'",
  image: { height: 28, width: 28, channels: 3 },
  batchSize: 32,
  epochs: 10,
  optimizer: { kind: 'adam', learningRate: 1e-3 },
  build: ({ classes, ...image }) =>
    sequential('lenet', image, [
      rescaling({ scale: UNIT_SCALE }),
      conv2d({ filters: 6, kernelSize: [5, 5], activation: 'tanh' }),
      averagePooling2d(),
      conv2d({ filters: 16, kernelSize: [3, 3], activation: 'tanh' }),
      averagePooling2d(),
      conv2d({ filters: 120, kernelSize: [3, 3], activation: 'tanh' }),
      flatten(),
      dense({ units: 84, activation: 'tanh' }),
      dense({ units: classes }),
    ]),
};
