/** @file What replicas tell each other in a step, in an order that is always the same, so that results repeat bit for bit. */
import { SharedBarrier } from '../runtime/index.ts';
import { FLAG, type ReplicaSetup, STOP, type TrainAnswer } from './replica.ts';
import type { PortionResult } from './replica-gradients.ts';
import type { ReplicaMemory } from './replica-memory.ts';

const RESULTS = 2;

export class Exchange {
  readonly #setup: ReplicaSetup;
  readonly #memory: ReplicaMemory;
  readonly #barrier: SharedBarrier;
  readonly #flags: Int32Array;
  readonly #results: Float64Array;

  constructor(setup: ReplicaSetup, memory: ReplicaMemory) {
    this.#setup = setup;
    this.#memory = memory;
    this.#barrier = new SharedBarrier(setup.shared.barrier, setup.replicas);
    this.#flags = new Int32Array(setup.shared.flags);
    this.#results = new Float64Array(setup.shared.stepResults);
  }

  /** Waits until all replicas are here. */
  wait(): void {
    this.#barrier.wait();
  }

  /** The same; what there is to do meanwhile is done unless all are here already. */
  waitWhile(work: () => void): void {
    const arrival = this.#barrier.arrive();
    if (!this.#barrier.isPassed(arrival)) work();
    this.#barrier.waitFor(arrival);
  }

  /** Offers what this replica computed; others see it after the barrier. */
  offer({ loss, correct }: PortionResult): void {
    const { index, replicas } = this.#setup;
    this.#results[index * RESULTS] = loss;
    this.#results[index * RESULTS + 1] = correct;
    if (index === 0) this.#decideToStop();
    if (replicas === 1) return;
    // Others need the parts of the gradients that they update.
    const { shard, sharedGradients, gradients } = this.#memory;
    const [start, end] = shard;
    const row = sharedGradients[index];
    row.set(gradients.subarray(0, start), 0);
    row.set(gradients.subarray(end), end);
  }

  /** Loss, the mean over the batch's images, and correct answers of the whole step. */
  total(): PortionResult {
    let loss = 0;
    let correct = 0;
    for (let replica = 0; replica < this.#setup.replicas; replica++) {
      loss += this.#results[replica * RESULTS];
      correct += this.#results[replica * RESULTS + 1];
    }
    return { loss, correct };
  }

  /** What the first replica decided before the barrier: whatever it is, all see the same. */
  decision(): TrainAnswer['stopped'] {
    return Atomics.load(this.#flags, FLAG.stop) as TrainAnswer['stopped'];
  }

  /** Every replica goes on with the mean of the new states, weighted by the images that each saw. */
  takeState(count: number): void {
    const { parameters, sharedStates } = this.#memory;
    const { state, total } = this.#setup.layout;
    for (let i = state; i < total; i++) {
      let sum = 0;
      for (const row of sharedStates) sum += row[i - state];
      parameters[i] = sum / count;
    }
  }

  /** Takes what others updated, once all have. */
  takeOtherShards(): void {
    if (this.#setup.replicas === 1) return;
    const { parameters, sharedParameters, shard } = this.#memory;
    const [start, end] = shard;
    parameters.set(sharedParameters.subarray(0, start), 0);
    parameters.set(sharedParameters.subarray(end, this.#setup.layout.trainable), end);
  }

  #decideToStop(): void {
    if (Atomics.load(this.#flags, FLAG.stopRequested)) Atomics.store(this.#flags, FLAG.stop, STOP.requested);
    else if (Atomics.load(this.#flags, FLAG.pauseRequested)) Atomics.store(this.#flags, FLAG.stop, STOP.paused);
  }
}
