/** @file How Keras lays out each parameter of a network, and how its numbers become ours. */
import type { LayerNode, LayerType, NetworkSpec } from '../../contracts/index.ts';
import { describeNetwork, type LayerShape } from '../../nn/index.ts';
import { kerasLayerOrder } from './layer-order.ts';
import { transpose } from './transpose.ts';

/** A parameter, as Keras has it. */
export interface KerasParameter {
  /** Ours: `LAYER/PARAMETER`. */
  readonly name: string;
  /** In Keras' layout. */
  readonly shape: readonly number[];
  /** Shape in our layout. */
  readonly ownShape: readonly number[];
  /** From Keras' order of numbers to ours. */
  convert(data: Float32Array): Float32Array;
  /** From our order of numbers to Keras'. */
  restore(data: Float32Array): Float32Array;
}

/** A layer with weights, in Keras' order of layers; its parameters in Keras' order of weights. */
export interface KerasLayer {
  readonly name: string;
  /** As Keras names the class in its files, such as `batch_normalization`. */
  readonly className: string;
  readonly parameters: readonly KerasParameter[];
}

/** Keras' shape of a parameter of ours, and its axes in our order: `axes[i]` is Keras' axis that is our axis `i`. */
type Layout = (
  ownShape: readonly number[],
  config: Readonly<Record<string, unknown>>,
) => { readonly shape: readonly number[]; readonly axes: readonly number[] };

/** `[height, width, in, out]` there, `[out, in, height, width]` here; of a transposed convolution `in` and `out` change places. */
const convolution: Layout = ([filters, channels, height, width]) => ({
  shape: [height, width, channels, filters],
  axes: [3, 2, 0, 1],
});

/** `[height, width, in, multiplier]` there, `[in * multiplier, 1, height, width]` here. */
const depthwise: Layout = ([filters, , height, width], { depthMultiplier = 1 }) => ({
  shape: [height, width, filters / Number(depthMultiplier), Number(depthMultiplier)],
  axes: [2, 3, 0, 1],
});

/** `[height, width, channels]` there, `[channels, height, width]` here; a row has one axis. */
const pixels: Layout = (ownShape) =>
  ownShape.length === 3
    ? { shape: [ownShape[1], ownShape[2], ownShape[0]], axes: [2, 0, 1] }
    : { shape: ownShape, axes: ownShape.map((_, axis) => axis) };

/** For parameters that are not in the table both have one layout. */
const SAME = {};

const LAYOUTS: { readonly [T in LayerType]: Readonly<Record<string, Layout>> } = {
  Activation: SAME,
  Add: SAME,
  Average: SAME,
  AveragePooling2D: SAME,
  BatchNormalization: SAME,
  CenterCrop: SAME,
  Concatenate: SAME,
  Conv2D: { kernel: convolution },
  // Here `in` and `out` are those of the convolution from the result to the input, in both layouts.
  Conv2DTranspose: { kernel: convolution },
  Cropping2D: SAME,
  Dense: SAME,
  DepthwiseConv2D: { kernel: depthwise },
  Dropout: SAME,
  Flatten: SAME,
  GlobalAveragePooling2D: SAME,
  GlobalMaxPooling2D: SAME,
  LayerNormalization: SAME,
  MaxPooling2D: SAME,
  Maximum: SAME,
  Multiply: SAME,
  Normalization: SAME,
  PReLU: { alpha: pixels },
  Permute: SAME,
  Rescaling: SAME,
  Reshape: SAME,
  Resizing: SAME,
  SeparableConv2D: { depthwiseKernel: depthwise, pointwiseKernel: convolution },
  SpatialDropout2D: SAME,
  Subtract: SAME,
  UpSampling2D: SAME,
  ZeroPadding2D: SAME,
};

/** @throws `network_invalid` */
export function kerasLayers(spec: NetworkSpec): KerasLayer[] {
  const { parameters, layers } = describeNetwork(spec);
  const flattened = new Map(layers.map((layer) => [layer.name, layer.flattened]));
  return kerasLayerOrder(spec).flatMap((node): KerasLayer[] => {
    const own = parameters.filter(({ name }) => name.slice(0, name.lastIndexOf('/')) === node.name);
    if (own.length === 0) return [];
    const row = flattened.get(node.name) ?? null;
    const converted = own.map(({ name, shape }) => inKeras(node, name, shape, row));
    return [{ name: node.name, className: snakeCaseClass(node.layer), parameters: converted }];
  });
}

function inKeras(node: LayerNode, name: string, ownShape: readonly number[], row: LayerShape | null): KerasParameter {
  const layout = (LAYOUTS[node.layer] as Readonly<Record<string, Layout | undefined>>)[
    name.slice(name.lastIndexOf('/') + 1)
  ];
  if (layout && row === null) {
    const { shape, axes } = layout(ownShape, node.config as Readonly<Record<string, unknown>>);
    return { name, ownShape, shape, ...moves(shape, axes) };
  }
  const perInput = row !== null && ownShape[0] === product(row) && (node.layer !== 'Dense' || ownShape.length === 2);
  if (perInput) {
    // Keras flattens [height, width, channels], we flatten [channels, height, width].
    const rest = product(ownShape.slice(1));
    return { name, ownShape, shape: ownShape, ...moves([...row, rest], [2, 0, 1, 3]) };
  }
  return { name, ownShape, shape: ownShape, convert: (data) => data, restore: (data) => data };
}

/** Keras' axes to ours, and back. */
function moves(shape: readonly number[], axes: readonly number[]): Pick<KerasParameter, 'convert' | 'restore'> {
  const back = axes.map((_, axis) => axes.indexOf(axis));
  const ownShape = axes.map((axis) => shape[axis]);
  return {
    convert: (data) => transpose(data, shape, axes),
    restore: (data) => transpose(data, ownShape, back),
  };
}

/** `Conv2D` → `conv2d`, as keras.src.utils.naming.to_snake_case does. */
export function snakeCaseClass(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function product(shape: readonly number[]): number {
  return shape.reduce((count, side) => count * side, 1);
}
