/** @file How the weights of a network start, and what they cost: Keras' initialisers and regularisers as plain JSON. */

export const INITIALIZERS = [
  'zeros',
  'ones',
  'glorotUniform',
  'glorotNormal',
  'heUniform',
  'heNormal',
  'lecunUniform',
  'lecunNormal',
  'randomUniform',
  'randomNormal',
  'truncatedNormal',
  'orthogonal',
] as const;
export type InitializerName = (typeof INITIALIZERS)[number];

/** A name, or a kind with numbers of its own; defaults are those of the name alone. */
export type Initializer =
  | InitializerName
  | { readonly kind: 'constant'; readonly value: number }
  /** Default: -0.05 to 0.05. */
  | { readonly kind: 'randomUniform'; readonly minval?: number; readonly maxval?: number }
  /** Default: mean 0, standard deviation 0.05. */
  | { readonly kind: 'randomNormal'; readonly mean?: number; readonly stddev?: number }
  /** Drawn again when it is further than two standard deviations from the mean. Defaults as of `randomNormal`. */
  | { readonly kind: 'truncatedNormal'; readonly mean?: number; readonly stddev?: number }
  /** For weights of two axes or more. Default: gain 1. */
  | { readonly kind: 'orthogonal'; readonly gain?: number }
  /** Variance `scale / n`, where n is the number of inputs, of outputs, or their mean. */
  | {
      readonly kind: 'varianceScaling';
      readonly scale: number;
      readonly mode: 'fanIn' | 'fanOut' | 'fanAvg';
      readonly distribution: 'uniform' | 'truncatedNormal' | 'untruncatedNormal';
    };

/** Adds `l1 * Σ|w| + l2 * Σw²` to the loss of a training step. Default of each: 0. */
export interface Regularizer {
  readonly l1?: number;
  readonly l2?: number;
}

/** The arguments that a layer has for its weights: `kernelInitializer`, `kernelRegularizer`, …. */
export type WeightArguments<Name extends string> = {
  readonly [N in Name as `${N}Initializer`]?: Initializer;
} & { readonly [N in Name as `${N}Regularizer`]?: Regularizer };
