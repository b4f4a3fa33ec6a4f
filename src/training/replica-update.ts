/** @file A replica's update of its shard of the parameters: the optimizer, range by range and tile by tile. */
import { clipScale, sumOfSquares, type UpdateRange, type UpdateScalar, updateRanges } from '../nn/index.ts';
import { openSession, type Session, type Tensor } from '../runtime/index.ts';
import type { ReplicaSetup } from './replica.ts';
import { type NamedTensors, type ReplicaMemory, scalar, vector } from './replica-memory.ts';

/** Number of elements that the optimizer updates at once: small enough for its operands to stay in the cache. */
const TILE = 1 << 17;

export class UpdateStep {
  readonly #setup: ReplicaSetup;
  readonly #memory: ReplicaMemory;
  readonly #waitForAll: () => void;
  /** Of this replica's shard: what has one decay and is clipped by one norm. */
  readonly #ranges: readonly UpdateRange[];
  readonly #norms: number;
  /** One for each replica: where its gradients are copied to, out of shared memory. */
  readonly #tiles: readonly Float32Array[];
  #session!: Session;

  /** @param waitForAll returns when every replica has called it */
  constructor(setup: ReplicaSetup, memory: ReplicaMemory, waitForAll: () => void) {
    const { layout, optimizer, replicas } = setup;
    this.#setup = setup;
    this.#memory = memory;
    this.#waitForAll = waitForAll;
    const trained = layout.slices.filter(({ offset }) => offset < layout.trainable);
    const { ranges, norms } = updateRanges(optimizer, trained);
    const [first, last] = memory.shard;
    this.#ranges = ranges
      .map((range) => ({ ...range, start: Math.max(range.start, first), end: Math.min(range.end, last) }))
      .filter(({ start, end }) => start < end);
    this.#norms = norms;
    const size = Math.min(TILE, layout.trainable);
    this.#tiles = Array.from({ length: replicas }, () => new Float32Array(size));
  }

  async open(): Promise<void> {
    this.#session = await openSession(this.#setup.updateModel, {
      optimization: 'basic',
      threads: this.#setup.threads,
    });
  }

  /**
   * After all replicas have offered their gradients.
   * @param step number of this update, 1 in the first
   */
  async run(step: number, learningRate: number): Promise<void> {
    const { parameters, sharedParameters, shard } = this.#memory;
    const squares = this.#squaredNorms();
    const common = { step: scalar(step), learningRate: scalar(learningRate) };
    for (const range of this.#ranges) {
      const scalars = this.#scalars(common, range, squares);
      for (let at = range.start; at < range.end; at += TILE) {
        await this.#updateTile(at, Math.min(range.end, at + TILE), scalars);
      }
    }
    const [start, end] = shard;
    if (this.#setup.replicas > 1) sharedParameters.set(parameters.subarray(start, end), start);
  }

  /** Of the whole gradient: every replica adds up its shard, and all are added in the replicas' order. */
  #squaredNorms(): Float64Array {
    const squares = new Float64Array(this.#norms);
    if (this.#norms === 0) return squares;
    const { index } = this.#setup;
    const { gradients, sharedGradients, sharedNorms } = this.#memory;
    // A replica's own row of shared memory lacks what it updates itself.
    const rows = sharedGradients.map((row, replica) => (replica === index ? gradients : row));
    const own = sharedNorms[index].fill(0);
    for (const { start, end, norm } of this.#ranges) if (norm !== null) own[norm] += sumOfSquares(rows, start, end);
    this.#waitForAll();
    for (const row of sharedNorms) for (let norm = 0; norm < this.#norms; norm++) squares[norm] += row[norm];
    return squares;
  }

  /** Those that the update takes. */
  #scalars(
    common: Readonly<Record<'step' | 'learningRate', Tensor>>,
    { weightDecay, norm }: UpdateRange,
    squares: Float64Array,
  ): NamedTensors {
    const { optimizer, scalars } = this.#setup;
    const scale = norm !== null && optimizer.clip ? clipScale(optimizer.clip, squares[norm]) : 1;
    const values: Readonly<Record<UpdateScalar, Tensor>> = {
      ...common,
      weightDecay: scalar(weightDecay),
      gradientScale: scalar(scale),
    };
    return Object.fromEntries(scalars.map((name) => [name, values[name]]));
  }

  async #updateTile(at: number, to: number, scalars: NamedTensors): Promise<void> {
    const { index, replicas, slots } = this.#setup;
    const memory = this.#memory;
    const [start] = memory.shard;
    const parameters = vector(memory.parameters.subarray(at, to));
    const inputs: Record<string, Tensor> = { parameters, ...scalars };
    const outputs: Record<string, Tensor> = { newParameters: parameters };
    for (let replica = 0; replica < replicas; replica++) {
      const own = replica === index;
      inputs[`gradient${replica}`] = vector(own ? memory.gradients.subarray(at, to) : this.#tile(replica, at, to));
    }
    slots.forEach(({ name }, slot) => {
      const part = vector(memory.slots[slot].subarray(at - start, to - start));
      inputs[name] = part;
      outputs[`new:${name}`] = part;
    });
    await this.#session.run(inputs, outputs);
  }

  #tile(replica: number, at: number, to: number): Float32Array {
    const tile = this.#tiles[replica].subarray(0, to - at);
    tile.set(this.#memory.sharedGradients[replica].subarray(at, to));
    return tile;
  }
}
