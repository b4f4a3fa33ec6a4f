/** @file One version, loaded: its signatures, its queues, and who is using it. */
import { PictorError, type TensorValue } from '../../contracts/index.ts';
import type { InferencePool } from '../../runtime/index.ts';
import type { BatchScheduler } from '../batching/batch-scheduler.ts';
import { type BatchingParameters, rulesOf } from '../batching/parameters.ts';
import type { VersionNumber } from '../models/version-status.ts';
import { pixelFeed } from '../signatures/feeds.ts';
import { pictureBytes } from '../signatures/row-bytes.ts';
import type { RunFacts } from '../telemetry/observer.ts';
import { product } from '../tensors.ts';
import { GraphLanes, type LaneContext } from './graph-lanes.ts';
import { RunGuard } from './run-guard.ts';
import type { Servable } from './servable.ts';

/** Input of one batch; a batch of large pictures has fewer of them. */
const MAX_BATCH_BYTES = 64 * 1024 * 1024;

export class LoadedVersion {
  readonly name: string;
  readonly version: VersionNumber;
  readonly servable: Servable;
  /** For evicting what was not used for longest: counts upwards. */
  lastUsed = 0;
  /** By the clock of `performance.now()`. */
  lastUsedAt = 0;
  /** Rows that were let in and are not answered yet. */
  pending = 0;
  /** What was let in, as admission counts it. */
  readonly admitted = { rows: 0, bytes: 0, hasLarge: false };
  readonly #lanes: ReadonlyMap<string, GraphLanes>;
  #users = 0;
  #closing: (() => void) | undefined;

  constructor(name: string, version: VersionNumber, servable: Servable, lanes: ReadonlyMap<string, GraphLanes>) {
    this.name = name;
    this.version = version;
    this.servable = servable;
    this.#lanes = lanes;
  }

  graph(name: string): GraphLanes {
    return this.#lanes.get(name)!;
  }

  /** Seconds that what is pending may take. */
  get secondsPending(): number {
    const slowest = Math.max(0, ...[...this.#lanes.values()].map((lanes) => lanes.msPerRow));
    return (this.pending * slowest) / 1000;
  }

  get inUse(): boolean {
    return this.#users > 0;
  }

  /** Keeps the version open until the returned function is called. */
  hold(): () => void {
    this.#users++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#users--;
      if (this.#users === 0) this.#closing?.();
    };
  }

  /** Waits until nobody holds the version, then frees it. */
  async close(): Promise<void> {
    if (this.#users > 0) await new Promise<void>((resolve) => (this.#closing = resolve));
    await Promise.all([...this.#lanes.values()].map((lanes) => lanes.close()));
  }
}

export interface LoadContext {
  readonly pool: InferencePool;
  readonly scheduler: BatchScheduler;
  /** Most rows in one run of a graph. */
  readonly maxBatch: number;
  readonly objectiveMs: number;
  /** Of the tensors of one request. Default: no bound. */
  readonly maxRequestBytes?: number;
  /** TensorFlow Serving's, in place of the two above; null: none. */
  readonly batching: BatchingParameters | null;
  readonly onRun?: (facts: RunFacts) => void;
  /** The version is not run any more, because its runs do not end; called once for each. */
  readonly onBroken?: (error: PictorError) => void;
}

/**
 * Loads what was opened into all workers, and answers one black picture where it takes pictures, so that what is loaded
 * can be served.
 * @throws `model_broken`
 */
export async function loadServable(
  context: LoadContext,
  name: string,
  version: VersionNumber,
  servable: Servable,
): Promise<LoadedVersion> {
  const { pool, scheduler, maxBatch, objectiveMs, batching, onRun, onBroken } = context;
  const lanes = new Map<string, GraphLanes>();
  const loaded = new LoadedVersion(name, version, servable, lanes);
  const guard = new RunGuard(`Version ${version} of model "${name}"`, (error) => onBroken?.(error));
  const rules = (rowBytes: number) => {
    const most = Math.max(1, Math.floor(MAX_BATCH_BYTES / rowBytes));
    return rulesOf(batching, objectiveMs, batching ? most : Math.min(maxBatch, most));
  };
  try {
    for (const [graph, source] of servable.graphs) {
      const onBatch: LaneContext['onBatch'] = (batch) => onRun?.({ model: name, version, ...batch });
      lanes.set(graph, new GraphLanes(await pool.load(source), { scheduler, group: name, guard, rules, onBatch }));
    }
    await tryOnce(loaded, context.maxRequestBytes ?? Number.POSITIVE_INFINITY);
    return loaded;
  } catch (error) {
    await loaded.close();
    if (error instanceof PictorError && error.code === 'model_broken') throw error;
    const reason = `its graph does not run: ${error instanceof Error ? error.message : error}`;
    throw broken(name, version, reason, error);
  }
}

async function tryOnce(loaded: LoadedVersion, maxBytes: number): Promise<void> {
  const { servable, name, version } = loaded;
  const { picture, labels } = servable;
  if (!picture) return;
  const { plan, node } = picture;
  const bytes = pictureBytes(picture.picture);
  if (bytes > maxBytes) {
    throw broken(
      name,
      version,
      `one picture takes ${bytes} bytes, and a request may have ${maxBytes} (PICTOR_MAX_PENDING_BYTES)`,
    );
  }
  const black = new Float32Array(product(picture.picture.shape));
  const feeds = new Map([[picture.picture.node, pixelFeed(picture.picture, black, 1)]]);
  const outputs = await loaded.graph(plan.graph).runNow(feeds);
  checkAnswer(outputs.get(node), labels, name, version);
  for (const other of servable.plans.values()) {
    for (const output of Object.values(other.outputs)) {
      if (other.graph !== plan.graph || outputs.has(output.node)) continue;
      throw broken(name, version, `its graph has no output ${output.node}`);
    }
  }
}

function checkAnswer(
  answer: TensorValue | undefined,
  labels: readonly string[],
  name: string,
  version: VersionNumber,
): void {
  const shape = answer?.shape ?? [];
  const classes = shape.at(-1);
  if (shape.length === 2 && shape[0] === 1 && (labels.length === 0 || classes === labels.length)) return;
  throw broken(name, version, `it gives [${shape}] for one picture; there are ${labels.length} labels`);
}

function broken(name: string, version: VersionNumber, reason: string, cause?: unknown): PictorError {
  return new PictorError('model_broken', `Version ${version} of model "${name}" cannot be served: ${reason}.`, {
    cause,
  });
}
