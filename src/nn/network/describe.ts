/** @file What a network consists of: its layers with their shapes, and its parameters in the order of the graph. */
import type { Initializer, LayerType, NetworkSpec, Regularizer } from '../../contracts/index.ts';
import type { LayerShape } from '../layers/rule.ts';
import { resolveNetwork } from './resolve.ts';
import { rowOrders } from './row-order.ts';

export interface ParameterInfo {
  /** `LAYER/PARAMETER`, such as `conv2d/kernel`. */
  readonly name: string;
  /** Convolution kernels are `[out, in, height, width]`, dense kernels `[in, out]`. */
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** What it adds to the loss of a training step, while it is trained. */
  readonly regularizer?: Regularizer;
  readonly fanIn: number;
  readonly fanOut: number;
  /** Whether training changes it by its gradient: not a state, and not of a frozen layer. */
  readonly trainable: boolean;
  /** Whether it is tracked instead of learnt, such as the moving averages of a BatchNormalization. */
  readonly state: boolean;
}

export interface LayerDescription {
  readonly name: string;
  readonly layer: LayerType;
  /** Without the batch: `[height, width, channels]` or `[n]`. */
  readonly outputShape: LayerShape;
  /** How many numbers its weights are, state and frozen ones included. */
  readonly parameters: number;
  /**
   * Set when the layer takes a row that holds a picture of this shape in channel-major order, where Keras has it row by
   * row: the rows of a Dense kernel and vectors of one number an input are in that order, too.
   */
  readonly flattened: LayerShape | null;
}

export interface NetworkDescription {
  readonly parameters: readonly ParameterInfo[];
  /** How many numbers all weights are, as Keras' `count_params`: state and frozen ones are included. */
  readonly parameterCount: number;
  /** How many of them training changes by their gradients. */
  readonly trainableCount: number;
  readonly layers: readonly LayerDescription[];
}

/** @throws `network_invalid` */
export function describeNetwork(spec: NetworkSpec): NetworkDescription {
  const resolved = resolveNetwork(spec);
  const { height, width, channels } = spec.input;
  const orders = rowOrders(resolved, [height, width, channels]);
  const parameters = resolved.flatMap(({ node, parameters: own, trainable: learns }) =>
    own.map(({ state = false, argument: _, ...parameter }): ParameterInfo => {
      const trainable = !state && learns;
      return { ...parameter, name: parameterName(node.name, parameter.name), trainable, state };
    }),
  );
  const layers = resolved.map(({ node, outputShape, parameters: own }) => ({
    name: node.name,
    layer: node.layer,
    outputShape,
    parameters: own.reduce((sum, parameter) => sum + countOf(parameter.shape), 0),
    flattened: orders.get(node.name)?.taken[0] ?? null,
  }));
  const trainable = parameters.filter((parameter) => parameter.trainable);
  return {
    parameters,
    parameterCount: parameters.reduce((sum, { shape }) => sum + countOf(shape), 0),
    trainableCount: trainable.reduce((sum, { shape }) => sum + countOf(shape), 0),
    layers,
  };
}

export function parameterName(layer: string, parameter: string): string {
  return `${layer}/${parameter}`;
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((count, dimension) => count * dimension, 1);
}
