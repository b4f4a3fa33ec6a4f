/** @file Options of `train` that say how the weights learn. */
import type { Command } from 'commander';
import { CLASS_WEIGHTS, LOSSES, OPTIMIZERS, SCHEDULES } from '../contracts/index.ts';
import { decimalNumber } from './options.ts';

/** Each is a field of `LearningRequest`. */
export function withLearningOptions(command: Command): Command {
  return command
    .option('--optimizer <name>', `${OPTIMIZERS.join(', ')} (default: by the dataset, or the network's)`)
    .option('--momentum <x>', 'of sgd and rmsprop, 0 to below 1 (default: 0)', decimalNumber)
    .option('--nesterov', "Nesterov's momentum, of sgd")
    .option(
      '--weight-decay <x>',
      'share of each weight, times the learning rate, that a step takes away (default: by the dataset; else 0, of adamw 0.004)',
      decimalNumber,
    )
    .option(
      '--schedule <name>',
      `the learning rate over the run: ${SCHEDULES.join(', ')} (default: by the dataset, or the network's)`,
    )
    .option('--warmup-epochs <n>', 'epochs over which the learning rate grows (default: 0)', decimalNumber)
    .option('--loss <name>', `${LOSSES.join(', ')} (default: crossEntropy)`)
    .option(
      '--label-smoothing <share>',
      'share of the truth that goes to all classes (default: by the dataset; else 0)',
      decimalNumber,
    )
    .option('--class-weights <how>', `${CLASS_WEIGHTS.join(', ')}: rare classes weigh more (default: all weigh 1)`)
    .option('--clip-value <x>', 'bound of each gradient', decimalNumber)
    .option('--clip-norm <x>', "bound of the norm of each parameter's gradient", decimalNumber)
    .option('--global-clip-norm <x>', 'bound of the norm of all gradients together', decimalNumber);
}
