/** @file A real store, a registry in memory, and steps of a run that tests hold in their hands. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type {
  DatasetManifest,
  DatasetRecord,
  EpochRecord,
  ModelVersion,
  RunRecord,
  TrainingRecipe,
  TrainingRequest,
} from '../../contracts/index.ts';
import { PictorError } from '../../contracts/index.ts';
import { openEmbeddedPlatform, type Platform } from '../../platform/index.ts';
import type { TrainOptions, TrainResult } from '../../training/index.ts';
import { DatasetService } from '../dataset-service.ts';
import type { Publisher, Rooms } from '../rooms.ts';
import { RunService } from '../run-service.ts';
import { openStores, type Stores } from '../stores.ts';
import { runTrainer, type TrainerSettings } from '../trainer.ts';

export const REQUEST: TrainingRequest = { dataset: { kind: 'sample', name: 'digits' }, name: 'digits' };

export interface Workplace {
  readonly directory: string;
  readonly platform: Platform;
  readonly stores: Stores;
  readonly runs: RunService;
  readonly datasets: DatasetService;
  readonly registry: FakeRegistry;
  /** Starts a trainer; returns what shuts it down. */
  startTrainer(rooms: Partial<Rooms>, settings?: Partial<TrainerSettings>): () => Promise<void>;
  close(): Promise<void>;
}

