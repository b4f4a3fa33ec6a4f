/** @file The phases of a training: one for all epochs, or those of fine-tuning, each with replicas of its own. */
import type { TrainingRecipe } from '../contracts/index.ts';
import { recipeOfPhase } from './fine-tuning.ts';

export interface Phase {
  /** With the phase's frozen layers and learning rate. */
  readonly recipe: TrainingRecipe;
  /** First epoch, 1-based, and last. */
  readonly first: number;
  readonly last: number;
}

/** In order. Fewer epochs may have been asked for since the phases were planned. */
export function phasesOf(recipe: TrainingRecipe): Phase[] {
  if (recipe.phases.length === 0) return [{ recipe, first: 1, last: recipe.epochs }];
  let last = 0;
  return recipe.phases.map((phase) => {
    const first = last + 1;
    last += phase.epochs;
    return { recipe: recipeOfPhase(recipe, phase), first, last };
  });
}
