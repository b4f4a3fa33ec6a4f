/** @file `pictor eval`: how a model does on a dataset. */

import { Command } from 'commander';
import { type Evaluation, type ImageShape, type ModelManifest, PictorError } from '../../contracts/index.ts';
import { type PreparedDataset, parseDatasetSource, prepareDataset } from '../../dataset/index.ts';
import type { ModelRegistry } from '../../registry/index.ts';
import { createInferencePool } from '../../runtime/index.ts';
import { Predictor, UNBOUNDED } from '../../serving/index.ts';
import { evaluateModel } from '../../training/index.ts';
import {
  type CommonOptions,
  datasetCache,
  interruption,
  openContext,
  withCommonOptions,
  withUrlOptions,
} from '../context.ts';
import { DatasetProgress } from '../dataset-progress.ts';
import { evaluationText } from '../evaluation-text.ts';
import { type FetchOptions, localFetching } from '../fetching.ts';
import { checkModel } from '../known-model.ts';
import { type ModelReference, modelReference } from '../options.ts';
import {
  evaluateServing,
  refuseWithoutServer,
  type ServingEvaluationOptions,
  withServerToAsk,
} from '../serving-evaluation.ts';

interface EvalOptions extends CommonOptions, FetchOptions, ServingEvaluationOptions {}

export function evalCommand(): Command {
  const command = new Command('eval')
    .description('Evaluates a model on the test split of a dataset, or on all of it when it has none.')
    .argument('<model>', 'NAME or NAME:VERSION (default: the newest version)', modelReference)
    .argument('<dataset>', 'as for train');
  return withCommonOptions(withUrlOptions(withServerToAsk(command)))
    .addHelpText('after', EXAMPLES)
    .action(async (model: ModelReference, dataset: string, options: EvalOptions) => {
      if (options.serving !== undefined) return evaluateServing(options.serving, model, dataset, options);
      refuseWithoutServer(options);
      const context = openContext(options);
      const { output, dataDirectory, registry } = context;
      await checkModel(context, model);
      const manifest = await registry.manifest(model.name, model.version);
      const progress = new DatasetProgress(output);
      const { signal, done } = interruption();
      try {
        const prepared = await prepareDataset(parseDatasetSource(dataset), {
          cacheDirectory: datasetCache(dataDirectory),
          image: pictureOf(manifest),
          validationSplit: 0,
          ...localFetching(options),
          signal,
          onProgress: (step) => progress.update(step),
        });
        progress.end();
        checkClasses(manifest, prepared.manifest.classes);
        const evaluation = await evaluate(registry, manifest, prepared);
        output.event(doneEvent(manifest, evaluation));
        for (const line of evaluationText(output, manifest, evaluation)) output.line(line);
      } finally {
        progress.end();
        done();
      }
    });
}

/** Asks as a server would, so that models which were made elsewhere get the numbers that they want. */
async function evaluate(
  registry: ModelRegistry,
  { name, version, labels }: ModelManifest,
  dataset: PreparedDataset,
): Promise<Evaluation> {
  const pool = createInferencePool();
  const predictor = new Predictor({ registry, pool, maxLoaded: 1, ...UNBOUNDED });
  try {
    await predictor.start();
    const split = dataset.manifest.splits.test.count > 0 ? 'test' : 'train';
    return await predictor.use({ name, version }, (used) =>
      evaluateModel({
        labels,
        dataset,
        split,
        atOnce: pool.size,
        predict: (pixels, count) => used.predictPixels(pixels, count),
      }),
    );
  } finally {
    await predictor.close();
    await pool.close();
  }
}

const EXAMPLES = `
Examples:
  pictor eval digits mnist.npz
  pictor eval digits:2 ./more-photos --json
  pictor eval --serving http://localhost:8501 --grpc localhost:8500 digits mnist.npz`;

function doneEvent({ name, version }: ModelManifest, evaluation: Evaluation): object {
  const { split, count, loss, accuracy, perClass, confusion } = evaluation;
  return { type: 'done', model: name, version, split, count, accuracy, loss, perClass, confusion };
}

/** @throws `model_has_no_pictures` */
function pictureOf({ name, version, input }: ModelManifest): ImageShape {
  if (input) return input;
  throw new PictorError('model_has_no_pictures', `${name}:${version} has no signature that takes pictures.`);
}

/** A label is an index: other classes, or another order, would count right answers as wrong ones. */
function checkClasses({ name, version, labels, recipe }: ModelManifest, classes: readonly string[]): void {
  const trainedOn = recipe?.labels?.map((renamed) => renamed.class) ?? labels;
  const isSame = (names: readonly string[]) =>
    classes.length === names.length && classes.every((label, i) => label === names[i]);
  if (isSame(labels) || isSame(trainedOn)) return;
  throw new PictorError(
    'test_classes_differ',
    `The dataset's classes are not those of ${name}:${version}. It has ${shown(classes)}; the model knows ${shown(trainedOn)}.`,
    { fix: 'Give a dataset whose classes are named as those that the model was trained on.' },
  );
}

function shown(names: readonly string[]): string {
  const first = names.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)));
  return names.length > first.length ? `${first.join(', ')} and ${names.length - first.length} more` : first.join(', ');
}
