/** @file What waits for one graph: the most urgent first, as many rows at once as the latency objective allows. */
import { PictorError } from '../../contracts/index.ts';
import { CostModel } from './cost-model.ts';
import type { BatchRules } from './parameters.ts';
import type { Ticket } from './ticket.ts';

/** Rows `from` to `from + count` of what a request brought. */
export interface BatchPart<Input> {
  readonly input: Input;
  readonly from: number;
  readonly count: number;
}

export interface BatchQueueOptions<Input, Output> {
  readonly rules: BatchRules;
  /** Shares the workers with other groups, whatever each asks for. Mostly a model. */
  readonly group: string;
  /** Runs `rows` rows (those of the parts, and more where batches are filled up); resolves with one output for each part. */
  readonly run: (parts: readonly BatchPart<Input>[], rows: number) => Promise<readonly Output[]>;
  /** Puts the outputs of a request that was run in several parts together. */
  readonly join: (outputs: readonly Output[]) => Output;
  readonly onBatch?: (batch: BatchFacts) => void;
}

export interface BatchFacts {
  /** Rows that were sent. */
  readonly rows: number;
  /** Rows that were added to reach an allowed size. */
  readonly padding: number;
  /** How long each of its requests waited, in milliseconds. */
  readonly waitedMs: readonly number[];
  readonly runMs: number;
}

export interface Submission {
  readonly rows: number;
  readonly ticket: Ticket;
  readonly deadline?: number | undefined;
  readonly priority?: number | undefined;
}

interface Item<Input, Output> extends Submission {
  readonly input: Input;
  readonly arrived: number;
  /** Milliseconds from its arrival until it is due: its own, or so many that those who have less go first, but not for ever. */
  readonly patience: number;
  due: number;
  order: number;
  readonly resolve: (output: Output) => void;
  readonly reject: (reason: unknown) => void;
  /** Rows already given to a batch. */
  taken: number;
  /** As many, when its turn began. */
  turnFrom: number;
  /** When its turn began. */
  turnAt: number;
  done: number;
  readonly outputs: { readonly from: number; readonly output: Output }[];
}

type ItemPart<Input, Output> = BatchPart<Input> & { readonly item: Item<Input, Output> };

/** Requests without a deadline come after those with one, but no later than one that had this much time. */
const PATIENCE_MS = 10_000;
/** Requests of more rows take turns of so many, or of a batch: the others need not wait for all of them. */
const TURN_ROWS = 32;
/** Rows of a late batch cost this multiple of what is paid for any batch. */
const WORTHWHILE = 4;

/** One batch, ready to run. */
export interface TakenBatch {
  readonly rows: number;
  readonly estimatedMs: number;
  /** Never rejects: each request hears of its own rows. */
  run(): Promise<void>;
}

/** A queue as the scheduler sees it, whatever it carries. */
export interface WaitingQueue {
  readonly group: string;
  /** Number of requests that wait for a worker, or for the rest of their rows to be taken. */
  readonly waiting: number;
  /** When the most urgent request is due; the queue has one. */
  readonly due: number;
  /** From when on a batch may be taken: now or before, or when the one that is being filled has waited for long enough. */
  readyAt(): number;
  /** The most urgent rows, up to the largest batch; a request that is larger goes in several. Null when nothing waits. */
  take(): TakenBatch | null;
}

export class BatchQueue<Input, Output> implements WaitingQueue {
  readonly group: string;
  readonly cost = new CostModel();
  readonly #options: BatchQueueOptions<Input, Output>;
  readonly #offer: (queue: WaitingQueue) => void;
  readonly #now: () => number;
  readonly #items: Item<Input, Output>[] = [];
  #waitingRows = 0;
  #arrivals = 0;

  constructor(options: BatchQueueOptions<Input, Output>, offer: (queue: WaitingQueue) => void, now: () => number) {
    this.group = options.group;
    this.#options = options;
    this.#offer = offer;
    this.#now = now;
  }

  get waiting(): number {
    return this.#items.length;
  }

  get waitingRows(): number {
    return this.#waitingRows;
  }

  get due(): number {
    return this.#items[0].due;
  }

