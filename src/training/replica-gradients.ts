/** @file A replica's gradients of its portion of a batch, computed in one piece or added up over several. */
import { STATE_PREFIX } from '../nn/index.ts';
import { portionOf, type ReplicaSetup } from './replica.ts';
import { openSizedStep, type SizedStep } from './replica-batch.ts';
import { type Portion, StepInputs } from './replica-inputs.ts';
import { gradientTensorsIn, type NamedTensors, type ReplicaMemory, tensorsIn } from './replica-memory.ts';

export interface PortionResult {
  /** Already weighted by 1 / images of the whole batch. */
  readonly loss: number;
  readonly correct: number;
}

export class GradientSteps {
  readonly #setup: ReplicaSetup;
  readonly #memory: ReplicaMemory;
  readonly #inputs: StepInputs;
  readonly #steps = new Map<number, SizedStep>();
  /** New state of one piece, and its sum over the portion's pieces, each times its number of images. */
  readonly #state: Float32Array;
  readonly #stateTensors: NamedTensors;
  readonly #stateSum: Float64Array;
  /** Stream of the portion whose first inputs are filled in. */
  #prepared: string | null = null;
  /** Gradients of a further piece; made when a portion first has several. */
  #further: { readonly vector: Float32Array; readonly tensors: NamedTensors } | null = null;

  constructor(setup: ReplicaSetup, memory: ReplicaMemory) {
    const { slices, total, state } = setup.layout;
    this.#setup = setup;
    this.#memory = memory;
    this.#inputs = new StepInputs(setup);
    this.#state = new Float32Array(total - state);
    this.#stateSum = memory.sharedStates[setup.index];
    const kept = slices.filter(({ offset }) => offset >= state);
    this.#stateTensors = tensorsIn(this.#state, kept, STATE_PREFIX, state);
  }

  /** Compiles the steps of full batches; that of the last batch of an epoch is compiled when it comes. */
  async open(): Promise<void> {
    const { index, replicas, batchSize, pieceSize } = this.#setup;
    const [start, end] = portionOf(index, replicas, batchSize);
    for (const size of new Set(piecesOf(end - start, pieceSize))) await this.#step(size);
  }

  /** Fills in a portion's first inputs ahead of its `compute`, which must be the next one; nothing when it is not compiled yet. */
  prepare(portion: Portion): void {
    const [size] = piecesOf(portion.indices.length, this.#setup.pieceSize);
    const step = this.#steps.get(size);
    if (!step) return;
    this.#inputs.fill(step, portion, 0);
    this.#prepared = portion.stream;
  }

  /** Writes the memory's gradients and this replica's row of new state, which is times the number of images. */
  async compute(portion: Portion): Promise<PortionResult> {
    const { indices, stream } = portion;
    const { gradients, gradientTensors } = this.#memory;
    this.#stateSum.fill(0);
    // A replica without images takes part with nothing.
    if (indices.length === 0) gradients.fill(0);
    const sum = { loss: 0, correct: 0 };
    let at = 0;
    for (const size of piecesOf(indices.length, this.#setup.pieceSize)) {
      const step = await this.#step(size);
      if (at > 0 || this.#prepared !== stream) this.#inputs.fill(step, portion, at);
      this.#prepared = null;
      const first = at === 0;
      const further = first ? null : this.#furtherGradients();
      const { loss, correct } = await step.session.run(step.inputs, {
        ...(further?.tensors ?? gradientTensors),
        ...this.#stateOutputs(step),
      });
      if (further) for (let i = 0; i < gradients.length; i++) gradients[i] += further.vector[i];
      for (let i = 0; i < this.#state.length; i++) this.#stateSum[i] += size * this.#state[i];
      sum.loss += Number(loss.data[0]);
      sum.correct += Number(correct.data[0]);
      at += size;
    }
    return sum;
  }

  async #step(size: number): Promise<SizedStep> {
    const open = this.#steps.get(size) ?? (await openSizedStep(this.#setup, size, this.#memory.parameterTensors));
    this.#steps.set(size, open);
    return open;
  }

  /** State that the graph leaves alone, such as that of a frozen layer, stays what it is. */
  #stateOutputs({ hasState }: SizedStep): NamedTensors {
    const { state } = this.#setup.layout;
    this.#state.set(this.#memory.parameters.subarray(state));
    return Object.fromEntries(
      Object.entries(this.#stateTensors).filter(([name]) => hasState(name.slice(STATE_PREFIX.length))),
    );
  }

  #furtherGradients() {
    if (!this.#further) {
      const vector = new Float32Array(this.#memory.gradients.length);
      this.#further = { vector, tensors: gradientTensorsIn(vector, this.#setup.layout.slices) };
    }
    return this.#further;
  }
}

/** Sizes of the pieces that a portion is computed in, one after the other. */
export function piecesOf(count: number, pieceSize: number): number[] {
  const pieces = Array.from({ length: Math.floor(count / pieceSize) }, () => pieceSize);
  return count % pieceSize === 0 ? pieces : [...pieces, count % pieceSize];
}
