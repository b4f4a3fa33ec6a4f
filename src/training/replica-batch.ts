/** @file What a step on one number of images needs: the compiled graph, and buffers that are used again. */
import { compileGradients, elementCount, STATE_PREFIX } from '../nn/index.ts';
import { channelBlock, openSession, type Session, type Tensor } from '../runtime/index.ts';
import type { MixTargets } from './augmentation/training-pictures.ts';
import type { ReplicaSetup } from './replica.ts';
import { type NamedTensors, scalar } from './replica-memory.ts';

export interface Mask {
  readonly name: string;
  readonly rate: number;
  readonly data: Float32Array;
}

export interface SizedStep {
  readonly session: Session;
  readonly images: Uint8Array;
  readonly labels: BigInt64Array;
  readonly sampleWeights: Float32Array;
  /** The regularisers' share that this piece of the batch has to bear; only some graphs take it. */
  readonly penaltyWeight: Float32Array;
  /** With mixup: labels and shares of the second pictures. */
  readonly mixed: MixTargets | null;
  readonly masks: readonly Mask[];
  /** All of it and the parameters, as the graph's inputs. */
  readonly inputs: NamedTensors;
  /** Names of the state that the graph computes anew. */
  readonly hasState: (name: string) => boolean;
}

/**
 * Compiled in the replica's own thread and for exactly this many images: a batch that is filled up with other rows would
 * spoil the statistics of BatchNormalization.
 * @param parameters the graph's other inputs
 */
export async function openSizedStep(setup: ReplicaSetup, size: number, parameters: NamedTensors): Promise<SizedStep> {
  const { network, loss, imageShape, augmentation } = setup;
  const mixup = (augmentation?.mixup ?? 0) > 0;
  const compiled = compileGradients(network, {
    batchSize: size,
    loss,
    mixup,
    channelBlock: await channelBlock(),
  });
  const session = await openSession(compiled.model, { optimization: 'basic', threads: setup.threads });
  const outputs = new Set(session.outputNames);
  const images = new Uint8Array(size * elementCount(imageShape));
  const labels = new BigInt64Array(size);
  const sampleWeights = new Float32Array(size);
  const penaltyWeight = scalar(1);
  const inputs: Record<string, Tensor> = {
    images: { type: 'uint8', shape: [size, ...imageShape], data: images },
    labels: { type: 'int64', shape: [size], data: labels },
    sampleWeights: { type: 'float32', shape: [size], data: sampleWeights },
    ...parameters,
  };
  if (session.inputNames.includes('penaltyWeight')) inputs.penaltyWeight = penaltyWeight;
  const mixed = mixup ? { labels2: new BigInt64Array(size), mix: new Float32Array(size) } : null;
  if (mixed) {
    inputs.labels2 = { type: 'int64', shape: [size], data: mixed.labels2 };
    inputs.mix = { type: 'float32', shape: [size], data: mixed.mix };
  }
  const masks = compiled.masks.map(({ name, shape, rate }) => {
    const data = new Float32Array(elementCount(shape));
    inputs[name] = { type: 'float32', shape, data };
    return { name, rate, data };
  });
  return {
    session,
    images,
    labels,
    sampleWeights,
    penaltyWeight: penaltyWeight.data as Float32Array,
    mixed,
    masks,
    inputs,
    hasState: (name) => outputs.has(STATE_PREFIX + name),
  };
}
