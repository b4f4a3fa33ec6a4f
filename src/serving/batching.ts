/** @file Work-conserving batches: whatever queued while every worker was busy runs together; nothing waits for company. */

/** Runs `count` rows, packed in `input`, which is given away. Resolves with as many packed rows of output. */
export type BatchRunner = (input: Float32Array, count: number) => Promise<Float32Array>;

export interface BatchQueueOptions {
  readonly run: BatchRunner;
  /** Numbers in one row of input. */
  readonly rowLength: number;
  /** Most rows in one batch. */
  readonly maxBatch: number;
}

interface Item {
  readonly input: Float32Array;
  readonly count: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (output: Float32Array) => void;
  readonly reject: (reason: unknown) => void;
  /** Rows already given to a batch. */
  taken: number;
  done: number;
  output: Float32Array | null;
}

/** Rows `from` to `from + count` of an item. */
interface Part {
  readonly item: Item;
  readonly from: number;
  readonly count: number;
}

/** Shares the workers among the queues of all loaded models, one batch each in turn. */
export class BatchScheduler {
  readonly #concurrency: number;
  readonly #queues: BatchQueue[] = [];
  #running = 0;

  /** @param concurrency number of workers: so many batches run at once */
  constructor(concurrency: number) {
    this.#concurrency = Math.max(1, concurrency);
  }

  createQueue(options: BatchQueueOptions): BatchQueue {
    return new BatchQueue(options, (queue) => this.#offer(queue));
  }

  #offer(queue: BatchQueue): void {
    if (!this.#queues.includes(queue)) this.#queues.push(queue);
    this.#pump();
  }

  #pump(): void {
    while (this.#running < this.#concurrency) {
      const queue = this.#queues.shift();
      if (!queue) return;
      const batch = queue.takeBatch();
      if (queue.waiting > 0) this.#queues.push(queue);
      if (batch.length === 0) continue;
      this.#running++;
      void queue.runBatch(batch).finally(() => {
        this.#running--;
        this.#pump();
      });
    }
  }
}

/** What waits for one model. */
export class BatchQueue {
  readonly #options: BatchQueueOptions;
  readonly #offer: (queue: BatchQueue) => void;
  readonly #items: Item[] = [];
  #secondsPerRow = 0;

  constructor(options: BatchQueueOptions, offer: (queue: BatchQueue) => void) {
    this.#options = options;
    this.#offer = offer;
  }

  /** Number of requests that wait for a worker, or for the rest of their rows to be taken. */
  get waiting(): number {
    return this.#items.length;
  }

  /** Mean over the last batches; 0 until one has run. */
  get secondsPerRow(): number {
    return this.#secondsPerRow;
  }

  /**
   * @param input `count` packed rows; given away
   * @param signal when it is aborted before the rows run, they never do
   * @returns `count` packed rows of output
   */
  submit(input: Float32Array, count: number, signal?: AbortSignal): Promise<Float32Array> {
    if (count === 0) return Promise.resolve(new Float32Array());
    return new Promise((resolve, reject) => {
      this.#items.push({ input, count, signal, resolve, reject, taken: 0, done: 0, output: null });
      this.#offer(this);
    });
  }

  /** Oldest rows first, up to the largest batch; a request that is larger goes in several. */
  takeBatch(): Part[] {
    const parts: Part[] = [];
    let room = this.#options.maxBatch;
    while (room > 0 && this.#items.length > 0) {
      const item = this.#items[0];
      if (item.signal?.aborted) {
        this.#items.shift();
        item.reject(item.signal.reason);
        continue;
      }
      const count = Math.min(room, item.count - item.taken);
      parts.push({ item, from: item.taken, count });
      item.taken += count;
      room -= count;
      if (item.taken === item.count) this.#items.shift();
    }
    return parts;
  }

  /** Never rejects: each request hears of its own rows. */
  async runBatch(parts: readonly Part[]): Promise<void> {
    const rows = parts.reduce((sum, part) => sum + part.count, 0);
    const started = performance.now();
    try {
      const output = await this.#options.run(this.#pack(parts, rows), rows);
      this.#noteDuration((performance.now() - started) / 1000 / rows);
      this.#handOut(parts, output, output.length / rows);
    } catch (error) {
      for (const { item } of parts) {
        this.#forget(item);
        item.reject(error);
      }
    }
  }

  #pack(parts: readonly Part[], rows: number): Float32Array {
    const { rowLength } = this.#options;
    const [{ item, count }] = parts;
    if (parts.length === 1 && count === item.count) return item.input;
    const packed = new Float32Array(rows * rowLength);
    let at = 0;
    for (const part of parts) {
      const { input } = part.item;
      packed.set(input.subarray(part.from * rowLength, (part.from + part.count) * rowLength), at);
      at += part.count * rowLength;
    }
    return packed;
  }

  #handOut(parts: readonly Part[], output: Float32Array, width: number): void {
    let at = 0;
    for (const { item, from, count } of parts) {
      const rows = output.subarray(at, at + count * width);
      at += count * width;
      item.output ??= new Float32Array(item.count * width);
      item.output.set(rows, from * width);
      item.done += count;
      if (item.done === item.count) item.resolve(item.output);
    }
  }

  /** Rows of a failed request that still wait are not run. */
  #forget(item: Item): void {
    const at = this.#items.indexOf(item);
    if (at >= 0) this.#items.splice(at, 1);
  }

  #noteDuration(seconds: number): void {
    this.#secondsPerRow = this.#secondsPerRow === 0 ? seconds : 0.8 * this.#secondsPerRow + 0.2 * seconds;
  }
}
