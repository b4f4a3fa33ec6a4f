/** @file Writes what a training does for TensorBoard, as Keras' callback of that name. */
import path from 'node:path';
import type { ImageShape, TrainedModel, TrainingRecipe } from '../../contracts/index.ts';
import { encodePng } from '../../dataset/index.ts';
import { describeNetwork } from '../../nn/index.ts';
import type { Callback, Training, TrainingLogs } from '../../training/index.ts';
import { confusionPicture, confusionTable } from './confusion.ts';
import { EventFile, type GraphEntry } from './event-file.ts';

export interface TensorBoardOptions {
  /** Gets the folders `train` and `validation`. */
  readonly directory: string;
  /** Scalars of training steps are written for every so many. Default 20. */
  readonly stepEvery?: number;
  /** Of weights and of the last step's gradients, at the end of each epoch. Default true. */
  readonly histograms?: boolean;
  /** Pictures of the training split, shown at the beginning. Default: none. */
  readonly samples?: () => Promise<readonly SamplePicture[]>;
}

export interface SamplePicture {
  /** Name of its class. */
  readonly label: string;
  /** uint8 `[height, width, channels]` */
  readonly pixels: Uint8Array;
  readonly shape: ImageShape;
}

/**
 * Scalars `epoch_loss`, `epoch_accuracy` (both folders), `epoch_learning_rate`, by epoch; `batch_loss`, `batch_accuracy`,
 * `batch_learning_rate`, means over the epoch so far, by step; histograms `weights/NAME` and `gradients/NAME`; the graph of
 * the layers; the recipe as text and as hyperparameters; sample pictures. `finish` adds what is known in the end.
 */
export class TensorBoard implements Callback {
  readonly name = 'TensorBoard';
  readonly batchEvery: number;
  readonly directory: string;
  readonly #options: TensorBoardOptions;
  readonly #train: EventFile;
  readonly #validation: EventFile;

  constructor(options: TensorBoardOptions) {
    this.#options = options;
    this.directory = options.directory;
    this.batchEvery = options.stepEvery ?? 20;
    this.#train = new EventFile(path.join(options.directory, 'train'));
    this.#validation = new EventFile(path.join(options.directory, 'validation'));
  }

  async onTrainBegin({ recipe, classes, updates }: Training): Promise<void> {
    if (updates > 0) this.#train.restart(updates + 1);
    this.#train.graph(graphOf(recipe));
    this.#train.text('recipe', recipeText(recipe, classes));
    this.#train.hyperparameters(path.basename(this.#options.directory), hyperparametersOf(recipe));
    for (const [index, { label, pixels, shape }] of ((await this.#options.samples?.()) ?? []).entries()) {
      this.#train.image(`samples/${index} ${label}`, await encodePng(pixels, shape), shape, 0);
    }
    await this.#train.flush();
  }

  /** Adds the evaluation of the model that is kept: figures, the confusion matrix as a picture and as a table. */
  async finish({ evaluation, history }: Pick<TrainedModel, 'evaluation' | 'history'>): Promise<void> {
    const step = history.length;
    const { split, loss, accuracy } = evaluation;
    this.#validation.scalar(`final/${split}_loss`, loss, step);
    this.#validation.scalar(`final/${split}_accuracy`, accuracy, step);
    const { pixels, shape } = confusionPicture(evaluation);
    this.#validation.image('confusion_matrix', await encodePng(pixels, shape), shape, step);
    this.#validation.text('confusion_matrix_table', confusionTable(evaluation), step);
    this.#train.succeeded();
    await this.#train.flush();
    await this.#validation.flush();
  }

  async onTrainBatchEnd(_batch: number, logs: TrainingLogs, { updates }: Training): Promise<void> {
    this.#train.scalar('batch_loss', logs.loss, updates);
    this.#train.scalar('batch_accuracy', logs.accuracy, updates);
    this.#train.scalar('batch_learning_rate', logs.learningRate, updates);
    await this.#train.flush();
  }

  async onEpochEnd(epoch: number, logs: TrainingLogs, training: Training): Promise<void> {
    this.#train.scalar('epoch_loss', logs.loss, epoch);
    this.#train.scalar('epoch_accuracy', logs.accuracy, epoch);
    this.#train.scalar('epoch_learning_rate', logs.learningRate, epoch);
    if (logs.validationLoss !== null) this.#validation.scalar('epoch_loss', logs.validationLoss, epoch);
    if (logs.validationAccuracy !== null) this.#validation.scalar('epoch_accuracy', logs.validationAccuracy, epoch);
    if (this.#options.histograms ?? true) {
      for (const [name, { data }] of await training.weights()) this.#train.histogram(`weights/${name}`, data, epoch);
      for (const [name, { data }] of await training.gradients())
        this.#train.histogram(`gradients/${name}`, data, epoch);
    }
    await this.#train.flush();
    if (logs.validationLoss !== null) await this.#validation.flush();
  }
}

function graphOf({ network }: TrainingRecipe): GraphEntry[] {
  const { height, width, channels } = network.input;
  const shapes = new Map(describeNetwork(network).layers.map(({ name, outputShape }) => [name, outputShape]));
  return [
    { name: 'input', op: 'Placeholder', inputs: [], shape: [-1, height, width, channels] },
    ...network.nodes.map(({ name, layer, inputs }) => ({
      name,
      op: layer,
      inputs,
      shape: [-1, ...(shapes.get(name) ?? [])],
    })),
  ];
}

/** What people compare runs by. */
function hyperparametersOf(recipe: TrainingRecipe): Record<string, string | number | boolean> {
  const { model, optimizer, loss, schedule, epochs, batchSize, seed, parameters, initialWeights, augmentation } =
    recipe;
  const { height, width, channels } = recipe.network.input;
  return {
    model,
    optimizer: optimizer.kind,
    learning_rate: optimizer.learningRate,
    loss: loss.kind,
    schedule: schedule.kind,
    epochs,
    batch_size: batchSize,
    seed,
    parameters,
    pictures: `${height}x${width}x${channels}`,
    augmentation: augmentation !== null,
    weights: initialWeights?.source ?? 'random',
  };
}

function recipeText({ network: _network, because, ...choices }: TrainingRecipe, classes: readonly string[]): string {
  const rows = Object.entries(choices).map(([name, value]) => `| ${name} | \`${JSON.stringify(value)}\` |`);
  const reasons = because.map((reason) => `- ${reason}`);
  return ['| | |', '|---|---|', ...rows, `| classes | ${classes.length} |`, '', ...reasons].join('\n');
}
