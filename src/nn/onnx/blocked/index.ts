/** @file The rules for the blocked layout, tried before the plain ones. */
import { blockedConv2d, blockedInputGradient } from './convolution.ts';
import { blockedElementwise } from './elementwise.ts';
import { blockedKernelGradient } from './kernel-gradient.ts';
import {
  blockedBatchMean,
  blockedBatchNorm,
  blockedBatchNormInference,
  blockedBatchVariance,
  blockedInputGradientOfNorm,
  blockedScaleGradient,
} from './normalization.ts';
import {
  blockedAveragePool,
  blockedAveragePoolGradient,
  blockedMaximumOverGroups,
  blockedMaximumOverGroupsGradient,
  blockedMaxPool,
  blockedMaxPoolGradient,
} from './pooling.ts';
import type { BlockedRules } from './rule.ts';
import { blockedConcatenate, blockedReduceSum } from './structure.ts';

export type { BlockedRule } from './rule.ts';

export const BLOCKED_RULES: BlockedRules = {
  conv2d: blockedConv2d,
  conv2dInputGradient: blockedInputGradient,
  conv2dKernelGradient: blockedKernelGradient,
  maxPool2d: blockedMaxPool,
  maxPool2dGradient: blockedMaxPoolGradient,
  maximumOverGroups: blockedMaximumOverGroups,
  maximumOverGroupsGradient: blockedMaximumOverGroupsGradient,
  averagePool2d: blockedAveragePool,
  averagePool2dGradient: blockedAveragePoolGradient,
  reduceSum: blockedReduceSum,
  concatenate: blockedConcatenate,
  batchMean: blockedBatchMean,
  batchVariance: blockedBatchVariance,
  batchNorm: blockedBatchNorm,
  batchNormScaleGradient: blockedScaleGradient,
  batchNormInputGradient: blockedInputGradientOfNorm,
  batchNormInference: blockedBatchNormInference,
  add: blockedElementwise('add'),
  subtract: blockedElementwise('subtract'),
  multiply: blockedElementwise('multiply'),
  divide: blockedElementwise('divide'),
  maximum: blockedElementwise('maximum'),
  equal: blockedElementwise('equal'),
  greater: blockedElementwise('greater'),
  cast: blockedElementwise('cast'),
  sqrt: blockedElementwise('sqrt'),
  softplus: blockedElementwise('softplus'),
  clip: blockedElementwise('clip'),
  relu: blockedElementwise('relu'),
  reluGradient: blockedElementwise('reluGradient'),
  tanh: blockedElementwise('tanh'),
  tanhGradient: blockedElementwise('tanhGradient'),
  sigmoid: blockedElementwise('sigmoid'),
  sigmoidGradient: blockedElementwise('sigmoidGradient'),
};
