/** @file `pictor train`: trains here, shows how it goes, publishes a version. */
import { Command } from 'commander';
import type { RunRecord, TrainingRequest } from '../../contracts/index.ts';
import { parseDatasetSource } from '../../dataset/index.ts';
import { trainHere } from '../../jobs/index.ts';
import { isPresetName, PRESETS } from '../../nn/index.ts';
import { isNetworkPath, openNetworkFile } from '../../training/index.ts';
import {
  type CommonOptions,
  interruption,
  openContext,
  withCommonOptions,
  withPlatform,
  withUrlOptions,
} from '../context.ts';
import { type FetchOptions, localFetching } from '../fetching.ts';
import { withLearningOptions } from '../learning.ts';
import { decimalNumber, wholeNumber } from '../options.ts';
import type { Output } from '../output.ts';
import { type PreparationOptions, withPreparationOptions } from '../preparation.ts';
import { checkResumeOptions, resumedRequest, tensorboardOf, withResumeOption } from '../resume.ts';
import { RunProgress } from '../run-progress.ts';
import { type WeightsOptions, weightsOf, withWeightsOptions } from '../starting-weights.ts';
import { duration, integer, percent, table } from '../text.ts';

interface TrainOptions
  extends CommonOptions,
    FetchOptions,
    PreparationOptions,
    WeightsOptions,
    Omit<TrainingRequest, 'dataset' | 'testDataset' | 'weights'> {}

export function trainCommand(): Command {
  const command = new Command('train')
    .description('Trains a model from a dataset, here, and publishes it as the next version of NAME.')
    .argument('[dataset]', 'folder, archive, URL, .npz, .pkl.gz, folder of IDX files, or sample:digits')
    .option('--name <name>', 'name to publish the model under')
    .option(
      '--model <network>',
      `${Object.keys(PRESETS).join(', ')}, or your own, such as ./my-net.ts (default: by the dataset)`,
    )
    .option('--epochs <n>', "passes over the training images (default: by the dataset, or the network's)", wholeNumber)
    .option('--batch-size <n>', "images a step (default: by the dataset, or the network's)", wholeNumber)
    .option('--learning-rate <x>', "size of the steps (default: by the dataset, or the network's)", decimalNumber);
  withPreparationOptions(withLearningOptions(command))
    .option('--seed <n>', 'the same seed gives the same weights (default: 123)', wholeNumber)
    .option(
      '--patience <n>',
      'stop after this many epochs without a better validation result (default: never)',
      wholeNumber,
    )
    .option(
      '--augment <changes>',
      'random changes of training pictures: auto, none, or a list such as flip,rotation=0.05,crop=4 of flip, rotation, zoom, translation, contrast, brightness, crop, erasing and mixup (default: auto; none with --model)',
    )
    .option(
      '--replicas <n>',
      'replicas that share each step (default: one a core, or the fastest in a trial)',
      wholeNumber,
    )
    .option('--threads <n>', 'threads inside the operators of each replica (default: 1, or the fastest)', wholeNumber);
  withResumeOption(command).option(
    '--tensorboard [dir]',
    "write event files for TensorBoard, below DIR or the run's folder in the data directory",
  );
  return withCommonOptions(withUrlOptions(withWeightsOptions(command)))
    .addHelpText('after', EXAMPLES)
    .action(async (dataset: string | undefined, options: TrainOptions) => {
      checkResumeOptions(command, dataset);
      const { output, dataDirectory, registry } = openContext(options);
      const { resume } = options;
      const asked = resume === undefined ? requestOf(dataset ?? '', options) : null;
      const progress = new RunProgress(output);
      const { signal, done } = interruption(() => {
        progress.end();
        output.note('Stopping; what is best so far is kept. Press Ctrl-C again to end at once.');
      });
      const networkFile = isFile(options.model) ? await openNetworkFile(options.model, signal) : undefined;
      try {
        const run = await withPlatform(dataDirectory, async (platform) =>
          trainHere(asked ?? (await resumedRequest({ platform, dataDirectory }, resume ?? '', dataset, options)), {
            platform,
            dataDirectory,
            registry,
            ...(networkFile ? { networkFile } : {}),
            ...localFetching(options),
            signal,
            onRecord: (record) => progress.update(record),
          }),
        );
        progress.end();
        report(output, run);
      } finally {
        progress.end();
        await networkFile?.close();
        done();
      }
    });
}

function isFile(model: string | undefined): model is string {
  return model !== undefined && !isPresetName(model) && isNetworkPath(model);
}

const EXAMPLES = `
Examples:
  pictor train sample:digits --name digits
  pictor train ./photos --name pets --epochs 20 --patience 5
  pictor train https://example.org/flower_photos.tgz --name flowers --model nitric-cnn --image-size 180x180
  pictor train mnist.npz --name digits --model keras-mnist --optimizer adadelta --learning-rate 1.0
  pictor train --resume 20261120-094512-k3x9
  pictor train ./photos --name pets --model resnet50v2 --weights imagenet --epochs 10
  pictor train sample:digits --name digits --model ./my-net.ts

Ctrl-C stops early and keeps the best weights so far, once an epoch is finished.`;

function requestOf(dataset: string, options: TrainOptions): TrainingRequest {
  const { json: _json, dataDir: _dataDir, allowPrivateUrls: _allow, test, weights, tensorboard, ...rest } = options;
  return {
    ...rest,
    dataset: parseDatasetSource(dataset),
    ...weightsOf(weights),
    ...tensorboardOf(tensorboard),
    ...(test === undefined ? {} : { testDataset: parseDatasetSource(test) }),
  };
}

function report(output: Output, run: RunRecord): void {
  const { id, model, metrics, imagesPerSecond, seconds, peakMemoryBytes, state, history } = run;
  if (!model || !metrics) return;
  const { name, version } = model;
  output.event({ type: 'done', model: name, version, run: id, metrics, imagesPerSecond, seconds, peakMemoryBytes });
  const ended = state === 'cancelled' ? `Stopped after ${history.length} epochs; published` : 'Published';
  const title = `${ended} ${output.style('bold', `${name}:${version}`)}`;
  output.line(seconds === null ? title : `${title} after ${duration(seconds)} of training`);
  output.line();
  const splits = [
    ['training', metrics.loss, metrics.accuracy],
    ['validation', metrics.validation_loss, metrics.validation_accuracy],
    ['test', metrics.test_loss, metrics.test_accuracy],
  ] as const;
  const rows = splits.flatMap(([split, loss, accuracy]) =>
    loss === null || accuracy === null ? [] : [[split, percent(accuracy), loss.toFixed(4)]],
  );
  const columns = [{ title: '' }, { title: 'accuracy', align: 'right' }, { title: 'loss', align: 'right' }] as const;
  for (const line of table(columns, rows)) output.line(`  ${line}`);
  if (imagesPerSecond !== null) {
    const memory = peakMemoryBytes ? `, ${integer(peakMemoryBytes / 1e6)} MB of memory at most` : '';
    output.line(`\n  ${integer(imagesPerSecond)} images/s${memory}`);
  }
  output.line(`\nTry it:  pictor predict ${name} IMAGE...`);
  output.line('Serve it:  pictor up');
}
