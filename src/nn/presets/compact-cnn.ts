/** @file Small convolutional networks with batch normalisation, for writing and for small pictures. */

import type { Layer } from '../network/layer.ts';
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  flatten,
  maxPooling2d,
  rescaling,
  sequential,
} from '../network/sequential.ts';
import { type Preset, type PresetShape, UNIT_SCALE } from './rule.ts';

/** Pools halve the picture until its shorter side is about this long. */
const LAST_SIDE = 7;
/** Few epochs must do: Keras' 0.99 would still remember the first weights at the end. */
const MOMENTUM = 0.9;

export const compactCnn: Preset = {
  title: 'Compact CNN',
  description: 'Quick and accurate network for writing, digits and drawings: convolutions with batch normalisation.',
  source:
    'Pictor: convolution, pool, batch normalisation and relu in that order, which costs a quarter of pooling last',
  image: { height: 28, width: 28, channels: 1 },
  batchSize: 128,
  epochs: 9,
  optimizer: { kind: 'adam', learningRate: 0.01 },
  schedule: { kind: 'oneCycle' },
  build: (shape) => network('compact-cnn', shape, { first: 32, width: 48, last: [64] }),
};

export const wideCnn: Preset = {
  title: 'Wide CNN',
  description: 'Network for small photos up to 64x64: as the compact one, with more and wider convolutions.',
  source: 'Pictor: the compact network with twice the width, and one more convolution at the end',
  image: { height: 32, width: 32, channels: 3 },
  batchSize: 128,
  epochs: 18,
  optimizer: { kind: 'adam', learningRate: 0.01 },
  schedule: { kind: 'oneCycle' },
  build: (shape) => network('wide-cnn', shape, { first: 32, width: 64, last: [128, 128] }),
};

/** Filters of the first stage, of the second (doubled in each further one), and of each convolution after the stages. */
interface Widths {
  readonly first: number;
  readonly width: number;
  readonly last: readonly number[];
}

/** Stages that halve the picture: one convolution in the first, two in the others; then those at the end, a pool, and the classes. */
function network(name: string, { classes, ...image }: PresetShape, { first, width, last }: Widths) {
  const side = Math.min(image.height, image.width);
  const stages = Math.max(1, Math.round(Math.log2(side / LAST_SIDE)));
  const further = Array.from({ length: stages - 1 }, (_, i) => width * 2 ** Math.max(0, i - 1));
  return sequential(name, image, [
    rescaling({ scale: UNIT_SCALE }),
    ...convolution(first, true),
    ...further.flatMap((filters) => [...convolution(filters, false), ...convolution(filters, true)]),
    ...last.flatMap((filters) => convolution(filters, false)),
    maxPooling2d(),
    flatten(),
    dense({ units: classes }),
  ]);
}

/** The pool comes before normalisation and relu, which then see a quarter of the numbers. */
function convolution(filters: number, pooled: boolean): Layer[] {
  return [
    conv2d({ filters, kernelSize: [3, 3], padding: 'same', useBias: false }),
    ...(pooled ? [maxPooling2d()] : []),
    batchNormalization({ momentum: MOMENTUM }),
    activation({ activation: 'relu' }),
  ];
}
