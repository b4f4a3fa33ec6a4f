/** @file A network as plain JSON: layers with Keras names and arguments, joined by name. */
import type { Initializer, WeightArguments } from './parameters.ts';

export const PADDINGS = ['valid', 'same'] as const;
export type Padding = (typeof PADDINGS)[number];

/** What turns logits into what a model answers: probabilities of all classes together, or of each class by itself. */
export const OUTPUT_ACTIVATIONS = ['softmax', 'sigmoid'] as const;
export type OutputActivation = (typeof OUTPUT_ACTIVATIONS)[number];

export const ACTIVATIONS = [
  'linear',
  'relu',
  'relu6',
  'leakyRelu',
  'elu',
  'selu',
  'gelu',
  'silu',
  'hardSwish',
  'hardSigmoid',
  'tanh',
  'sigmoid',
  'softmax',
] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

/** A name, or a kind with numbers of its own; defaults are those of the name alone. */
export type Activation =
  | ActivationName
  | { readonly kind: 'relu'; readonly maxValue?: number; readonly negativeSlope?: number }
  /** Default slope: 0.2. */
  | { readonly kind: 'leakyRelu'; readonly negativeSlope?: number }
  /** `alpha * (exp(x) - 1)` below 0. Default: 1. */
  | { readonly kind: 'elu'; readonly alpha?: number }
  /** With `approximate`, by tanh instead of the error function. Default: false. */
  | { readonly kind: 'gelu'; readonly approximate?: boolean };

