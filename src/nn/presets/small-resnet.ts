/** @file A residual network that is small enough to learn photos from scratch on a few cores. */
import { apply, functional, input, type NetworkValue } from '../network/functional.ts';
import type { Layer } from '../network/layer.ts';
import { add } from '../network/merge-layers.ts';
import {
  activation,
  averagePooling2d,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
  rescaling,
} from '../network/sequential.ts';
import { type Preset, UNIT_SCALE } from './rule.ts';

const STEM = 32;
/** Filters of the stages; each but the first halves the picture. */
const STAGES = [32, 64, 128, 256] as const;
/** Few epochs must do: Keras' 0.99 would still remember the first weights at the end. */
const MOMENTUM = 0.9;

export const smallResnet: Preset = {
  title: 'Small ResNet',
  description: 'Residual network for photos, to be trained from scratch: one block a stage, batch normalisation.',
  source: "The 10-layer form of He et al., 'Deep residual learning for image recognition' (2015), half as wide",
  image: { height: 128, width: 128, channels: 3 },
  batchSize: 32,
  epochs: 60,
  optimizer: { kind: 'adamw', learningRate: 0.003, weightDecay: 0.02 },
  schedule: { kind: 'oneCycle' },
  build: ({ classes, ...image }) => {
    let value = input(image).through(
      rescaling({ scale: UNIT_SCALE }),
      convolution(STEM, 3, 2),
      normalization(),
      maxPooling2d(),
      relu(),
    );
    // As convolutions with padding `same` and a stride leave it.
    let [height, width] = [image.height, image.width].map((side) => Math.floor(Math.ceil(side / 2) / 2));
    STAGES.forEach((filters, stage) => {
      const stride = stage === 0 ? 1 : 2;
      value = block(value, filters, stride);
      [height, width] = [height, width].map((side) => Math.ceil(side / stride));
    });
    const pooled = averagePooling2d({ poolSize: [height, width] });
    return functional(
      'small-resnet',
      value.through(pooled, flatten(), dropout({ rate: 0.2 }), dense({ units: classes })),
    );
  },
};

/** Two convolutions beside a shortcut, which is a convolution of one pixel where the shape changes. */
function block(value: NetworkValue, filters: number, stride: 1 | 2): NetworkValue {
  const main = value.through(
    convolution(filters, 3, stride),
    normalization(),
    relu(),
    convolution(filters, 3, 1),
    normalization(),
  );
  const shortcut = stride === 1 ? value : value.through(convolution(filters, 1, stride), normalization());
  return apply(add(), [shortcut, main]).through(relu());
}

function convolution(filters: number, side: 1 | 3, stride: 1 | 2): Layer {
  return conv2d({
    filters,
    kernelSize: [side, side],
    strides: [stride, stride],
    padding: 'same',
    useBias: false,
  });
}

function normalization(): Layer {
  return batchNormalization({ momentum: MOMENTUM });
}

function relu(): Layer {
  return activation({ activation: 'relu' });
}
