/** @file Flags of serving that `up` and `serve` have in common; each is an environment variable, too. */
import type { Command } from 'commander';
import type { ServingFlags } from '../server/index.ts';
import { positiveNumber, share } from './options.ts';

export function withServingOptions(command: Command): Command {
  return command
    .option(
      '--latency-objective-ms <n>',
      'keep batches small enough for answers in so long (default: 100)',
      positiveNumber,
    )
    .option('--run-limit-ms <n>', 'give up runs of a graph that take longer (default: 60000)', positiveNumber)
    .option('--memory-budget-bytes <n>', 'free models that were not used for longest beyond so many', positiveNumber)
    .option('--idle-unload-ms <n>', 'free models that nobody asked for in so long', positiveNumber)
    .option('--sample-rate <x>', 'keep this share of the pictures with their answers, 0 to 1 (default: 0)', share)
    .option('--sample-directory <dir>', 'where to keep them')
    .option('--sample-max-bytes <n>', 'of all of them; the oldest make room (default: 1 GiB)', positiveNumber);
}

const NAMES = [
  'latencyObjectiveMs',
  'runLimitMs',
  'memoryBudgetBytes',
  'idleUnloadMs',
  'sampleRate',
  'sampleDirectory',
  'sampleMaxBytes',
] as const satisfies readonly (keyof ServingFlags)[];

/** What was given; the rest is left to the environment. */
export function servingFlags(options: ServingFlags): ServingFlags {
  return Object.fromEntries(NAMES.map((name) => [name, options[name]]).filter(([, value]) => value !== undefined));
}
