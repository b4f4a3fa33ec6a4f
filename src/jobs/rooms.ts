/** @file What the jobs need of the rooms they walk through. */
import { type DatasetLimits, prepareDataset, type UrlPolicy } from '../dataset/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import { type CheckpointPlan, imageShapeFor, planTraining, train, tryDivisions } from '../training/index.ts';

/** The steps of a run; tests put others in their place. */
export interface Rooms {
  readonly prepareDataset: typeof prepareDataset;
  readonly imageShapeFor: typeof imageShapeFor;
  readonly planTraining: typeof planTraining;
  readonly tryDivisions: typeof tryDivisions;
  readonly train: typeof train;
}

export const ROOMS: Rooms = { prepareDataset, imageShapeFor, planTraining, tryDivisions, train };

/** The part of the registry that publishing needs. */
export type Publisher = Pick<ModelRegistry, 'checkName' | 'get' | 'manifest' | 'publish' | 'readWeights'>;

/** What every job is given. */
export interface JobSettings {
  /** Holds `cache/datasets`, where prepared datasets are kept. */
  readonly dataDirectory: string;
  readonly registry: Publisher;
  /** Which addresses a dataset may be fetched from. */
  readonly urls: UrlPolicy;
  readonly limits?: Partial<DatasetLimits>;
  /** When runs keep a checkpoint. Default: every 60 s and at the end of epochs. */
  readonly checkpoint?: CheckpointPlan;
  /** Default: the real ones. */
  readonly rooms?: Rooms;
}
