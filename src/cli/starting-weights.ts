/** @file Options of `train` for weights to start from, and for what is frozen meanwhile. */
import { type Command, Option } from 'commander';
import { type FineTuningRequest, FREEZES, type WeightsSource } from '../contracts/index.ts';
import { parseWeightsSource } from '../formats/index.ts';
import { decimalNumber, wholeNumber } from './options.ts';

export interface WeightsOptions extends Omit<FineTuningRequest, 'weights'> {
  readonly weights?: string;
}

export function withWeightsOptions(command: Command): Command {
  return command
    .option(
      '--weights <source>',
      'start from these: imagenet, a Keras .h5 or .weights.h5, a .safetensors, a URL of one, or NAME[:VERSION] of a model',
    )
    .option('--weights-checksum <sum>', 'sha256:HEX or md5:HEX of that file')
    .addOption(
      new Option('--freeze <part>', 'what the first phase leaves as loaded (default: base)').choices([...FREEZES]),
    )
    .option('--fine-tune-epochs <n>', 'epochs that train the base, too (default: half of --epochs)', wholeNumber)
    .option('--fine-tune-rate <x>', 'their learning rate (default: a tenth of --learning-rate)', decimalNumber)
    .option('--fine-tune-from <layer>', 'first layer of the base that they train (default: the first)');
}

/** @throws as `parseWeightsSource` */
export function weightsOf(text: string | undefined): { readonly weights?: WeightsSource } {
  return text === undefined ? {} : { weights: parseWeightsSource(text, { local: true }) };
}