export const INTERPOLATIONS = ['nearest', 'bilinear'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/** One number for height and width, or `[height, width]`. */
export type SizeArgument = number | readonly [number, number];

/** One number for all edges, `[height, width]`, or `[[top, bottom], [left, right]]`, in pixels. Default 1. */
export type EdgesArgument = SizeArgument | readonly [readonly [number, number], readonly [number, number]];

/**
 * The layers, as a closed set. Shapes in the docs are without the batch; pictures are `[height, width, channels]`.
 * Argument names and meanings are Keras', in camelCase.
 */
export interface LayerConfigs {
  /** Element-wise `x * scale + offset`; for pictures also with one number for each channel. */
  Rescaling: { readonly scale: number | readonly number[]; readonly offset?: number | readonly number[] };
  /** `(x - mean) / sqrt(variance)` with known numbers; for pictures also with one for each channel. */
  Normalization: { readonly mean: number | readonly number[]; readonly variance: number | readonly number[] };
  /** `[h, w, c]` → `[h', w', filters]`. */
  Conv2D: ConvolutionConfig &
    WeightArguments<'kernel' | 'bias'> & {
      readonly filters: number;
      /** Channels and filters are cut into as many runs, each a convolution of its own. Default 1. */
      readonly groups?: number;
    };
  /** `[h, w, c]` → `[h', w', c * depthMultiplier]`: a kernel for each channel alone. */
  DepthwiseConv2D: ConvolutionConfig &
    WeightArguments<'depthwise' | 'bias'> & {
      /** Number of kernels for each channel. Default 1. */
      readonly depthMultiplier?: number;
    };
  /** `[h, w, c]` → `[h', w', filters]`: a DepthwiseConv2D, then a Conv2D of 1 x 1, with one bias and activation at the end. */
  SeparableConv2D: ConvolutionConfig &
    WeightArguments<'depthwise' | 'pointwise' | 'bias'> & {
      readonly filters: number;
      /** Default 1. */
      readonly depthMultiplier?: number;
    };
  /** `[h, w, c]` → `[top + h + bottom, left + w + right, c]`, with zeros around. */
  ZeroPadding2D: { readonly padding?: EdgesArgument };
  /** `[h, w, c]` → `[h', w', filters]`: what a Conv2D with the same arguments would take back to `[h, w, c]`. */
  Conv2DTranspose: ConvolutionConfig &
    WeightArguments<'kernel' | 'bias'> & {
      readonly filters: number;
      /** Rows and columns that are added at the end; below the strides. Default: `same` gives strides times the size. */
      readonly outputPadding?: SizeArgument;
    };
  /** `[h, w, c]` → `[h - top - bottom, w - left - right, c]`. */
  Cropping2D: { readonly cropping?: EdgesArgument };
  /** `[h, w, c]` → `[h * size, w * size, c]`. Default 2 and `nearest`. */
  UpSampling2D: { readonly size?: SizeArgument; readonly interpolation?: Interpolation };
  /** `[h, w, c]` → `[height, width, c]`, without antialiasing. */
  Resizing: {
    readonly height: number;
    readonly width: number;
    /** Default `bilinear`. */
    readonly interpolation?: Interpolation;
    /** Cuts the longer side to the proportions first, instead of stretching. Default false. */
    readonly cropToAspectRatio?: boolean;
  };
  /** `[h, w, c]` → `[height, width, c]`: the middle; of smaller pictures the largest part of the proportions, enlarged. */
  CenterCrop: { readonly height: number; readonly width: number };
  /** As Dropout, but a channel of a sample is kept or set to 0 as a whole. */
  SpatialDropout2D: { readonly rate: number };
  MaxPooling2D: PoolingConfig;
  AveragePooling2D: PoolingConfig;
  /** `[h, w, c]` → `[h * w * c]`. */
  Flatten: Record<string, never>;
  /** Sets a share of the inputs to 0 in training and scales the rest by `1 / (1 - rate)`; nothing in inference. */
  Dropout: { readonly rate: number };
  /** `[n]` → `[units]`. */
  Dense: WeightArguments<'kernel' | 'bias'> & {
    readonly units: number;
    readonly activation?: Activation;
    readonly useBias?: boolean;
  };
  Activation: { readonly activation: Activation };
  /** `x` above 0, `alpha * x` below, where alpha is learnt: for every number, or one for all along the shared axes. */
  PReLU: WeightArguments<'alpha'> & {
    /** Axes after the batch, from 1: `[1, 2]` has one alpha for each channel of pictures. Default: none. */
    readonly sharedAxes?: readonly number[];
  };
  /** `[h, w, c]` → `[c]`, or `[1, 1, c]`. */
  GlobalAveragePooling2D: GlobalPoolingConfig;
  GlobalMaxPooling2D: GlobalPoolingConfig;
  /** The same numbers in the same order: row, column, channel. One size may be -1, which is then found. */
  Reshape: { readonly targetShape: readonly number[] };
  /** Moves axes; `[2, 1, 3]` turns height and width. */
  Permute: { readonly dims: readonly number[] };
  /** As BatchNormalization, over the last axis of every sample: of pictures the channels of a pixel. Has no state. */
  LayerNormalization: WeightArguments<'gamma' | 'beta'> & {
    /** Default 0.001. */
    readonly epsilon?: number;
    readonly center?: boolean;
    readonly scale?: boolean;
  };
  /**
   * `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, for every channel (for every number of `[n]`). In training with
   * the mean and the biased variance of the batch; otherwise, and when the layer is frozen, with their moving averages.
   */
  BatchNormalization: BatchNormalizationConfig &
    WeightArguments<'gamma' | 'beta'> & {
      readonly movingMeanInitializer?: Initializer;
      readonly movingVarianceInitializer?: Initializer;
    };
  // Merges, element by element. Shapes are equal, or (but for Maximum) 1 where they differ: `[h, w, c]` and `[1, 1, c]`.
  Add: Record<string, never>;
  /** The first less the second. */
  Subtract: Record<string, never>;
  Multiply: Record<string, never>;
  Average: Record<string, never>;
  Maximum: Record<string, never>;
  /** Joins along an axis: 1 is the first after the batch, -1 the last. Default -1, the channels. */
  Concatenate: { readonly axis?: number };
}

/** What all convolutions share. Strides and dilation cannot both be above 1. */
export interface ConvolutionConfig {
  readonly kernelSize: SizeArgument;
  /** Default 1. */
  readonly strides?: SizeArgument;
  /** Default `valid`. */
  readonly padding?: Padding;
  /** Distance of neighbouring places in the kernel, in pixels. Default 1. */
  readonly dilationRate?: SizeArgument;
  /** Default `linear`. */
  readonly activation?: Activation;
  /** Default true. */
  readonly useBias?: boolean;
}

export interface PoolingConfig {
  readonly poolSize: SizeArgument;
  /** Default: `poolSize`. */
  readonly strides?: SizeArgument;
  readonly padding?: Padding;
}

export interface GlobalPoolingConfig {
  /** Gives `[1, 1, c]` instead of `[c]`. Default false. */
  readonly keepdims?: boolean;
}

export interface BatchNormalizationConfig {
  /** What a step keeps of the moving averages, 0 up to 1. Default 0.99. */
  readonly momentum?: number;
  /** Added to the variance, above 0. Default 0.001. */
  readonly epsilon?: number;
  /** Whether there is a `beta`. Default true. */
  readonly center?: boolean;
  /** Whether there is a `gamma`. Default true. */
  readonly scale?: boolean;
}

export type LayerType = keyof LayerConfigs;

/** One use of a layer. `inputs` names earlier nodes, or `input` for the picture. */
export type LayerNode = {
  [T in LayerType]: {
    readonly name: string;
    readonly layer: T;
    readonly config: LayerConfigs[T];
    readonly inputs: readonly string[];
    /** False freezes the layer: training leaves its weights alone, and BatchNormalization uses its moving averages. */
    readonly trainable?: boolean;
    /** Name of an earlier node of the same layer and arguments, whose weights this one uses. */
    readonly weightsOf?: string;
  };
}[LayerType];

/**
 * A classifier: raw pixels 0..255 `[batch, height, width, channels]` in, logits `[batch, classes]` out.
 * What the pixels need first (scaling) is its own first layer, so training and serving cannot disagree.
 */
export interface NetworkSpec {
  readonly name: string;
  readonly input: import('./dataset.ts').ImageShape;
  readonly nodes: readonly LayerNode[];
  /** Name of the node that gives the logits. */
  readonly output: string;
  /**
   * Name of the node that ends the base: it and all that it is computed from find features, which may come from other
   * pictures; what follows is the head. Default: all but the last layer with weights is the base.
   */
  readonly base?: string;
  /** Default `softmax`. */
  readonly outputActivation?: OutputActivation;
}
