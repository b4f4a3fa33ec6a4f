/** @file Shows how far the preparation of a dataset is. */
import type { PrepareProgress } from '../dataset/index.ts';
import type { Output } from './output.ts';
import { bar, ProgressLine } from './progress-line.ts';
import { byteSize, count, percent } from './text.ts';

export class DatasetProgress {
  readonly #line: ProgressLine;

  constructor(output: Output) {
    this.#line = new ProgressLine(output);
  }

  update({ phase, done, total }: PrepareProgress): void {
    const share = total ? done / total : null;
    const name = phase === 'fetching' ? 'Fetching' : 'Preparing';
    const amount = phase === 'fetching' ? byteSize(done) : count(done, 'picture');
    this.#line.show(
      `${name.padEnd(12)} ${bar(share)} ${(share === null ? '' : percent(share)).padStart(6)}  ${amount}`,
    );
  }

  end(): void {
    this.#line.clear();
  }
}
