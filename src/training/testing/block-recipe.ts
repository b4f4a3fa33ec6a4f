/** @file A small network for the block pictures, and a recipe to train it with. */
import type { OptimizerSpec, TrainingRecipe, WeightTensor } from '../../contracts/index.ts';
import { conv2d, dense, dropout, flatten, maxPooling2d, rescaling, sequential } from '../../nn/index.ts';

const ADAM: OptimizerSpec = { kind: 'adam', learningRate: 0.003 };

export function blockRecipe(changes: Partial<TrainingRecipe> & { readonly dropRate?: number } = {}): TrainingRecipe {
  const { dropRate = 0, ...rest } = changes;
  const network = sequential('blocks', { height: 12, width: 12, channels: 1 }, [
    rescaling({ scale: 1 / 255 }),
    conv2d({ filters: 4, kernelSize: [3, 3], activation: 'relu' }),
    maxPooling2d({ poolSize: [2, 2] }),
    ...(dropRate > 0 ? [dropout({ rate: dropRate })] : []),
    flatten(),
    dense({ units: 3 }),
  ]);
  return {
    model: 'blocks',
    network,
    parameters: 0,
    optimizer: ADAM,
    loss: { kind: 'crossEntropy' },
    schedule: { kind: 'constant' },
    classWeights: null,
    epochs: 2,
    batchSize: 16,
    seed: 11,
    validationSplit: 0,
    patience: null,
    augmentation: null,
    initialWeights: null,
    phases: [],
    because: [],
    replicas: 2,
    threads: 1,
    microBatch: null,
    ...rest,
  };
}

/** All weights as bytes, to compare trainings bit for bit. */
export function weightBytes(weights: ReadonlyMap<string, WeightTensor>): Buffer {
  return Buffer.concat([...weights.values()].map(({ data }) => Buffer.from(data.slice().buffer)));
}
