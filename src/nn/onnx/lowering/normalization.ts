/**
 * @file Lowering of normalisation, which is bound by memory: what counts is how often a large tensor is read and written.
 *
 * ONNX's `BatchNormalization` with a mean and a variance that are given is `x * scale + offset` for every channel in one
 * pass, a third of what `Mul` and `Add` with stretched vectors cost; so everything of that form is written with it.
 */
import { elementCount, fixed, type TensorType } from '../../graph/graph.ts';
import type { NormalizationOp, NormalizeAttributes } from '../../graph/ops.ts';
import type { OnnxWriter } from '../writer.ts';
import type { LoweringRules } from './rule.ts';

interface Statistics {
  readonly mean: string;
  /** x - mean. */
  readonly centered: string;
  readonly variance: string;
}

/** The forward pass, the gradients and the moving averages of a layer need the same statistics: written once a tensor. */
const KNOWN = new WeakMap<OnnxWriter, Map<string, Statistics>>();

/** The variance is of the centered numbers: the mean of the squares less the squared mean would cancel in float32. */
function statistics(writer: OnnxWriter, x: string, type: TensorType): Statistics {
  const known = KNOWN.get(writer) ?? new Map<string, Statistics>();
  KNOWN.set(writer, known);
  const found = known.get(x);
  if (found) return found;
  const { ones, zeros } = vectors(writer, type);
  const mean = channels(writer, 'ReduceMean', x, type);
  const centered = affine(writer, [x, ones, zeros, mean, ones], 0);
  const variance = channels(writer, 'ReduceMean', writer.node('Mul', [centered, centered]), type);
  const made = { mean, centered, variance };
  known.set(x, made);
  return made;
}

function vectors(writer: OnnxWriter, { shape }: TensorType): { readonly ones: string; readonly zeros: string } {
  const count = fixed(shape, 1);
  return {
    ones: writer.floats(new Float32Array(count).fill(1), [count]),
    zeros: writer.floats(new Float32Array(count), [count]),
  };
}

/** Reduces all axes but that of the channels. */
function channels(writer: OnnxWriter, opType: string, x: string, { shape }: TensorType, output?: string): string {
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  return writer.node(opType, [x, writer.ints(...axes)], { keepdims: 0 }, output);
}

/** Of x, scale, offset, mean, variance: `(x - mean) / sqrt(variance + epsilon) * scale + offset`. */
function affine(writer: OnnxWriter, inputs: readonly string[], epsilon: number, output?: string): string {
  return writer.node('BatchNormalization', inputs, { epsilon: { float: epsilon } }, output);
}

/** x - mean and sqrt(variance + epsilon) over some axes, which are kept with size 1; written once a tensor. */
function alongAxes(
  writer: OnnxWriter,
  x: string,
  { axes, epsilon }: NormalizeAttributes,
): { readonly centered: string; readonly spread: string } {
  const known = SPREADS.get(writer) ?? new Map<string, { readonly centered: string; readonly spread: string }>();
  SPREADS.set(writer, known);
  const key = `${axes.join()}/${epsilon}/${x}`;
  const found = known.get(key);
  if (found) return found;
  const mean = (value: string): string => writer.node('ReduceMean', [value, writer.ints(...axes)], { keepdims: 1 });
  const centered = writer.node('Sub', [x, mean(x)]);
  const made = { centered, spread: deviation(writer, mean(writer.node('Mul', [centered, centered])), epsilon) };
  known.set(key, made);
  return made;
}

const SPREADS = new WeakMap<OnnxWriter, Map<string, { readonly centered: string; readonly spread: string }>>();

/** `[c]`: sqrt(variance + epsilon). */
export function deviation(writer: OnnxWriter, variance: string, epsilon: number): string {
  return writer.node('Sqrt', [writer.node('Add', [variance, writer.float(epsilon)])]);
}

