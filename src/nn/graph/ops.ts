/**
 * @file The closed set of operations that a graph is made of, with their attributes.
 *
 * Every table of rules (shapes, gradients, ONNX lowering, the float64 reference of the tests) is total over `Op`:
 * an operation without one of its rules does not compile. Pictures are `[batch, channels, height, width]`.
 */

export const DATA_TYPES = ['float32', 'int64', 'uint8', 'bool'] as const;
export type DataType = (typeof DATA_TYPES)[number];

/** A number, or the name of a length that is only known when the graph runs, such as `batch`. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

/** `[height, width]`. */
export type Pair = readonly [number, number];
/** `[top, left, bottom, right]`, in pixels; bottom and right may be negative, which crops. */
export type Pads = readonly [number, number, number, number];

/** A window that slides over height and width: of a convolution or a pool. */
export interface WindowAttributes {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly pads: Pads;
  /** Distance of neighbouring places in the kernel, in pixels. Default: 1, a kernel without holes. */
  readonly dilations?: Pair;
}

/** A window whose kernel may see a share of the channels only. */
export interface ConvolutionAttributes extends WindowAttributes {
  /**
   * Channels and filters are cut into as many equal runs, and each filter sees the channels of its own run. As many
   * groups as channels make a depthwise convolution. Default: 1.
   */
  readonly groups?: number;
}

/** A gradient towards the input of a window operation needs the size that its result has. */
export interface WindowGradientAttributes extends WindowAttributes {
  readonly inputSize: Pair;
}

export interface ConvolutionGradientAttributes extends ConvolutionAttributes, WindowGradientAttributes {}

export interface ResizeAttributes {
  /** Of what comes out. */
  readonly size: Pair;
  readonly interpolation: 'nearest' | 'bilinear';
}

type None = Readonly<Record<never, never>>;

/** Element by element, with NumPy's broadcasting; and activations. */
interface ElementwiseAttributes {
  add: None;
  subtract: None;
  multiply: None;
  divide: None;
  power: None;
  sqrt: None;
  log: None;
  /** `log(1 + exp(x))`. */
  softplus: None;
  /** No smaller than `minimum`, no larger than `maximum`. */
  clip: { readonly minimum: number; readonly maximum: number };
  /** The largest of one or more tensors of one shape. Of equal ones the first takes the whole gradient. */
  maximum: None;
  equal: None;
  greater: None;
  cast: { readonly to: DataType };
  // Activations; each gradient takes the activation's result and the gradient of it.
  relu: None;
  reluGradient: None;
  tanh: None;
  tanhGradient: None;
  sigmoid: None;
  sigmoidGradient: None;
  /** Over axis 1. */
  softmax: None;
  softmaxGradient: None;
  /** Over axis 1. */
  logSoftmax: None;
}

/** Structure, and what a classifier needs. */
interface StructureAttributes {
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  broadcast: { readonly shape: Shape };
  reduceSum: { readonly axes: readonly number[]; readonly keepDimensions: boolean };
  /** The largest over some axes; equal ones share the gradient. */
  reduceMax: { readonly axes: readonly number[]; readonly keepDimensions: boolean };
  /** Joins one or more along an axis. */
  concatenate: { readonly axis: number };
  /** The part from `start` up to (not including) `end` along an axis. */
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  /** Index of the largest value along axis 1; the first of equals. `[n, classes]` → int64 `[n]`. */
  argMax: None;
  /** int64 `[n]` → float32 `[n, depth]`. */
  oneHot: { readonly depth: number };
  /** Logits `[n, classes]`, labels int64 `[n]` → loss of every sample `[n]`. */
  softmaxCrossEntropy: None;
}

