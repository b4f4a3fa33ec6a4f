/** @file The most memory that the process had since a moment. */

/** Bytes that are resident, those of worker threads included. */
export class PeakMemory {
  readonly #before = mostEver();
  #seen = process.memoryUsage.rss();

  /** Takes a look: needed only in a process that had more before. */
  look(): void {
    this.#seen = Math.max(this.#seen, process.memoryUsage.rss());
  }

  /** Exact when it is the most that the process ever had; else the most that was seen. */
  get bytes(): number {
    const now = mostEver();
    if (now > this.#before) return now;
    this.look();
    return this.#seen;
  }
}

function mostEver(): number {
  return process.resourceUsage().maxRSS * 1024;
}
