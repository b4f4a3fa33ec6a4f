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
}

/** A layer with weights, in Keras' order of layers; its parameters in Keras' order of weights. */
export interface KerasLayer {
  readonly name: string;
  /** As Keras names the class in its files, such as `batch_normalization`. */
  readonly className: string;
  readonly parameters: readonly KerasParameter[];
}

/** `axes[i]` is Keras' axis that is our axis `i`. Parameters that are not named have Keras' order. */
const AXES: { readonly [T in LayerType]?: Readonly<Record<string, readonly number[]>> } = {
  Conv2D: { kernel: [3, 2, 0, 1] },
};

/** @throws `network_invalid` */
export function kerasLayers(spec: NetworkSpec): KerasLayer[] {
  const { parameters, layers } = describeNetwork(spec);
  const shapes = new Map(layers.map(({ name, outputShape }) => [name, outputShape]));
  const flattened = flattenedFrom(spec, shapes);
  return kerasLayerOrder(spec).flatMap((node): KerasLayer[] => {
    const own = parameters.filter(({ name }) => name.slice(0, name.lastIndexOf('/')) === node.name);
    if (own.length === 0) return [];
    const pixels = flattened.get(node.inputs[0]) ?? null;
    const converted = own.map(({ name, shape }) => inKeras(node, name, shape, pixels));
    return [{ name: node.name, className: snakeCase(node.layer), parameters: converted }];
  });
}

function inKeras(
  node: LayerNode,
  name: string,
  ownShape: readonly number[],
  pixels: LayerShape | null,
): KerasParameter {
  const axes = AXES[node.layer]?.[name.slice(name.lastIndexOf('/') + 1)];
  if (axes) {
    const shape = axes.map((_, axis) => ownShape[axes.indexOf(axis)]);
    return { name, ownShape, shape, convert: (data) => transpose(data, shape, axes) };
  }
  const perInput =
    pixels !== null && ownShape[0] === product(pixels) && (node.layer !== 'Dense' || ownShape.length === 2);
  if (perInput) {
    // Keras flattens [height, width, channels], we flatten [channels, height, width].
    const rest = product(ownShape.slice(1));
    return { name, ownShape, shape: ownShape, convert: (data) => transpose(data, [...pixels, rest], [2, 0, 1, 3]) };
  }
  return { name, ownShape, shape: ownShape, convert: (data) => data };
}

/** For every layer whose result is a flattened picture: the picture's shape. */
function flattenedFrom(
  { nodes, input }: NetworkSpec,
  shapes: ReadonlyMap<string, LayerShape>,
): ReadonlyMap<string, LayerShape> {
  const flattened = new Map<string, LayerShape>();
  for (const { name, layer, inputs } of nodes) {
    const before = shapes.get(inputs[0]) ?? [input.height, input.width, input.channels];
    const pixels = layer === 'Flatten' && before.length === 3 ? before : flattened.get(inputs[0]);
    // Layers that mix their inputs give numbers in an order of their own.
    if (pixels && layer !== 'Dense' && shapes.get(name)?.length === 1) flattened.set(name, pixels);
  }
  return flattened;
}

/** `Conv2D` → `conv2d`, as keras.src.utils.naming.to_snake_case does. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function product(shape: readonly number[]): number {
  return shape.reduce((count, side) => count * side, 1);
}
