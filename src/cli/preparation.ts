/** @file Options of the commands that prepare a dataset: what its pictures become, and what they are split into. */
import type { Command } from 'commander';
import type { TrainingRequest } from '../contracts/index.ts';
import { channels, decimalNumber, imageSize } from './options.ts';

export interface PreparationOptions
  extends Pick<TrainingRequest, 'imageSize' | 'channels' | 'validationSplit' | 'seed'> {
  readonly test?: string;
}

/** Adds them, without `--seed`: each command has other words for what it does. */
export function withPreparationOptions(command: Command): Command {
  return command
    .option('--image-size <HxW>', 'stretch pictures to this height and width in pixels', imageSize)
    .option('--channels <n>', '1 (grey) or 3 (colour)', channels)
    .option(
      '--validation-split <share>',
      'share of the training images kept for validation (default: 0.2)',
      decimalNumber,
    )
    .option('--test <dataset>', "a test set of its own (default: the dataset's, if it has one)");
}
