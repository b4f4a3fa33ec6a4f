/** @file The digit network of Keras' classic example. */
import { conv2d, dense, dropout, flatten, maxPooling2d, rescaling, sequential } from '../network/sequential.ts';
import { type Preset, UNIT_SCALE } from './rule.ts';

/**
 * The example trained with Adadelta, whose default rate was 1.0 in Keras 2.2.4 (today's default of 0.001 would barely
 * train). Adam is the default here; ask for `adadelta` with a learning rate of 1.0 to repeat the example.
 */
export const kerasMnist: Preset = {
  title: 'Keras MNIST',
  description: 'Accurate network for digits and other small pictures: two convolutions, one pool, one hidden layer.',
  source: "Keras' mnist_cnn example (2.2.4), which trained with Adadelta at a rate of 1.0 for 12 epochs",
  image: { height: 28, width: 28, channels: 1 },
  batchSize: 128,
  epochs: 4,
  optimizer: { kind: 'adam', learningRate: 1e-3 },
  build: ({ classes, ...image }) =>
    sequential('keras-mnist', image, [
      rescaling({ scale: UNIT_SCALE }),
      conv2d({ filters: 32, kernelSize: [3, 3], activation: 'relu' }),
      conv2d({ filters: 64, kernelSize: [3, 3], activation: 'relu' }),
      maxPooling2d(),
      dropout({ rate: 0.25 }),
      flatten(),
      dense({ units: 128, activation: 'relu' }),
      dropout({ rate: 0.5 }),
      dense({ units: classes }),
    ]),
};