export interface InputGradientSources {
  readonly gamma: string;
  readonly variance: string;
  readonly byGamma: string;
  readonly byBeta: string;
  /** Numbers of each channel. */
  readonly count: number;
  readonly epsilon: number;
}

/**
 * With s = sqrt(variance + epsilon) and means over the batch the gradient of x is
 * gamma / s * (gradient - mean(gradient) - centered / s * mean(gradient * centered / s)),
 * which is slope * gradient + (bend * centered + offset); each of the three is `[c]`.
 */
export function inputGradientTerms(
  writer: OnnxWriter,
  { gamma, variance, byGamma, byBeta, count, epsilon }: InputGradientSources,
): { readonly slope: string; readonly bend: string; readonly offset: string } {
  const spread = deviation(writer, variance, epsilon);
  const slope = writer.node('Div', [gamma, spread]);
  const share = writer.node('Mul', [slope, writer.float(-1 / count)]);
  const offset = writer.node('Mul', [share, byBeta]);
  const bend = writer.node('Div', [writer.node('Mul', [share, byGamma]), spread]);
  return { slope, bend, offset };
}

export const NORMALIZATION_LOWERING: LoweringRules<NormalizationOp> = {
  batchMean: ({ writer, inputs: [x], types: [type], output }) => {
    writer.node('Identity', [statistics(writer, x, type).mean], {}, output);
  },
  batchVariance: ({ writer, inputs: [x], types: [type], output }) => {
    writer.node('Identity', [statistics(writer, x, type).variance], {}, output);
  },
  batchNorm: ({ writer, inputs: [x, gamma, beta], types: [type], attributes, output }) => {
    const { centered, variance } = statistics(writer, x, type);
    affine(writer, [centered, gamma, beta, vectors(writer, type).zeros, variance], attributes.epsilon, output);
  },
  batchNormScaleGradient: ({ writer, inputs: [x, gradient], types: [type], attributes, output }) => {
    const { centered, variance } = statistics(writer, x, type);
    const sum = channels(writer, 'ReduceSum', writer.node('Mul', [gradient, centered]), type);
    writer.node('Div', [sum, deviation(writer, variance, attributes.epsilon)], {}, output);
  },
  batchNormInputGradient: ({ writer, inputs, types: [type], attributes: { epsilon }, output }) => {
    const [x, gamma, gradient, byGamma, byBeta] = inputs;
    const { centered, variance } = statistics(writer, x, type);
    const { ones, zeros } = vectors(writer, type);
    const count = elementCount(type.shape) / fixed(type.shape, 1);
    const { slope, bend, offset } = inputGradientTerms(writer, { gamma, variance, byGamma, byBeta, count, epsilon });
    const rest = affine(writer, [centered, bend, offset, zeros, ones], 0);
    writer.node('Add', [affine(writer, [gradient, slope, zeros, zeros, ones], 0), rest], {}, output);
  },
  normalize: ({ writer, inputs: [x], attributes, output }) => {
    const { centered, spread } = alongAxes(writer, x, attributes);
    writer.node('Div', [centered, spread], {}, output);
  },
  // 1 / s * (gradient - mean(gradient) - y * mean(gradient * y)), where y is the result.
  normalizeGradient: ({ writer, inputs: [x, gradient], attributes, output }) => {
    const { centered, spread } = alongAxes(writer, x, attributes);
    const mean = (value: string): string =>
      writer.node('ReduceMean', [value, writer.ints(...attributes.axes)], { keepdims: 1 });
    const result = writer.node('Div', [centered, spread]);
    const bend = writer.node('Mul', [result, mean(writer.node('Mul', [gradient, result]))]);
    const rest = writer.node('Sub', [writer.node('Sub', [gradient, mean(gradient)]), bend]);
    writer.node('Div', [rest, spread], {}, output);
  },
  batchNormInference: ({ writer, inputs, attributes, output }) => {
    affine(writer, inputs, attributes.epsilon, output);
  },
};
