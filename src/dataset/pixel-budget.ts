/** @file Bounds how many pixels are in memory at once, however many pictures are decoded in parallel. */

/** First come, first served; a request larger than the whole budget waits until it is alone. */
export class PixelBudget {
  readonly #total: number;
  readonly #waiting: { readonly pixels: number; readonly start: () => void }[] = [];
  #used = 0;

  constructor(totalPixels: number) {
    this.#total = totalPixels;
  }

  /** Runs the work once there is room for this many pixels. */
  async run<T>(pixels: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(pixels, this.#total);
    if (this.#waiting.length > 0 || this.#used + share > this.#total) {
      await new Promise<void>((start) => this.#waiting.push({ pixels: share, start }));
    } else {
      this.#used += share;
    }
    try {
      return await work();
    } finally {
      this.#used -= share;
      this.#startNext();
    }
  }

  #startNext(): void {
    while (this.#waiting.length > 0 && this.#used + this.#waiting[0].pixels <= this.#total) {
      const next = this.#waiting.shift()!;
      this.#used += next.pixels;
      next.start();
    }
  }
}
