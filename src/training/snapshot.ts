/** @file A training as a whole at one of its steps, from which it goes on as if nothing had been. */
import { createHash } from 'node:crypto';
import { PictorError, type TrainingRecipe, type WeightTensor } from '../contracts/index.ts';
import type { PreparedDataset } from '../dataset/index.ts';
import type { Course, CourseState } from './course.ts';
import type { ParameterLayout } from './replica.ts';
import type { ReplicaGroup } from './replica-group.ts';
import { flatten, unflatten, type Weights } from './replica-layout.ts';

/** Goes up whenever older snapshots cannot be continued exactly. */
export const SNAPSHOT_FORMAT = 1;

export interface TrainingSnapshot {
  readonly format: number;
  readonly recipe: TrainingRecipe;
  /** Of what decides the numbers; see `recipeHash`. */
  readonly recipeHash: string;
  readonly datasetHash: string;
  readonly course: CourseState;
  /** Of callbacks, by name. */
  readonly callbacks: Readonly<Record<string, unknown>>;
  /** `weights/NAME` with the state, `slots/SLOT/NAME`, and `best/NAME` once an epoch has been kept. */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
}

/**
 * SHA-256 of the recipe without what may change on the way: the number of epochs. Plain JSON with sorted keys.
 */
export function recipeHash({ epochs: _epochs, ...recipe }: TrainingRecipe): string {
  return createHash('sha256').update(canonical(recipe)).digest('hex');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Copies, so that the training may go on at once. */
export async function takeSnapshot(
  group: ReplicaGroup,
  course: Course,
  datasetHash: string,
  callbacks: TrainingSnapshot['callbacks'],
): Promise<TrainingSnapshot> {
  const { recipe } = course;
  const { slices, trainable } = group.layout;
  const trained = slices.filter(({ offset }) => offset < trainable);
  const tensors = new Map<string, WeightTensor>();
  const add = (prefix: string, part: Weights) => {
    for (const [name, tensor] of part) tensors.set(`${prefix}/${name}`, tensor);
  };
  add('weights', unflatten(await group.parameters(), slices));
  const slots = await group.optimizerSlots();
  group.slots.forEach((slot, i) => {
    add(`slots/${slot}`, unflatten(slots[i], trained));
  });
  if (course.bestWeights) add('best', course.bestWeights);
  return {
    format: SNAPSHOT_FORMAT,
    recipe,
    recipeHash: recipeHash(recipe),
    datasetHash,
    course: structuredClone({ ...course.state, seconds: course.seconds }),
    callbacks: structuredClone(callbacks),
    tensors,
  };
}

/**
 * Whether the snapshot can be continued with this recipe on this dataset.
 * @throws `checkpoint_invalid` when another version wrote it; `checkpoint_mismatch` when it is of another training
 */
export function checkSnapshot(snapshot: TrainingSnapshot, recipe: TrainingRecipe, dataset: PreparedDataset): void {
  if (snapshot.format !== SNAPSHOT_FORMAT) {
    throw new PictorError(
      'checkpoint_invalid',
      `The checkpoint has format ${snapshot.format}; this version of Pictor continues format ${SNAPSHOT_FORMAT}.`,
    );
  }
  if (snapshot.recipeHash !== recipeHash(recipe)) {
    const changed = differences(snapshot.recipe, recipe);
    throw new PictorError(
      'checkpoint_mismatch',
      `The checkpoint is of a training with another recipe: ${changed.join(', ') || 'its hash'} differs.`,
      { details: { changed } },
    );
  }
  const { contentHash } = dataset.manifest;
  if (snapshot.datasetHash !== contentHash) {
    throw new PictorError(
      'checkpoint_mismatch',
      `The dataset is not what the checkpoint was trained on: its content hash is ${contentHash}, that of the checkpoint is ${snapshot.datasetHash}.`,
    );
  }
}

function differences(a: TrainingRecipe, b: TrainingRecipe): string[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof TrainingRecipe)[];
  return keys.filter((key) => key !== 'epochs' && canonical(a[key]) !== canonical(b[key]));
}

/** What the group and the course have to go on with. @throws `checkpoint_invalid` */
export async function restoreSnapshot(snapshot: TrainingSnapshot, group: ReplicaGroup, course: Course): Promise<void> {
  const { layout } = group;
  const { slices, total, trainable } = layout;
  const { state, phase } = course;
  const weights = new Float32Array(total);
  flatten(weights, layout, part(snapshot, 'weights', slices));
  if (state.best) course.bestWeights = part(snapshot, 'best', slices);
  // A phase begins with new slots; the snapshot has those of the phase before.
  if (state.epoch === phase.first && state.step === 0) return group.restore(weights);
  const trained = slices.filter(({ offset }) => offset < trainable);
  const slots = group.slots.map((slot) => {
    const vector = new Float32Array(trainable);
    flatten(vector, { ...layout, slices: trained }, part(snapshot, `slots/${slot}`, trained));
    return vector;
  });
  await group.restore(weights, slots);
}

function part(
  { tensors }: TrainingSnapshot,
  prefix: string,
  slices: ParameterLayout['slices'],
): Map<string, WeightTensor> {
  return new Map(
    slices.map(({ name, shape, size }) => {
      const tensor = tensors.get(`${prefix}/${name}`);
      if (tensor && tensor.data.length === size && String(tensor.shape) === String(shape)) return [name, tensor];
      const found = tensor ? `has shape [${tensor.shape}]` : 'is missing';
      throw new PictorError(
        'checkpoint_invalid',
        `In the checkpoint the tensor ${prefix}/${name} ${found}; [${shape}] was expected.`,
      );
    }),
  );
}
