/** @file A replica's update of its shard of the parameters: the optimizer, tile by tile. */
import { openSession, type Session, type Tensor } from '../runtime/index.ts';
import type { ReplicaSetup } from './replica.ts';
import { type ReplicaMemory, scalar, vector } from './replica-memory.ts';

/** Number of elements that the optimizer updates at once: small enough for its operands to stay in the cache. */
const TILE = 1 << 17;

export class UpdateStep {
  readonly #setup: ReplicaSetup;
  readonly #memory: ReplicaMemory;
  /** One for each replica: where its gradients are copied to, out of shared memory. */
  readonly #tiles: readonly Float32Array[];
  #session!: Session;

  constructor(setup: ReplicaSetup, memory: ReplicaMemory) {
    this.#setup = setup;
    this.#memory = memory;
    const size = Math.min(TILE, setup.layout.trainable);
    this.#tiles = Array.from({ length: setup.replicas }, () => new Float32Array(size));
  }

  async open(): Promise<void> {
    this.#session = await openSession(this.#setup.updateModel, { optimization: 'basic' });
  }

  /** @param step number of this update, 1 in the first */
  async run(step: number, learningRate: number): Promise<void> {
    const { index, replicas, slots } = this.#setup;
    const memory = this.#memory;
    const [start, end] = memory.shard;
    const scalars = { step: scalar(step), learningRate: scalar(learningRate) };
    for (let at = start; at < end; at += TILE) {
      const to = Math.min(end, at + TILE);
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
    if (replicas > 1) memory.sharedParameters.set(memory.parameters.subarray(start, end), start);
  }

  #tile(replica: number, at: number, to: number): Float32Array {
    const tile = this.#tiles[replica].subarray(0, to - at);
    tile.set(this.#memory.sharedGradients[replica].subarray(at, to));
    return tile;
  }
}
