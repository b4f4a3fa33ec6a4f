/** @file The queues of one graph: requests that can run together share one. */
import type { TensorValue } from '../../contracts/index.ts';
import type { LoadedModel } from '../../runtime/index.ts';
import type { BatchFacts, BatchPart, BatchQueue, Submission } from '../batching/batch-queue.ts';
import type { BatchScheduler } from '../batching/batch-scheduler.ts';
import type { BatchRules } from '../batching/parameters.ts';
import type { GraphFeeds } from '../signatures/feeds.ts';
import type { GraphOutputs } from '../signatures/outputs.ts';
import type { RowRule } from '../signatures/served.ts';
import { joinRows, padded, product, sliceRows } from '../tensors.ts';
import type { RunGuard } from './run-guard.ts';

/** When a request's batch ran, filled in when it does. */
export interface RunTimes {
  startedAt: number;
  computeMs: number;
}

interface Work {
  readonly feeds: GraphFeeds;
  /** Outputs of the graph that are wanted. */
  readonly nodes: readonly string[];
  readonly times: RunTimes;
  /** All of its rows ran together and alone: what came out is its answer, whatever the graph does with rows. */
  ranWhole: boolean;
}

type Lane = BatchQueue<Work, GraphOutputs>;
type Part = BatchPart<Work>;

export interface LaneContext {
  readonly scheduler: BatchScheduler;
  readonly group: string;
  readonly guard: RunGuard;
  /** @param rowBytes of one row of input */
  readonly rules: (rowBytes: number) => BatchRules;
  readonly onBatch: (batch: BatchFacts & { readonly computeMs: number }) => void;
}

/** Lanes that are remembered. Shapes come from requests, so there may be any number of them. */
const MAX_LANES = 32;
const ALONE = 'alone';

export class GraphLanes {
  readonly #model: LoadedModel;
  readonly #context: LaneContext;
  /** Whether rows of different inner shapes run together. */
  readonly #pads: boolean;
  /** In the order of their last use. */
  readonly #lanes = new Map<string, Lane>();
  /** False once the graph's rows turned out not to be its samples, whatever its signatures say. */
  #isBatchable = true;
  #computeMs = 0;

  constructor(model: LoadedModel, context: LaneContext) {
    this.#model = model;
    this.#context = context;
    this.#pads = context.rules(1).pads;
  }

