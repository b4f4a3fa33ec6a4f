/** @file Writes what a training does for TensorBoard, as Keras' callback of that name. */
import path from 'node:path';
import type { TrainingRecipe } from '../../contracts/index.ts';
import { describeNetwork } from '../../nn/index.ts';
import type { Callback, Training, TrainingLogs } from '../../training/index.ts';
import { EventFile, type GraphEntry } from './event-file.ts';

export interface TensorBoardOptions {
  /** Gets the folders `train` and `validation`. */
  readonly directory: string;
  /** Scalars of training steps are written for every so many. Default 20. */
  readonly stepEvery?: number;
  /** Of weights and of the last step's gradients, at the end of each epoch. Default true. */
  readonly histograms?: boolean;
}

/**
 * Scalars `epoch_loss`, `epoch_accuracy` (both folders), `epoch_learning_rate`, by epoch; `batch_loss`, `batch_accuracy`,
 * `batch_learning_rate`, means over the epoch so far, by step; histograms `weights/NAME` and `gradients/NAME`; the graph of
 * the layers; the recipe as text.
 */
export class TensorBoard implements Callback {
  readonly name = 'TensorBoard';
  readonly batchEvery: number;
  readonly #options: TensorBoardOptions;
  readonly #train: EventFile;
  readonly #validation: EventFile;

  constructor(options: TensorBoardOptions) {
    this.#options = options;
    this.batchEvery = options.stepEvery ?? 20;
    this.#train = new EventFile(path.join(options.directory, 'train'));
    this.#validation = new EventFile(path.join(options.directory, 'validation'));
  }

  async onTrainBegin({ recipe, classes, updates }: Training): Promise<void> {
    if (updates > 0) this.#train.restart(updates + 1);
    this.#train.graph(graphOf(recipe));
    this.#train.text('recipe', recipeText(recipe, classes));
    await this.#train.flush();
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

function recipeText({ network: _network, because, ...choices }: TrainingRecipe, classes: readonly string[]): string {
  const rows = Object.entries(choices).map(([name, value]) => `| ${name} | \`${JSON.stringify(value)}\` |`);
  const reasons = because.map((reason) => `- ${reason}`);
  return ['| | |', '|---|---|', ...rows, `| classes | ${classes.length} |`, '', ...reasons].join('\n');
}
