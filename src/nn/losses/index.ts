/** @file Every loss, by its name; which a network may be trained with. */
import { LOSSES, type LossKind, type LossSpec, type OutputActivation, PictorError } from '../../contracts/index.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { crossEntropy } from './cross-entropy.ts';
import { focal } from './focal.ts';
import { meanSquaredError } from './mean-squared-error.ts';
import type { LossRule } from './rule.ts';

const LOSS_RULES: { readonly [K in LossKind]: LossRule<K> } = {
  crossEntropy,
  binaryCrossEntropy,
  focal,
  meanSquaredError,
};

/** What networks of an end are trained with unless somebody asks for another loss. */
export const DEFAULT_LOSSES: { readonly [A in OutputActivation]: LossSpec } = {
  softmax: { kind: 'crossEntropy' },
  sigmoid: { kind: 'binaryCrossEntropy' },
};

/** The end that a network must have for a loss; the usual one first. */
export function lossEnds(kind: LossKind): readonly OutputActivation[] {
  return LOSS_RULES[kind].ends;
}

/** @throws `training_option_invalid` naming the option, what was received and what was expected */
export function checkLoss(loss: LossSpec): void {
  if (!LOSSES.includes(loss.kind)) {
    throw invalid('loss', `The loss is "${String(loss.kind)}"; one of ${LOSSES.join(', ')} was expected.`);
  }
  const { labelSmoothing, gamma, alpha } = loss as Partial<Extract<LossSpec, { kind: 'focal' }>>;
  if (labelSmoothing !== undefined && !(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw invalid('labelSmoothing', `labelSmoothing is ${labelSmoothing}; a number from 0, below 1, was expected.`);
  }
  if (labelSmoothing !== undefined && loss.kind === 'meanSquaredError') {
    throw invalid('labelSmoothing', 'labelSmoothing was given, but meanSquaredError takes none.');
  }
  if (gamma !== undefined && !(gamma >= 0 && gamma <= 100)) {
    throw invalid('gamma', `gamma is ${gamma}; a number from 0 to 100 was expected.`);
  }
  if (alpha !== undefined && !(alpha > 0 && alpha < Infinity)) {
    throw invalid('alpha', `alpha is ${alpha}; a number above 0 was expected.`);
  }
}

/**
 * @param outputActivation the network's end
 * @throws `training_option_invalid` also when the network's end is not one that the loss is defined for
 */
export function lossRule(loss: LossSpec, outputActivation: OutputActivation): LossRule<LossKind> {
  checkLoss(loss);
  const rule = LOSS_RULES[loss.kind] as unknown as LossRule<LossKind>;
  if (rule.ends.includes(outputActivation)) return rule;
  const fix = `Use the loss ${DEFAULT_LOSSES[outputActivation].kind}, or end the network in ${rule.ends.join(' or ')}.`;
  const message = `The loss ${loss.kind} is of networks that end in ${rule.ends.join(' or ')}; this one ends in ${outputActivation}.`;
  throw new PictorError('training_option_invalid', message, { fix, details: { option: 'loss' } });
}

/**
 * The loss of one sample, in float64 and without its weight: what validation adds up.
 * @param sample.outputActivation the network's; default `softmax`
 */
export function sampleLoss(
  loss: LossSpec,
  sample: { readonly logits: ArrayLike<number>; readonly label: number; readonly outputActivation?: OutputActivation },
): number {
  const { outputActivation = 'softmax', ...rest } = sample;
  return lossRule(loss, outputActivation).ofSample({ loss, outputActivation, ...rest });
}

function invalid(option: string, message: string): PictorError {
  return new PictorError('training_option_invalid', message, { details: { option } });
}