/** Products and windows. */
interface ProductAttributes {
  /** `a · b + c` of matrices, each transposed if asked; `c` may be left out. */
  matrixMultiply: { readonly transposeA: boolean; readonly transposeB: boolean };
  /** x `[n, in, h, w]`, kernel `[out, in / groups, kh, kw]`, bias `[out]` (may be left out). */
  conv2d: ConvolutionAttributes;
  /** Gradient of the result, kernel → gradient of x. */
  conv2dInputGradient: ConvolutionGradientAttributes;
  /** x, gradient of the result → gradient of the kernel. */
  conv2dKernelGradient: ConvolutionAttributes;
  maxPool2d: WindowAttributes;
  /** x, result, gradient of the result → gradient of x. Of equal maxima the first in row-major order takes it all. */
  maxPool2dGradient: WindowAttributes;
  /** x `[n, groups * c, h, w]` → the largest over the groups, `[n, c, h, w]`: of channel i of each group. */
  maximumOverGroups: { readonly groups: number };
  /** x, result, gradient of the result → gradient of x. Of equal maxima the first group takes it all. */
  maximumOverGroupsGradient: { readonly groups: number };
  /** Mean over those pixels of the window that are not padding. */
  averagePool2d: WindowAttributes;
  averagePool2dGradient: WindowGradientAttributes;
}

/** Size of pictures `[n, c, h, w]`. */
interface PictureAttributes {
  /** Zeros around the picture; negative pads crop. */
  pad2d: { readonly pads: Pads };
  /** Pixel centres are at halves, so that the corners of both pictures meet; no antialiasing. */
  resize2d: ResizeAttributes;
  /** Gradient of the result → gradient of the picture, whose size is `size`. */
  resize2dGradient: ResizeAttributes;
}

/** Further activations, and what they are made of. */
interface NonlinearAttributes {
  exp: None;
  /** The error function. */
  erf: None;
  /** The result of a `clip` and its gradient → the gradient strictly between the two bounds, else 0. */
  clipGradient: { readonly minimum: number; readonly maximum: number };
  /** x above 0, `slope * x` below. */
  leakyRelu: { readonly slope: number };
  /** Result, gradient of it → gradient of x. */
  leakyReluGradient: { readonly slope: number };
  /** x above 0, `alpha * (exp(x) - 1)` below. What its slope at 0 is, differs between libraries. */
  elu: EluAttributes;
  /** Result, gradient of it → gradient of x. */
  eluGradient: EluAttributes;
  /** `x / 6 + 1 / 2`, between 0 and 1. */
  hardSigmoid: None;
  absolute: None;
  /** -1, 0 or 1. */
  sign: None;
}

export interface EluAttributes {
  readonly alpha: number;
  readonly slopeAtZero: 'one' | 'alpha';
}

/** Normalisation. Channels are axis 1; statistics of a batch are over all other axes. */
interface NormalizationAttributes {
  /** x `[n, c, …]` → `[c]`. */
  batchMean: None;
  /** The biased one: the mean of the squared distances to the mean. */
  batchVariance: None;
  /** x, gamma `[c]`, beta `[c]` → `(x - mean) / sqrt(variance + epsilon) * gamma + beta` with the batch's own statistics. */
  batchNorm: { readonly epsilon: number };
  /** x, gradient of the result → gradient of gamma. */
  batchNormScaleGradient: { readonly epsilon: number };
  /** x, gamma, gradient of the result, gradient of gamma, gradient of beta → gradient of x. */
  batchNormInputGradient: { readonly epsilon: number };
  /** As `batchNorm`, with a mean and a variance that are given: x, gamma, beta, mean, variance. */
  batchNormInference: { readonly epsilon: number };
  /** `(x - mean) / sqrt(variance + epsilon)`, with the mean and the biased variance over some axes. */
  normalize: NormalizeAttributes;
  /** x, gradient of the result → gradient of x. */
  normalizeGradient: NormalizeAttributes;
}

export interface NormalizeAttributes {
  readonly axes: readonly number[];
  readonly epsilon: number;
}

export interface OpAttributes
  extends ElementwiseAttributes,
    StructureAttributes,
    ProductAttributes,
    PictureAttributes,
    NonlinearAttributes,
    NormalizationAttributes {}

export type Op = keyof OpAttributes;
export type ElementwiseOp = keyof ElementwiseAttributes;
export type StructureOp = keyof StructureAttributes;
export type ProductOp = keyof ProductAttributes;
export type PictureOp = keyof PictureAttributes;
export type NonlinearOp = keyof NonlinearAttributes;
export type NormalizationOp = keyof NormalizationAttributes;