export async function openWorkplace(): Promise<Workplace> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pictor-jobs-'));
  const platform = await openEmbeddedPlatform(path.join(directory, 'platform'));
  const registry = new FakeRegistry();
  const shutDowns: (() => Promise<void>)[] = [];
  return {
    directory,
    platform,
    stores: openStores(platform),
    runs: new RunService(platform),
    datasets: new DatasetService(platform),
    registry,
    startTrainer(rooms, settings = {}) {
      const controller = new AbortController();
      const ended = runTrainer({
        platform,
        dataDirectory: directory,
        registry,
        urls: { allowLoopback: false, allowPrivate: false },
        signal: controller.signal,
        rooms: { ...ROOMS_THAT_WORK, ...rooms },
        ...settings,
      });
      const shutDown = async () => {
        controller.abort();
        await ended;
      };
      shutDowns.push(shutDown);
      return shutDown;
    },
    async close() {
      await Promise.all(shutDowns.map((shutDown) => shutDown()));
      await platform.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Resolves with the first state of the run, now or later, that the test waits for. */
export async function runWhen({ runs }: Workplace, id: string, isIt: (run: RunRecord) => boolean): Promise<RunRecord> {
  return await new Promise<RunRecord>((resolve, reject) => {
    const look = (run: RunRecord | null) => run && isIt(run) && resolve(run);
    runs.watch(({ run }) => look(run), id).then(async () => look(await runs.get(id)), reject);
  });
}

export async function datasetWhen(
  { datasets }: Workplace,
  id: string,
  isIt: (dataset: DatasetRecord) => boolean,
): Promise<DatasetRecord> {
  return await new Promise<DatasetRecord>((resolve, reject) => {
    const look = (dataset: DatasetRecord | null) => dataset && isIt(dataset) && resolve(dataset);
    datasets
      .watch((change) => change.id === id && look(change.dataset))
      .then(async () => look(await datasets.get(id)), reject);
  });
}

/** Keeps versions in memory. */
export class FakeRegistry implements Publisher {
  readonly published: ModelVersion[] = [];

  async checkName(): Promise<void> {}

  async get(name: string): Promise<{ name: string; versions: ModelVersion[] }> {
    if (this.published.length === 0) throw new PictorError('model_not_found', 'None.');
    return { name, versions: [...this.published] };
  }

  async manifest(): Promise<never> {
    throw new PictorError('model_not_found', 'None.');
  }

  async readWeights(): Promise<never> {
    throw new PictorError('model_not_found', 'None.');
  }

  async publish(
    model: TrainResult,
    { name, run }: { readonly name: string; readonly run?: string },
  ): Promise<ModelVersion> {
    const version: ModelVersion = {
      name,
      version: this.published.length + 1,
      createdAt: new Date().toISOString(),
      labels: model.labels,
      input: { height: 28, width: 28, channels: 1 },
      parameters: 7,
      preset: 'tfaas-mnist',
      metrics: model.metrics,
      bytes: 1,
      run: run ?? null,
    };
    this.published.push(version);
    return version;
  }
}

/** Something that a test lets happen when it wants to. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export const MANIFEST: DatasetManifest = {
  source: { kind: 'sample', name: 'digits' },
  contentHash: 'ab'.repeat(32),
  format: 'sample',
  image: { height: 28, width: 28, channels: 1 },
  classes: ['0', '1'],
  splits: {
    train: { count: 80, perClass: [40, 40] },
    validation: { count: 20, perClass: [10, 10] },
    test: { count: 0, perClass: [0, 0] },
  },
  validationSplit: 0.2,
  seed: 123,
  originalSizes: { minWidth: 28, maxWidth: 28, minHeight: 28, maxHeight: 28, distinct: 1 },
  findings: [
    { severity: 'warning', code: 'corrupt_image', message: 'One picture cannot be read.', count: 1, files: [] },
  ],
};

const RECIPE: TrainingRecipe = {
  model: 'tfaas-mnist',
  network: { name: 'tfaas-mnist', input: MANIFEST.image, nodes: [], output: '' },
  parameters: 7,
  optimizer: { kind: 'adam', learningRate: 0.001 },
  loss: { kind: 'crossEntropy' },
  schedule: { kind: 'constant' },
  classWeights: null,
  epochs: 2,
  batchSize: 16,
  seed: 123,
  validationSplit: 0.2,
  patience: null,
  augmentation: null,
  initialWeights: null,
  phases: [],
  because: [],
  replicas: 1,
  threads: 1,
  microBatch: null,
};

export function epoch(number: number): EpochRecord {
  return {
    epoch: number,
    loss: 1 / number,
    accuracy: 0.5,
    validationLoss: 1,
    validationAccuracy: 0.5,
    seconds: 1,
    imagesPerSecond: 80,
  };
}

export function trainedModel(stopped: TrainResult['stopped'], history: readonly EpochRecord[]): TrainResult {
  return {
    recipe: RECIPE,
    labels: MANIFEST.classes,
    weights: new Map(),
    metrics: {
      loss: 0.5,
      accuracy: 0.5,
      validation_loss: 1,
      validation_accuracy: 0.5,
      test_loss: null,
      test_accuracy: null,
    },
    history,
    evaluation: { split: 'validation', count: 20, loss: 1, accuracy: 0.5, perClass: [], confusion: [] },
    datasetHash: MANIFEST.contentHash,
    imagesPerSecond: 80,
    seconds: 2,
    stopped,
    peakMemoryBytes: 1e8,
  };
}

/** A training of two epochs that takes no time. */
export async function trainAtOnce({ recipe, onMilestone, onProgress, onEpoch }: TrainOptions): Promise<TrainResult> {
  onMilestone?.('built');
  onMilestone?.('compiled');
  const history = [epoch(1), epoch(2)];
  for (const record of history) {
    onProgress?.({
      epoch: record.epoch,
      epochs: recipe.epochs,
      step: 5,
      steps: 5,
      loss: record.loss,
      accuracy: record.accuracy,
      imagesPerSecond: 80,
      secondsLeft: 0,
    });
    onEpoch?.(record);
  }
  onMilestone?.('trained');
  return trainedModel('completed', history);
}

/** A training that finishes so many epochs and then goes on until it is told to stop, as the real one does. */
export function trainUntilStopped(finishedEpochs: number, begun: Gate = gate()): Rooms['train'] {
  return async ({ signal, onEpoch, onMilestone }) => {
    signal?.throwIfAborted();
    onMilestone?.('built');
    onMilestone?.('compiled');
    const history = Array.from({ length: finishedEpochs }, (_, i) => epoch(i + 1));
    for (const record of history) onEpoch?.(record);
    begun.open();
    await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    if (history.length === 0) throw signal?.reason;
    onMilestone?.('trained');
    return trainedModel('cancelled', history);
  };
}

export const ROOMS_THAT_WORK: Rooms = {
  prepareDataset: async (_source, { onProgress }) => {
    onProgress?.({ phase: 'fetching', done: 1, total: 2 });
    onProgress?.({ phase: 'preparing', done: 1, total: 100 });
    return { manifest: MANIFEST, directory: '/nowhere' };
  },
  imageShapeFor: () => ({}),
  planTraining: () => RECIPE,
  tryDivisions: async (_dataset, recipe) => recipe,
  train: trainAtOnce,
};
