/** @file Whether a training fits into this machine's memory, and how small the pieces of a batch must be for that. */
import { totalmem } from 'node:os';
import { type LossSpec, type NetworkSpec, type OptimizerSpec, PictorError } from '../contracts/index.ts';
import { compileUpdate, describeNetwork, estimateStepMemory } from '../nn/index.ts';

const GIB = 2 ** 30;
/**
 * The runtime takes about twice what a step's values need at once: patches of convolutions, and a pool that grows by
 * doubling (measured with the presets: 1.8 to 2.1).
 */
const RUNTIME_FACTOR = 2;
/** Of a replica without a network: its thread, the runtime, the graphs. */
const REPLICA_BYTES = 50e6;
/** The rest is for the process itself, and for others. */
const USABLE_SHARE = 0.8;

export interface MemoryQuestion {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly loss: LossSpec;
  readonly mixup: boolean;
  readonly batchSize: number;
  readonly replicas: number;
}

/** Bytes that training needs when each replica computes so many images at once. */
export function trainingMemory(question: MemoryQuestion, pieceSize: number): number {
  const { network, optimizer, loss, mixup, batchSize, replicas } = question;
  const { peakBytes, inputBytes, outputBytes } = estimateStepMemory(network, { batchSize: pieceSize, loss, mixup });
  const step = RUNTIME_FACTOR * peakBytes + inputBytes + outputBytes;
  const weights = 4 * describeNetwork(network).parameterCount;
  const slots = compileUpdate(optimizer, { replicas }).slots.length;
  // Of each replica: gradients that others see, and those of a further piece.
  const accumulated = pieceSize * replicas < batchSize ? 2 : 1;
  // Once: weights that all see, slots, the best ones, and a snapshot of all three.
  return replicas * (REPLICA_BYTES + step + accumulated * weights) + weights * (1 + slots + 1 + (2 + slots));
}

/**
 * The largest part of a batch that fits: all of it, or half, a quarter and so on, whose gradients are then added up.
 * @param available bytes. Default: what the machine, or the container, has
 * @returns images that are computed at once, over all replicas; null for the whole batch
 * @throws `training_option_invalid` when not even one image for each replica fits
 */
export function planMicroBatch(question: MemoryQuestion, available: number = machineMemory()): number | null {
  const { network, batchSize, replicas } = question;
  for (let pieces = 1; ; pieces *= 2) {
    const pieceSize = pieceSizeOf(question, Math.ceil(batchSize / pieces));
    const bytes = trainingMemory(question, pieceSize);
    if (bytes <= available * USABLE_SHARE) return pieces === 1 ? null : Math.ceil(batchSize / pieces);
    if (pieceSize > 1) continue;
    const { height, width } = network.input;
    throw new PictorError(
      'training_option_invalid',
      `Training on pictures of ${height} x ${width} pixels with ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} takes about ${inGib(bytes)} of memory, even one picture at a time; this machine has ${inGib(available)}.`,
      {
        fix: replicas === 1 ? 'Choose smaller pictures.' : 'Choose smaller pictures or fewer replicas.',
        details: { option: 'imageSize', bytes, available },
      },
    );
  }
}

/** Images that each replica computes at once. */
export function pieceSizeOf(
  { batchSize, replicas }: { readonly batchSize: number; readonly replicas: number },
  microBatch: number | null,
): number {
  const portion = Math.ceil(batchSize / replicas);
  return microBatch === null ? portion : Math.ceil(portion / Math.ceil(batchSize / microBatch));
}

function inGib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

function machineMemory(): number {
  // 0, or more than there is, where nothing constrains the process.
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
