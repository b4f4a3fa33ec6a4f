/** @file How long a batch of n rows takes: a line through the last batches. */

/** Batches that are remembered. Source: BentoML's dispatcher fits over as many. */
const REMEMBERED = 50;

/** `ms = perRow * rows + fixed`, by least squares; neither is below 0. */
export class CostModel {
  readonly #rows: number[] = [];
  readonly #milliseconds: number[] = [];
  #next = 0;
  #perRow = 0;
  #fixed = 0;
  #largest = 0;

  /** False until a batch has run. */
  get isKnown(): boolean {
    return this.#rows.length > 0;
  }

  get perRow(): number {
    return this.#perRow;
  }

  get fixed(): number {
    return this.#fixed;
  }

  /** Rows of the largest batch that was ever noted. */
  get largest(): number {
    return this.#largest;
  }

  note(rows: number, milliseconds: number): void {
    this.#rows[this.#next] = rows;
    this.#milliseconds[this.#next] = milliseconds;
    this.#next = (this.#next + 1) % REMEMBERED;
    this.#largest = Math.max(this.#largest, rows);
    this.#fit();
  }

  /** Milliseconds; 0 while nothing is known. */
  estimate(rows: number): number {
    return this.#perRow * rows + this.#fixed;
  }

  #fit(): void {
    const count = this.#rows.length;
    const meanRows = mean(this.#rows);
    const meanMs = mean(this.#milliseconds);
    let covariance = 0;
    let variance = 0;
    for (let i = 0; i < count; i++) {
      const distance = this.#rows[i] - meanRows;
      covariance += distance * (this.#milliseconds[i] - meanMs);
      variance += distance * distance;
    }
    // Batches of one size tell nothing of the fixed part: all is then put down to the rows, which is on the safe side.
    const slope = variance === 0 ? meanMs / meanRows : covariance / variance;
    this.#perRow = Math.min(Math.max(0, slope), meanMs / meanRows);
    this.#fixed = Math.max(0, meanMs - this.#perRow * meanRows);
  }
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
