/** @file The end of a training: the kept weights, measured and handed over. */
import type { EpochRecord, Evaluation, Split, TrainedModel, WeightTensor } from '../contracts/index.ts';
import type { PreparedDataset } from '../dataset/index.ts';
import { describeNetwork } from '../nn/index.ts';
import type { Course } from './course.ts';
import { summarise } from './evaluation.ts';
import type { SplitResult } from './replica.ts';
import type { ReplicaGroup } from './replica-group.ts';
import { flatten, type Weights } from './replica-layout.ts';

/** Puts the kept weights back and measures them on the test split, else on the validation split, else on the training split. */
export async function conclude(group: ReplicaGroup, course: Course, dataset: PreparedDataset): Promise<TrainedModel> {
  const record = course.state.best!;
  const weights = course.bestWeights!;
  const flat = new Float32Array(group.layout.total);
  flatten(flat, group.layout, weights);
  await group.restore(flat);
  const test = group.labels.test.length > 0 ? await evaluateSplit(group, 'test', dataset) : null;
  const evaluation =
    test ?? (await evaluateSplit(group, record.validationLoss === null ? 'train' : 'validation', dataset));
  return trainedModel(course, dataset, { weights, record, evaluation, test });
}

/** @param measured when the split was measured with these weights already */
export async function evaluateSplit(
  group: ReplicaGroup,
  split: Split,
  dataset: PreparedDataset,
  measured: SplitResult | null = null,
): Promise<Evaluation> {
  const { lossSum, predicted } = measured ?? (await group.evaluate(split));
  return summarise({ split, labels: dataset.manifest.classes, truth: group.labels[split], predicted, lossSum });
}

export function trainedModel(
  course: Course,
  dataset: PreparedDataset,
  found: {
    readonly weights: Weights;
    /** The epoch that they are of. */
    readonly record: EpochRecord;
    readonly evaluation: Evaluation;
    readonly test: Evaluation | null;
  },
): TrainedModel {
  const { weights, record, evaluation, test } = found;
  return {
    recipe: course.recipe,
    labels: dataset.manifest.classes,
    weights: inGraphOrder(course, weights),
    metrics: {
      loss: record.loss,
      accuracy: record.accuracy,
      validation_loss: record.validationLoss,
      validation_accuracy: record.validationAccuracy,
      test_loss: test?.loss ?? null,
      test_accuracy: test?.accuracy ?? null,
    },
    history: [...course.state.history],
    evaluation,
    datasetHash: dataset.manifest.contentHash,
    imagesPerSecond: course.imagesPerSecond,
    seconds: course.seconds,
  };
}

/** Replicas keep them in an order that depends on what is frozen. */
function inGraphOrder({ recipe }: Course, weights: Weights): Map<string, WeightTensor> {
  return new Map(describeNetwork(recipe.network).parameters.map(({ name }) => [name, weights.get(name)!]));
}