  async run(
    feeds: GraphFeeds,
    nodes: readonly string[],
    rule: RowRule,
    submission: Submission & { readonly times: RunTimes },
  ): Promise<GraphOutputs> {
    const { times } = submission;
    const alone = rule === 'none' || (rule === 'free' && !this.#isBatchable);
    const key = alone ? ALONE : keyOf(feeds, this.#pads);
    const lane = this.#lane(key, feeds, rule === 'single');
    const work: Work = { feeds, nodes, times, ranWhole: false };
    const outputs = await lane.submit(work, alone ? { ...submission, rows: 1 } : submission);
    // What turned out meanwhile holds for this request, too: its rows may have been divided among batches.
    if (rule === 'free' && !alone && !this.#isBatchable && !work.ranWhole)
      return this.run(feeds, nodes, rule, submission);
    return outputs;
  }

  /** Milliseconds that a row takes, over all lanes; 0 until one has run. */
  get msPerRow(): number {
    let most = 0;
    for (const { cost } of this.#lanes.values()) most = Math.max(most, cost.perRow);
    return most;
  }

  /** Once, beside all queues: what the graph gives for these feeds. */
  async runNow(feeds: GraphFeeds): Promise<GraphOutputs> {
    return (await this.#model.run(feeds)).outputs;
  }

  close(): Promise<void> {
    return this.#model.close();
  }

  #lane(key: string, feeds: GraphFeeds, single: boolean): Lane {
    const known = this.#lanes.get(key);
    this.#lanes.delete(key);
    const lane = known ?? this.#newLane(key, feeds, single);
    this.#lanes.set(key, lane);
    if (this.#lanes.size <= MAX_LANES) return lane;
    for (const [name, { waiting }] of this.#lanes) {
      if (waiting > 0) continue;
      this.#lanes.delete(name);
      break;
    }
    return lane;
  }

  #newLane(key: string, feeds: GraphFeeds, single: boolean): Lane {
    const { scheduler, group, rules, onBatch } = this.#context;
    const own = rules(key === ALONE ? 1 : rowBytes(feeds));
    const oneByOne = { ...own, maxRows: 1, splits: true, maxRequestRows: own.maxWaitingRows, allowedSizes: [] };
    return scheduler.createQueue<Work, GraphOutputs>({
      rules: key === ALONE || single ? oneByOne : own,
      group,
      run: (parts, rows) => (key === ALONE ? this.#runAlone(parts) : this.#runRows(parts, rows)),
      join: (outputs) => (single || this.#isBatchable ? joinOutputs(outputs) : outputs[0]),
      onBatch: (facts) => onBatch({ ...facts, computeMs: this.#computeMs }),
    });
  }

  async #runAlone(parts: readonly Part[]): Promise<GraphOutputs[]> {
    const outputs: GraphOutputs[] = [];
    for (const part of parts) outputs.push(await this.#ask(part.input.feeds, part.input.nodes, [part]));
    return outputs;
  }

  async #runRows(parts: readonly Part[], rows: number): Promise<GraphOutputs[]> {
    const nodes = [...new Set(parts.flatMap(({ input }) => input.nodes))];
    const [{ input: first, from }] = parts;
    const isWhole = parts.length === 1 && from === 0 && parts[0].count === rows && rowsOf(first.feeds) === rows;
    first.ranWhole = isWhole;
    const outputs = await this.#ask(packed(parts, rows), nodes, parts);
    for (const { shape } of outputs.values()) {
      if (shape[0] === rows) continue;
      this.#isBatchable = false;
      return parts.map(() => outputs);
    }
    if (isWhole) return [outputs];
    let at = 0;
    return parts.map(({ input, count }) => {
      at += count;
      return new Map(input.nodes.map((node) => [node, sliceRows(outputs.get(node)!, at - count, count)]));
    });
  }

  async #ask(feeds: GraphFeeds, nodes: readonly string[], parts: readonly Part[]): Promise<GraphOutputs> {
    const { guard } = this.#context;
    guard.check();
    const startedAt = performance.now();
    try {
      const { outputs, computeMs } = await this.#model.run(feeds, nodes);
      for (const { input } of parts) Object.assign(input.times, { startedAt, computeMs });
      this.#computeMs = computeMs;
      return outputs;
    } catch (error) {
      guard.note(error);
      throw error;
    }
  }
}

/** Types and inner shapes of everything that goes in; with `pads` only how many dimensions these have. */
function keyOf(feeds: GraphFeeds, pads: boolean): string {
  let key = '';
  for (const [node, { tensor, scale }] of feeds) {
    key += `${node}:${tensor.dtype}${scale ? '*' : ''}[${pads ? tensor.shape.length : tensor.shape.slice(1)}];`;
  }
  return key;
}

function rowsOf(feeds: GraphFeeds): number {
  for (const { tensor } of feeds.values()) return tensor.shape[0];
  return 0;
}

/** Texts count as little: what is long is decoded before it gets here. */
function rowBytes(feeds: GraphFeeds): number {
  let bytes = 0;
  for (const { tensor } of feeds.values()) {
    bytes += product(tensor.shape.slice(1)) * (tensor.dtype === 'DT_STRING' ? 64 : tensor.data.BYTES_PER_ELEMENT);
  }
  return Math.max(1, bytes);
}

function packed(parts: readonly Part[], rows?: number): GraphFeeds {
  const [{ input }] = parts;
  const pack = (node: string) => {
    const tensors = padded(parts.map(({ input: { feeds } }) => feeds.get(node)!.tensor));
    return joinRows(
      parts.map(({ from, count }, index) => ({ tensor: tensors[index], from, count })),
      rows,
    );
  };
  return new Map(Array.from(input.feeds, ([node, feed]) => [node, { ...feed, tensor: pack(node) }]));
}

function joinOutputs(outputs: readonly GraphOutputs[]): GraphOutputs {
  const [first] = outputs;
  const joined = (node: string): TensorValue =>
    joinRows(
      outputs.map((part) => {
        const tensor = part.get(node)!;
        return { tensor, from: 0, count: tensor.shape[0] };
      }),
    );
  return new Map(Array.from(first.keys(), (node) => [node, joined(node)]));
}
