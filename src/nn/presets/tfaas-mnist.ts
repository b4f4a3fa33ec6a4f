/** @file The digit network of TFaaS. */
import { conv2d, dense, dropout, flatten, maxPooling2d, rescaling, sequential } from '../network/sequential.ts';
import { type Preset, UNIT_SCALE } from './rule.ts';

export const tfaasMnist: Preset = {
  title: 'TFaaS MNIST',
  description: 'Small and quick network for digits and other small pictures: two convolutions with pools.',
  source: "TFaaS' MNIST example, after Keras' simple MNIST convnet",
  image: { height: 28, width: 28, channels: 1 },
  batchSize: 128,
  epochs: 5,
  optimizer: { kind: 'adam', learningRate: 1e-3 },
  build: ({ classes, ...image }) =>
    sequential('tfaas-mnist', image, [
      rescaling({ scale: UNIT_SCALE }),
      conv2d({ filters: 32, kernelSize: [3, 3], activation: 'relu' }),
      maxPooling2d(),
      conv2d({ filters: 64, kernelSize: [3, 3], activation: 'relu' }),
      maxPooling2d(),
      flatten(),
      dropout({ rate: 0.5 }),
      dense({ units: classes }),
    ]),
};
