/** @file `--resume`: the request of a training that continues an earlier run. */
import path from 'node:path';
import type { Command } from 'commander';
import { PictorError, type TrainingRequest } from '../contracts/index.ts';
import { parseDatasetSource } from '../dataset/index.ts';
import { requestToResume } from '../jobs/index.ts';
import type { Platform } from '../platform/index.ts';

export interface ResumeOptions {
  readonly resume?: string;
}

/** What may be named beside `--resume`; the rest is the run's own. */
const ALLOWED: readonly string[] = [
  'resume',
  'name',
  'epochs',
  'test',
  'tensorboard',
  'json',
  'dataDir',
  'allowPrivateUrls',
];

export function withResumeOption(command: Command): Command {
  return command.option(
    '--resume <run>',
    'go on with a run that failed or was stopped, from its last checkpoint; DATASET and --name are those of the run',
  );
}

/** Refuses options that would make another training, and a training without a dataset or name. */
export function checkResumeOptions(command: Command, dataset: string | undefined): void {
  const { resume, name } = command.opts<ResumeOptions & { readonly name?: string }>();
  if (resume === undefined) {
    if (dataset === undefined) command.error("error: missing required argument 'dataset'");
    if (name === undefined) command.error("error: required option '--name <name>' not specified");
    return;
  }
  for (const option of command.options) {
    const key = option.attributeName();
    if (ALLOWED.includes(key) || command.getOptionValueSource(key) !== 'cli') continue;
    throw new PictorError('training_option_invalid', `${option.long} cannot be changed when a run is continued.`, {
      fix: 'Leave it out, or start a new training.',
      details: { option: key },
    });
  }
}

/** @throws what `requestToResume` throws */
export async function resumedRequest(
  place: { readonly platform: Platform; readonly dataDirectory: string },
  run: string,
  dataset: string | undefined,
  {
    name,
    epochs,
    test,
    tensorboard,
  }: {
    readonly name?: string;
    readonly epochs?: number;
    readonly test?: string;
    readonly tensorboard?: boolean | string;
  },
): Promise<TrainingRequest> {
  return await requestToResume(place, run, {
    ...(name === undefined ? {} : { name }),
    ...(epochs === undefined ? {} : { epochs }),
    ...tensorboardOf(tensorboard),
    ...(dataset === undefined ? {} : { dataset: parseDatasetSource(dataset) }),
    ...(test === undefined ? {} : { testDataset: parseDatasetSource(test) }),
  });
}

/** A folder is meant from where the command runs. */
export function tensorboardOf(option: boolean | string | undefined): Pick<TrainingRequest, 'tensorboard'> {
  if (option === undefined) return {};
  return { tensorboard: typeof option === 'string' ? path.resolve(option) : option };
}
