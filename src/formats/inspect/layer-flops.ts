/** @file Operations of each kind of layer for one sample: a multiplication and an addition count one each. */
import type { LayerConfigs, LayerType } from '../../contracts/index.ts';

/** Shapes are without the batch. */
export interface LayerSizes {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** Numbers of the output, numbers of the input. */
type FlopsRule<T extends LayerType> = (config: LayerConfigs[T], sizes: LayerSizes) => number;

const none = () => 0;
const oneEach = (_: unknown, { output }: LayerSizes) => count(output);
const twoEach = (_: unknown, { output }: LayerSizes) => 2 * count(output);
const wholeInput = (_: unknown, { input }: LayerSizes) => count(input);

const pooling: FlopsRule<'MaxPooling2D' | 'AveragePooling2D'> = ({ poolSize }, { output }) =>
  area(poolSize) * count(output);

const RULES: { readonly [T in LayerType]: FlopsRule<T> } = {
  Rescaling: twoEach,
  Normalization: twoEach,
  Conv2D: ({ kernelSize, groups = 1, useBias = true }, { input, output }) =>
    count(output) * (2 * area(kernelSize) * (channelsOf(input) / groups) + bias(useBias)),
  DepthwiseConv2D: ({ kernelSize, useBias = true }, { output }) =>
    count(output) * (2 * area(kernelSize) + bias(useBias)),
  SeparableConv2D: ({ kernelSize, depthMultiplier = 1, useBias = true }, { input, output }) => {
    const between = channelsOf(input) * depthMultiplier;
    const places = count(output) / channelsOf(output);
    return 2 * places * between * area(kernelSize) + count(output) * (2 * between + bias(useBias));
  },
  Conv2DTranspose: ({ kernelSize, useBias = true }, { input, output }) =>
    2 * count(input) * area(kernelSize) * channelsOf(output) + count(output) * bias(useBias),
  ZeroPadding2D: none,
  Cropping2D: none,
  UpSampling2D: ({ interpolation }, { output }) => (interpolation === 'bilinear' ? 7 * count(output) : 0),
  Resizing: ({ interpolation = 'bilinear' }, { output }) => (interpolation === 'bilinear' ? 7 * count(output) : 0),
  CenterCrop: none,
  SpatialDropout2D: none,
  MaxPooling2D: pooling,
  AveragePooling2D: pooling,
  Flatten: none,
  Dropout: none,
  Dense: ({ useBias = true }, { input, output }) => count(output) * (2 * channelsOf(input) + bias(useBias)),
  Activation: oneEach,
  PReLU: twoEach,
  GlobalAveragePooling2D: wholeInput,
  GlobalMaxPooling2D: wholeInput,
  Reshape: none,
  Permute: none,
  LayerNormalization: (_, { output }) => 8 * count(output),
  // In inference a multiplication and an addition.
  BatchNormalization: twoEach,
  Add: oneEach,
  Subtract: oneEach,
  Multiply: oneEach,
  Average: oneEach,
  Maximum: oneEach,
  Concatenate: none,
};

/** Activations inside of layers are not counted: they are few beside the products. */
export function layerFlops<T extends LayerType>(layer: T, config: LayerConfigs[T], sizes: LayerSizes): number {
  return RULES[layer](config, sizes);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

function channelsOf(shape: readonly number[]): number {
  return shape.at(-1) ?? 1;
}

function bias(useBias: boolean): number {
  return useBias ? 1 : 0;
}

function area(size: number | readonly [number, number]): number {
  return typeof size === 'number' ? size * size : size[0] * size[1];
}
