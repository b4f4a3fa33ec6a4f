/** @file The small convolutional network for photos of Nitric's tutorial. */
import { conv2d, dense, dropout, flatten, maxPooling2d, rescaling, sequential } from '../network/sequential.ts';
import { type Preset, UNIT_SCALE } from './rule.ts';

export const nitricCnn: Preset = {
  title: 'Nitric CNN',
  description: 'Small convolutional network for photos: three convolutions, dropout, one hidden layer.',
  source: "Nitric's tutorial on TensorFlow (2021), after TensorFlow's image classification tutorial",
  image: { height: 180, width: 180, channels: 3 },
  batchSize: 32,
  epochs: 10,
  optimizer: { kind: 'adam', learningRate: 1e-3 },
  build: ({ classes, ...image }) =>
    sequential('nitric-cnn', image, [
      rescaling({ scale: UNIT_SCALE }),
      conv2d({ filters: 16, kernelSize: [3, 3], padding: 'same', activation: 'relu' }),
      maxPooling2d(),
      conv2d({ filters: 32, kernelSize: [3, 3], padding: 'same', activation: 'relu' }),
      maxPooling2d(),
      conv2d({ filters: 64, kernelSize: [3, 3], padding: 'same', activation: 'relu' }),
      maxPooling2d(),
      dropout({ rate: 0.2 }),
      flatten(),
      dense({ units: 128, activation: 'relu' }),
      dense({ units: classes }),
    ]),
};
