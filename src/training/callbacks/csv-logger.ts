/** @file Writes a line for each epoch into a CSV file, as Keras' CSVLogger. */
import { appendFile, writeFile } from 'node:fs/promises';
import type { Callback, Training, TrainingLogs } from './callback.ts';

const COLUMNS = ['loss', 'accuracy', 'validationLoss', 'validationAccuracy', 'learningRate'] as const;

/**
 * Columns: `epoch` and the epoch's figures; empty where there is no validation split. A resumed training writes the file
 * anew, from the history, and goes on.
 */
export class CSVLogger implements Callback {
  readonly name = 'CSVLogger';
  readonly #path: string;
  readonly #separator: string;
  #rates: number[] = [];

  constructor(path: string, options: { readonly separator?: string } = {}) {
    this.#path = path;
    this.#separator = options.separator ?? ',';
  }

  async onTrainBegin({ history }: Training): Promise<void> {
    const earlier = history.map((epoch, i) => this.#line(epoch.epoch, { ...epoch, learningRate: this.#rates[i] }));
    await writeFile(this.#path, [['epoch', ...COLUMNS].join(this.#separator), ...earlier, ''].join('\n'));
  }

  async onEpochEnd(epoch: number, logs: TrainingLogs): Promise<void> {
    this.#rates.push(logs.learningRate);
    await appendFile(this.#path, `${this.#line(epoch, logs)}\n`);
  }

  state() {
    return { rates: this.#rates };
  }

  restore(state: unknown): void {
    this.#rates = [...(state as ReturnType<CSVLogger['state']>).rates];
  }

  #line(epoch: number, logs: TrainingLogs): string {
    return [epoch, ...COLUMNS.map((column) => logs[column] ?? '')].join(this.#separator);
  }
}
