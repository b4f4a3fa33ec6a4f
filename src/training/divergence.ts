/** @file A loss that is no number, or that has exploded. */
import { PictorError } from '../contracts/index.ts';
import type { Course } from './course.ts';

/** A loss that is so many times the first one, plus one, will not come back. */
const EXPLODED = 1e6;

export function hasDiverged(loss: number, firstLoss: number | null): boolean {
  return !Number.isFinite(loss) || (firstLoss !== null && loss > EXPLODED * (1 + Math.abs(firstLoss)));
}

/** What to say when the step after the course's last one has diverged. */
export function diverged({ recipe, state, learningRate }: Course): PictorError {
  const { kind } = recipe.optimizer;
  const { epoch, sums, best } = state;
  const step = state.step + 1;
  const { lastLoss } = sums;
  const last = lastLoss === null ? 'It was so in the first step' : `The last loss that was one is ${short(lastLoss)}`;
  const kept = best ? ` The weights of epoch ${best.epoch} were the best until then.` : '';
  return new PictorError(
    'training_diverged',
    `The loss exploded or stopped being a number in epoch ${epoch}, step ${step} (${kind}, learning rate ${short(learningRate)}). ${last}.${kept}`,
    {
      fix: `Try a smaller learning rate, such as ${short(learningRate / 10)}, or clip the gradients.`,
      details: { epoch, step, lastLoss, bestEpoch: best?.epoch ?? null },
    },
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
