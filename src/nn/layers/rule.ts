/** @file What a layer is: its arguments, its shape, its parameters, and the operations it is made of. */
import type { Initializer, LayerConfigs, LayerType, Regularizer } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { Shape } from '../graph/ops.ts';
import type { ArgumentRule } from './arguments.ts';

/** Shape of what goes between layers, without the batch, as Keras has it: `[height, width, channels]` or `[n]`. */
export type LayerShape = readonly number[];

export interface LayerParameter {
  /** Unique in the layer, such as `kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** How it starts when the layer's arguments do not say. */
  readonly initializer: Initializer;
  /** Start of the arguments' names, when that is not its own name: `depthwise` of `depthwiseInitializer`. */
  readonly argument?: string;
  /** What it costs; the layer's arguments say. */
  readonly regularizer?: Regularizer;
  /** Number of inputs that each output is computed from; only initialisers use it. */
  readonly fanIn: number;
  /** Number of outputs that each input goes into; only initialisers use it. */
  readonly fanOut: number;
  /** Not learnt but tracked: the layer itself says what it is after each step. */
  readonly state?: true;
}

/** What a layer may ask for while it adds its operations. Pictures are `[batch, channels, height, width]`. */
export interface ForwardContext {
  readonly builder: GraphBuilder;
  parameter(name: string): Value;
  /** Whether this is a training step of a layer that is not frozen. */
  readonly training: boolean;
  /** Says what a state is after this step, from what it was before; called in training only. */
  updateState(name: string, next: (current: Value) => Value): void;
  /** A factor for every element, drawn anew in each training step; null when the graph is not for training. */
  dropoutMask(shape: Shape, rate: number): Value | null;
}

export interface LayerRule<T extends LayerType> {
  /** How many layers it takes the results of. */
  readonly inputs: number | 'oneOrMore';
  /**
   * What it does with rows that a Flatten left in channel-major order: gives a row of the same order (`keeps`), or takes
   * any order, as a Dense does (`takes`). Without it, rows come in Keras' order: row, column, channel.
   */
  readonly channelMajor?: 'keeps' | 'takes';
  /** Every argument, in the order of the documentation. */
  readonly arguments: { readonly [K in keyof LayerConfigs[T]]-?: ArgumentRule };
  /** @returns what is wrong with arguments that are each right alone, as the end of a sentence about the layer; or null. */
  readonly conflict?: (config: LayerConfigs[T]) => string | null;
  /** @returns the shape, or in words what was expected of the input. */
  outputShape(inputs: readonly LayerShape[], config: LayerConfigs[T]): LayerShape | Misfit;
  parameters(inputs: readonly LayerShape[], config: LayerConfigs[T]): readonly LayerParameter[];
  forward(context: ForwardContext, inputs: readonly Value[], config: LayerConfigs[T]): Value;
}

/** What was expected of the input, in words; and, where that is not plain, what to do about it. */
export type Misfit = string | { readonly expected: string; readonly fix: string };

export const NO_PARAMETERS = (): readonly LayerParameter[] => [];