  /** @throws `batch_too_large`, `batch_queue_full`, and why the ticket ended */
  submit(input: Input, submission: Submission): Promise<Output> {
    const { rows, ticket, deadline, priority } = submission;
    const { maxRequestRows, maxWaitingRows, maxRows } = this.#options.rules;
    if (ticket.ended) return Promise.reject(ticket.ended);
    if (rows > maxRequestRows) return Promise.reject(tooLarge(rows, maxRequestRows));
    if (this.#waitingRows > 0 && this.#waitingRows + rows > maxWaitingRows) {
      return Promise.reject(queueFull(this.#waitingRows, this.cost.estimate(maxRows)));
    }
    const arrived = this.#now();
    return new Promise((resolve, reject) => {
      const item: Item<Input, Output> = {
        rows,
        ticket,
        priority,
        input,
        arrived,
        patience: (deadline ?? arrived + PATIENCE_MS) - arrived,
        due: deadline ?? arrived + PATIENCE_MS,
        order: this.#arrivals++,
        resolve,
        reject,
        taken: 0,
        turnFrom: 0,
        turnAt: arrived,
        done: 0,
        outputs: [],
      };
      this.#waitingRows += rows;
      this.#insert(item);
      ticket.onEnd(() => this.#remove(item));
      this.#offer(this);
    });
  }

  readyAt(): number {
    const { waitMs, maxRows } = this.#options.rules;
    if (waitMs === 0 || this.#waitingRows >= maxRows) return 0;
    let oldest = Number.POSITIVE_INFINITY;
    for (const { arrived } of this.#items) oldest = Math.min(oldest, arrived);
    return oldest + waitMs;
  }

  take(): TakenBatch | null {
    const now = this.#now();
    const parts: ItemPart<Input, Output>[] = [];
    let room = this.#room(now);
    let rows = 0;
    while (room > 0 && this.#items.length > 0) {
      const item = this.#items[0];
      const left = item.rows - item.taken;
      // It fits into a batch of its own.
      if (parts.length > 0 && left > room && !this.#options.rules.splits) break;
      const count = Math.min(room, left);
      parts.push({ item, input: item.input, from: item.taken, count });
      item.taken += count;
      room -= count;
      rows += count;
      if (item.taken === item.rows) this.#items.shift();
      else if (item.taken - item.turnFrom >= Math.max(TURN_ROWS, this.#options.rules.maxRows)) this.#endTurn(now);
    }
    if (parts.length === 0) return null;
    this.#waitingRows -= rows;
    const filled = this.#filled(rows);
    return {
      rows: filled,
      estimatedMs: this.cost.estimate(filled),
      run: () => this.#run(parts, rows, filled),
    };
  }

  /** The rest of the first goes behind all that wait: whatever deadlines they have, each gets its turn. */
  #endTurn(now: number): void {
    const item = this.#items.shift();
    if (!item) return;
    item.turnFrom = item.taken;
    item.turnAt = now;
    item.due = now + item.patience;
    for (const other of this.#items) item.due = Math.max(item.due, other.due);
    item.order = this.#arrivals++;
    this.#insert(item);
  }

  /** Rows of a batch that is filled up to an allowed size. */
  #filled(rows: number): number {
    return this.#options.rules.allowedSizes.find((size) => size >= rows) ?? rows;
  }

  #room(now: number): number {
    const { maxRows, objectiveMs } = this.#options.rules;
    if (objectiveMs === null || !this.cost.isKnown) return maxRows;
    const { perRow, fixed, largest } = this.cost;
    if (perRow === 0) return maxRows;
    let oldest = now;
    for (const { turnAt } of this.#items) oldest = Math.min(oldest, turnAt);
    const inTime = (objectiveMs - (now - oldest) - fixed) / perRow;
    // Where the oldest is late whatever is done, small batches would only make everybody later.
    const late = Math.min((WORTHWHILE * fixed) / perRow, (objectiveMs - fixed) / perRow);
    const rows = inTime * perRow >= fixed ? inTime : late;
    // Two rows have to run together once, or nothing is ever known of the fixed cost.
    const least = largest < 2 ? 2 : 1;
    return Math.min(maxRows, Math.max(least, Math.floor(rows)));
  }

  async #run(parts: readonly ItemPart<Input, Output>[], rows: number, filled: number): Promise<void> {
    const started = this.#now();
    try {
      const outputs = await this.#options.run(parts, filled);
      const runMs = this.#now() - started;
      this.cost.note(filled, runMs);
      for (const [index, part] of parts.entries()) this.#handOut(part, outputs[index]);
      const waitedMs = parts.map(({ item }) => started - item.arrived);
      this.#options.onBatch?.({ rows, padding: filled - rows, waitedMs, runMs });
    } catch (error) {
      if (parts.length > 1 && isFaultOfRequest(error)) return this.#runApart(parts);
      for (const { item } of parts) {
        this.#remove(item);
        item.reject(error);
      }
    }
  }

  /** One of several requests is at fault; the others are to be answered. */
  async #runApart(parts: readonly ItemPart<Input, Output>[]): Promise<void> {
    for (const part of parts) {
      if (!part.item.ticket.ended) await this.#run([part], part.count, this.#filled(part.count));
    }
  }

  #handOut({ item, from, count }: ItemPart<Input, Output>, output: Output): void {
    item.done += count;
    item.outputs.push({ from, output });
    if (item.done < item.rows) return;
    if (item.outputs.length === 1) {
      item.resolve(output);
      return;
    }
    item.outputs.sort((a, b) => a.from - b.from);
    item.resolve(this.#options.join(item.outputs.map((part) => part.output)));
  }

  #insert(item: Item<Input, Output>): void {
    let at = this.#items.length;
    while (at > 0 && isBefore(item, this.#items[at - 1])) at--;
    this.#items.splice(at, 0, item);
  }

  /** Rows of a failed or ended request that still wait are not run. */
  #remove(item: Item<Input, Output>): void {
    const at = this.#items.indexOf(item);
    if (at < 0) return;
    this.#items.splice(at, 1);
    this.#waitingRows -= item.rows - item.taken;
  }
}

type Urgency = Pick<Item<never, never>, 'taken' | 'turnFrom' | 'priority' | 'due' | 'order'>;

function isBefore(a: Urgency, b: Urgency): boolean {
  // A turn that has begun is ended first: half an answer helps nobody.
  if (b.taken > b.turnFrom) return false;
  const byPriority = (b.priority ?? 0) - (a.priority ?? 0);
  if (byPriority !== 0) return byPriority < 0;
  return a.due === b.due ? a.order < b.order : a.due < b.due;
}

/** Of what it sent, not of the server. */
function isFaultOfRequest(error: unknown): boolean {
  return error instanceof PictorError && error.code === 'run_failed';
}

function tooLarge(rows: number, most: number): PictorError {
  return new PictorError(
    'batch_too_large',
    `A request of ${rows} rows is larger than the largest that is taken, of ${most}.`,
    {
      details: { rows, maxBatchSize: most },
    },
  );
}

function queueFull(waiting: number, batchMs: number): PictorError {
  return new PictorError('batch_queue_full', `${waiting} rows wait already, and no more may.`, {
    details: { retryAfterSeconds: Math.max(1, Math.ceil(batchMs / 1000)) },
  });
}
