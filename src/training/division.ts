/** @file How a step is best divided among this machine's cores: found by trying it on the first steps. */
import { availableParallelism } from 'node:os';
import type { TrainingRecipe } from '../contracts/index.ts';
import type { PreparedDataset } from '../dataset/index.ts';
import { phasesOf } from './phases.ts';
import { NO_SUMS } from './replica.ts';
import { startReplicas } from './replica-group.ts';

export interface Division {
  readonly replicas: number;
  /** Inside each replica's operators. */
  readonly threads: number;
}

/** A trial takes seconds, which only a longer training gives back. */
const FEWEST_STEPS = 300;
/** The first steps are slower: memory is found, code is compiled. */
const WARM_STEPS = 2;
const TIMED_STEPS = 5;
/** Another division must be so many times as fast, so that noise does not decide and a repeated run decides alike. */
const LEAST_GAIN = 1.2;

/**
 * Tries divisions of a step on the machine's cores and puts the fastest into the recipe, with the reason. The recipe's own
 * is kept unless another one is clearly faster; short trainings are not worth a trial. The result depends on the
 * machine: whoever wants the same weights again trains with the recipe's `replicas` and `threads`.
 * @param options.fewestSteps of the whole training, for a trial to be made. Default 300
 */
export async function tryDivisions(
  dataset: PreparedDataset,
  recipe: TrainingRecipe,
  options: { readonly cores?: number; readonly fewestSteps?: number; readonly signal?: AbortSignal } = {},
): Promise<TrainingRecipe> {
  const { cores = availableParallelism(), fewestSteps = FEWEST_STEPS, signal } = options;
  const steps = Math.ceil(dataset.manifest.splits.train.count / recipe.batchSize);
  const divisions = divisionsOf(recipe, cores);
  const enough = steps >= WARM_STEPS + TIMED_STEPS && steps * recipe.epochs >= fewestSteps;
  if (!enough || divisions.length < 2 || recipe.microBatch !== null) return recipe;
  const times: number[] = [];
  for (const division of divisions) {
    signal?.throwIfAborted();
    times.push(await timeOfStep(dataset, { ...recipe, ...division }));
  }
  const best = times.reduce((fastest, time, index) => (time * LEAST_GAIN < times[fastest] ? index : fastest), 0);
  const tried = divisions.map((division, index) => `${describe(division)} ${times[index].toFixed(1)} ms`);
  const because = `A step on this machine takes: ${tried.join(', ')}; so it is ${describe(divisions[best])}.`;
  return { ...recipe, ...divisions[best], because: [...recipe.because, because] };
}

/** The recipe's own first. */
function divisionsOf({ replicas, threads, batchSize }: TrainingRecipe, cores: number): Division[] {
  const divisions: Division[] = [{ replicas, threads }];
  for (let inside = 2; inside <= cores; inside *= 2) {
    const outside = Math.min(Math.floor(cores / inside), batchSize);
    const known = divisions.some((division) => division.replicas === outside && division.threads === inside);
    if (!known) divisions.push({ replicas: outside, threads: inside });
  }
  return divisions;
}

/** Milliseconds, the least of a few steps from fresh weights: what disturbs a step only makes it longer. */
async function timeOfStep(dataset: PreparedDataset, recipe: TrainingRecipe): Promise<number> {
  const [phase] = phasesOf(recipe);
  const group = await startReplicas(dataset, phase.recipe);
  try {
    group.shuffle(1);
    const run = (from: number, to: number) => {
      const { schedule, optimizer, epochs } = phase.recipe;
      const rates = { schedule, base: optimizer.learningRate, stepsPerEpoch: to, epochs };
      return group.train({ epoch: 1, from, to, updates: 0, rates, sums: NO_SUMS }, () => {});
    };
    await run(0, WARM_STEPS);
    let least = Number.POSITIVE_INFINITY;
    for (let step = WARM_STEPS; step < WARM_STEPS + TIMED_STEPS; step++) {
      const began = performance.now();
      await run(step, step + 1);
      least = Math.min(least, performance.now() - began);
    }
    return least;
  } finally {
    await group.close();
  }
}

function describe({ replicas, threads }: Division): string {
  const some = (count: number, name: string) => `${count} ${name}${count === 1 ? '' : 's'}`;
  return `${some(replicas, 'replica')} of ${some(threads, 'thread')}`;
}
