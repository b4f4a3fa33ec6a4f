/** @file One replica: its steps through an epoch, and its weights as others ask for them. */
import type { Split } from '../contracts/index.ts';
import { hasDiverged } from './divergence.ts';
import {
  portionOf,
  type ReplicaSetup,
  rateOfStep,
  type SplitResult,
  STOP,
  type StepEvent,
  type TrainAnswer,
  type TrainCall,
} from './replica.ts';
import { EvaluationStep } from './replica-evaluation.ts';
import { Exchange } from './replica-exchange.ts';
import { GradientSteps } from './replica-gradients.ts';
import type { Portion } from './replica-inputs.ts';
import { ReplicaMemory } from './replica-memory.ts';
import { UpdateStep } from './replica-update.ts';

const EVENT_INTERVAL_MS = 150;

export class Replica {
  readonly #setup: ReplicaSetup;
  readonly #say: (event: StepEvent) => void;
  readonly #memory: ReplicaMemory;
  readonly #gradients: GradientSteps;
  readonly #exchange: Exchange;
  readonly #update: UpdateStep;
  readonly #evaluation: EvaluationStep;

  constructor(setup: ReplicaSetup, say: (event: StepEvent) => void) {
    this.#setup = setup;
    this.#say = say;
    this.#memory = new ReplicaMemory(setup);
    this.#gradients = new GradientSteps(setup, this.#memory);
    this.#exchange = new Exchange(setup, this.#memory);
    this.#update = new UpdateStep(setup, this.#memory, () => this.#exchange.wait());
    this.#evaluation = new EvaluationStep(setup, this.#memory);
  }

  async open(): Promise<void> {
    await this.#gradients.open();
    await this.#update.open();
    await this.#evaluation.open();
  }

  /** Runs steps of an epoch in the shared order, to the last or until all replicas agree to stop. */
  async train({ epoch, from, to, updates, rates, sums }: TrainCall): Promise<TrainAnswer> {
    const { index } = this.#setup;
    const total = { ...sums };
    let said = performance.now();
    for (let step = from; step < to; step++) {
      const portion = this.#portion(epoch, step);
      const { count } = portion;
      this.#exchange.offer(await this.#gradients.compute(portion));
      // Whoever is first reads its next pictures instead of waiting.
      this.#exchange.waitWhile(() => {
        if (step + 1 < to) this.#gradients.prepare(this.#portion(epoch, step + 1));
      });
      const { loss, correct } = this.#exchange.total();
      if (hasDiverged(loss, total.firstLoss)) return { step, stopped: STOP.diverged, sums: total };
      const decision = this.#exchange.decision();
      if (decision === STOP.requested) return { step, stopped: decision, sums: total };
      total.lossSum += loss * count;
      total.correct += correct;
      total.seen += count;
      total.firstLoss ??= loss;
      total.lastLoss = loss;
      this.#exchange.takeState(count);
      await this.#update.run(updates + step + 1, rateOfStep(rates, updates + step));
      this.#exchange.wait();
      this.#exchange.takeOtherShards();
      if (decision === STOP.paused) return { step: step + 1, stopped: decision, sums: total };
      if (index === 0 && performance.now() - said >= EVENT_INTERVAL_MS) {
        said = performance.now();
        this.#say({ step: step + 1, ...total });
      }
    }
    return { step: to, stopped: STOP.none, sums: total };
  }

  /** @param step counted from 0 in each epoch */
  #portion(epoch: number, step: number): Portion {
    const { batchSize, index, replicas } = this.#setup;
    const { order } = this.#memory;
    const start = step * batchSize;
    const count = Math.min(batchSize, order.length - start);
    const [first, end] = portionOf(index, replicas, count);
    return { indices: order.subarray(start + first, start + end), count, epoch, stream: `${epoch}/${step}/${index}` };
  }

  evaluate(split: Split, start: number, end: number): Promise<SplitResult> {
    return this.#evaluation.run(split, start, end);
  }

  /** Copies. */
  parameters(): Float32Array {
    return this.#memory.parameters.slice();
  }

  /** Those of its portion of the last batch. */
  gradients(): Float32Array {
    return this.#memory.gradients.slice();
  }

  slots(): Float32Array[] {
    return this.#memory.slots.map((slot) => slot.slice());
  }

  restore(parameters: Float32Array, slots?: readonly Float32Array[]): void {
    this.#memory.parameters.set(parameters);
    slots?.forEach((values, slot) => {
      this.#memory.slots[slot].set(values);
    });
  }
}
