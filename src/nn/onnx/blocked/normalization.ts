/**
 * @file Normalisation on channel blocks.
 *
 * A scale and an offset for every channel are a depthwise convolution of one place, one pass over the numbers, into which
 * the runtime also folds a sum. The statistics are those of the plain lowering, written once a tensor.
 */
import { elementCount, fixed, type Value } from '../../graph/graph.ts';
import type { NormalizationOp } from '../../graph/ops.ts';
import type { Layouts } from '../layouts.ts';
import { deviation, inputGradientTerms } from '../lowering/normalization.ts';
import { reshape } from '../lowering/rule.ts';
import { blockConvolution } from './convolution.ts';
import type { BlockedCall, BlockedRule } from './rule.ts';
import { channelSums } from './structure.ts';

type NormalizationCall = BlockedCall<NormalizationOp>;

interface Statistics {
  readonly mean: string;
  /** x - mean, in blocks. */
  readonly centered: string;
  readonly variance: string;
}

const KNOWN = new WeakMap<Layouts, Map<number, Statistics>>();

function statistics(call: NormalizationCall, x: Value): Statistics {
  const { writer, layouts } = call;
  const known = KNOWN.get(layouts) ?? new Map<number, Statistics>();
  KNOWN.set(layouts, known);
  const found = known.get(x.id);
  if (found) return found;
  const share = writer.float(1 / countOf(x));
  const mean = writer.node('Mul', [channelSums(call, layouts.blocked(x), x), share]);
  const ones = writer.floats(new Float32Array(fixed(x.shape, 1)).fill(1));
  const centered = affine(call, layouts.blocked(x), { scale: ones, offset: writer.node('Neg', [mean]) });
  const squares = writer.node('Mul', [centered, centered]);
  const variance = writer.node('Mul', [channelSums(call, squares, x), share]);
  const made = { mean, centered, variance };
  known.set(x.id, made);
  return made;
}

/** Numbers of each channel. */
function countOf({ shape }: Value): number {
  return elementCount(shape) / fixed(shape, 1);
}

interface Affine {
  /** `[c]`. */
  readonly scale: string;
  /** `[c]`. Default: none. */
  readonly offset?: string;
  /** A picture in blocks that is added. */
  readonly sum?: string;
}

/** `x * scale + offset + sum`, all in blocks. */
function affine({ writer, inputs: [x] }: NormalizationCall, picture: string, { scale, offset, sum }: Affine): string {
  const channels = fixed(x.shape, 1);
  return blockConvolution(writer, {
    picture,
    kernel: reshape(writer, scale, [channels, 1, 1, 1]),
    bias: offset,
    sum,
    size: [1, 1],
    groups: channels,
  });
}

/** The rule applies where x lies in blocks already. */
function where<O extends NormalizationOp>(write: (call: BlockedCall<O>) => void): BlockedRule<O> {
  return (call) => {
    const [x] = call.inputs;
    if (!call.layouts.isBlocked(x) || !call.layouts.fits(x)) return false;
    write(call);
    return true;
  };
}

function setVector({ writer, layouts, result }: NormalizationCall, name: string): void {
  const output = layouts.newName(result, 'statistic');
  writer.node('Identity', [name], {}, output);
  layouts.setPlain(result, output);
}

export const blockedBatchMean = where<'batchMean'>((call) => {
  setVector(call, statistics(call, call.inputs[0]).mean);
});

export const blockedBatchVariance = where<'batchVariance'>((call) => {
  setVector(call, statistics(call, call.inputs[0]).variance);
});

export const blockedBatchNorm = where<'batchNorm'>((call) => {
  const { writer, layouts, inputs, attributes, result } = call;
  const [x, gamma, beta] = inputs;
  const { centered, variance } = statistics(call, x);
  const scale = writer.node('Div', [layouts.plain(gamma), deviation(writer, variance, attributes.epsilon)]);
  layouts.setBlocked(result, affine(call, centered, { scale, offset: layouts.plain(beta) }));
});

export const blockedScaleGradient = where<'batchNormScaleGradient'>((call) => {
  const {
    writer,
    layouts,
    inputs: [x, gradient],
    attributes,
    result,
  } = call;
  const { centered, variance } = statistics(call, x);
  const products = writer.node('Mul', [layouts.blocked(gradient), centered]);
  const name = layouts.newName(result, 'scaleGradient');
  writer.node('Div', [channelSums(call, products, x), deviation(writer, variance, attributes.epsilon)], {}, name);
  layouts.setPlain(result, name);
});

export const blockedInputGradientOfNorm = where<'batchNormInputGradient'>((call) => {
  const { writer, layouts, inputs, attributes, result } = call;
  const [x, gamma, gradient, byGamma, byBeta] = inputs;
  const { centered, variance } = statistics(call, x);
  const terms = inputGradientTerms(writer, {
    gamma: layouts.plain(gamma),
    variance,
    byGamma: layouts.plain(byGamma),
    byBeta: layouts.plain(byBeta),
    count: countOf(x),
    epsilon: attributes.epsilon,
  });
  const rest = affine(call, centered, { scale: terms.bend, offset: terms.offset });
  layouts.setBlocked(result, affine(call, layouts.blocked(gradient), { scale: terms.slope, sum: rest }));
});

export const blockedBatchNormInference = where<'batchNormInference'>((call) => {
  const {
    writer,
    layouts,
    inputs: [x, gamma, beta, mean, variance],
    attributes,
    result,
  } = call;
  const spread = deviation(writer, layouts.plain(variance), attributes.epsilon);
  const scale = writer.node('Div', [layouts.plain(gamma), spread]);
  const offset = writer.node('Sub', [layouts.plain(beta), writer.node('Mul', [layouts.plain(mean), scale])]);
  layouts.setBlocked(result, affine(call, layouts.blocked(x), { scale, offset }));
});
