/** @file Refuses numbers that no optimizer can work with. */
import { CLIPS, OPTIMIZERS, type OptimizerSpec, PictorError } from '../../contracts/index.ts';

interface Bounds {
  readonly says: string;
  holds(value: number): boolean;
}

const ABOVE_0: Bounds = { says: 'a number above 0', holds: (value) => value > 0 && value < Infinity };
const FROM_0: Bounds = { says: 'a number from 0', holds: (value) => value >= 0 && value < Infinity };
const BELOW_1: Bounds = { says: 'a number from 0, below 1', holds: (value) => value >= 0 && value < 1 };

const NUMBERS: Readonly<Record<string, Bounds>> = {
  learningRate: ABOVE_0,
  weightDecay: FROM_0,
  epsilon: ABOVE_0,
  initialAccumulator: FROM_0,
  beta1: BELOW_1,
  beta2: BELOW_1,
  rho: BELOW_1,
  momentum: BELOW_1,
};

/** @throws `training_option_invalid` naming the option, what was received and what was expected */
export function checkOptimizer(optimizer: OptimizerSpec): void {
  const { kind, clip } = optimizer;
  if (!OPTIMIZERS.includes(kind)) {
    throw invalid('optimizer', `The optimizer is "${String(kind)}"; one of ${OPTIMIZERS.join(', ')} was expected.`);
  }
  for (const [option, value] of Object.entries(optimizer)) {
    const bounds = Object.hasOwn(NUMBERS, option) ? NUMBERS[option] : null;
    if (!bounds || value === undefined || (typeof value === 'number' && bounds.holds(value))) continue;
    throw invalid(option, `${option} of ${kind} is ${String(value)}; ${bounds.says} was expected.`);
  }
  if (!clip) return;
  if (!CLIPS.includes(clip.kind)) {
    throw invalid('clip', `Clipping is by "${String(clip.kind)}"; one of ${CLIPS.join(', ')} was expected.`);
  }
  if (!ABOVE_0.holds(clip.limit)) {
    throw invalid('clip', `The limit of clipping is ${String(clip.limit)}; ${ABOVE_0.says} was expected.`);
  }
}

function invalid(option: string, message: string): PictorError {
  return new PictorError('training_option_invalid', message, { details: { option } });
}
