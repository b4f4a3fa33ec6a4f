/** @file The training of a run: planned or continued, with reports into its record and checkpoints beside it. */
import path from 'node:path';
import {
  asPictorError,
  type Milestone,
  PictorError,
  type RunRecord,
  type TrainingRequest,
} from '../contracts/index.ts';
import { openSplit, type PreparedDataset } from '../dataset/index.ts';
import { type SamplePicture, TensorBoard } from '../formats/index.ts';
import type { CheckpointPlan, TrainingSnapshot, TrainResult } from '../training/index.ts';
import { RunCheckpoints, runFolder } from './checkpoints.ts';
import { epochLine, recipeLines } from './describe.ts';
import { loadStartingPoint } from './initial-weights.ts';
import type { RecordWriter } from './record-writer.ts';
import { findResumePoint } from './resume.ts';
import { type JobSettings, ROOMS } from './rooms.ts';
import { logLine, passed, progressIn, withLog, withState } from './run-record.ts';
import { forClasses } from './source-network.ts';
import type { WalkOptions } from './walk-options.ts';

/** TensorBoard shows ten of a tag at most. */
const MAX_SAMPLES = 10;
const CHECKPOINTS: CheckpointPlan = { everySeconds: 60, everyEpoch: true };

/** @throws what training throws; `findResumePoint` */
export async function trainRun(
  settings: JobSettings,
  options: WalkOptions,
  dataset: PreparedDataset,
  signal: AbortSignal,
): Promise<TrainResult> {
  const rooms = settings.rooms ?? ROOMS;
  const { dataDirectory, checkpoint = CHECKPOINTS } = settings;
  const { writer } = options;
  const { recipe, ...start } =
    (await findResumePoint(dataDirectory, writer, dataset)) ?? (await planRun(settings, options, dataset, signal));
  const tensorboard = tensorboardOf(settings, writer.record, dataset);
  const begun = [
    ...recipeLines(recipe, dataset.manifest.splits.train.count),
    ...(tensorboard ? [logLine(`Event files for TensorBoard: ${tensorboard.directory}.`)] : []),
  ];
  await writer.change((run) => begun.reduce(withLog, withState({ ...run, recipe }, 'training')));
  try {
    const result = await rooms.train({
      dataset,
      recipe,
      signal,
      checkpoint,
      callbacks: tensorboard ? [tensorboard] : [],
      onCheckpoint: checkpointWriter(dataDirectory, writer),
      ...start,
      ...trainingReports(writer),
    });
    await tensorboard?.finish(result);
    return result;
  } catch (error) {
    throw withWayToBest(error, writer.record.id);
  }
}

/** Where the event files of a run go that asks for them; null when it does not. */
function tensorboardFolder({ dataDirectory }: JobSettings, { id, request: { tensorboard } }: RunRecord): string | null {
  if (!tensorboard) return null;
  return tensorboard === true ? path.join(runFolder(dataDirectory, id), 'tensorboard') : path.join(tensorboard, id);
}

function tensorboardOf(settings: JobSettings, record: RunRecord, dataset: PreparedDataset): TensorBoard | null {
  const directory = tensorboardFolder(settings, record);
  return directory === null ? null : new TensorBoard({ directory, samples: async () => samplePictures(dataset) });
}

/** The first picture of each class, of so many classes. */
function samplePictures({ directory, manifest }: PreparedDataset): SamplePicture[] {
  const reader = openSplit(directory, 'train');
  try {
    const firsts = manifest.classes
      .slice(0, MAX_SAMPLES)
      .map((label, index) => ({ label, row: reader.labels.indexOf(index) }));
    return firsts
      .filter(({ row }) => row >= 0)
      .map(({ label, row }) => {
        const pixels = new Uint8Array(reader.imageBytes);
        reader.readImages(Int32Array.of(row), pixels);
        return { label, pixels, shape: manifest.image };
      });
  } finally {
    reader.close();
  }
}

async function planRun(settings: JobSettings, options: WalkOptions, dataset: PreparedDataset, signal: AbortSignal) {
  const { planTraining, tryDivisions } = settings.rooms ?? ROOMS;
  const request = await withNetwork(options, dataset, signal);
  const planned = planTraining(request, dataset.manifest);
  const recipe =
    request.replicas === undefined && request.threads === undefined
      ? await tryDivisions(dataset, planned, { signal })
      : planned;
  const start = await loadStartingPoint(settings, request, recipe, signal);
  if (start === null) return { recipe };
  return { recipe: { ...recipe, initialWeights: start.facts }, initialWeights: start.weights };
}

/** The record then has the network, too: whoever takes the run up needs no file. */
async function withNetwork(
  { request, networkFile, isSourceNetwork, writer }: WalkOptions,
  { manifest }: PreparedDataset,
  signal: AbortSignal,
): Promise<TrainingRequest> {
  if (isSourceNetwork && request.network) {
    const network = forClasses(request.network, manifest.classes.length);
    await writer.change((run) => ({ ...run, request: { ...run.request, network } }));
    return { ...request, network };
  }
  if (!networkFile) return request;
  const complete = await networkFile.withNetwork(request, manifest, signal);
  const { network, signatures, labels } = complete;
  const chosen = { network, ...(signatures ? { signatures } : {}), ...(labels ? { labels } : {}) };
  await writer.change((run) => ({ ...run, request: { ...run.request, ...chosen } }));
  return complete;
}

/** A run that is published needs no checkpoint, nor does the run that it continued. */
export async function clearCheckpoints({ dataDirectory }: JobSettings, { id, request }: RunRecord): Promise<void> {
  for (const run of [id, ...(request.resume === undefined ? [] : [request.resume])]) {
    // What cannot be removed does no harm, and the run has succeeded.
    await new RunCheckpoints(dataDirectory, run).clear().catch(() => {});
  }
}

/** A checkpoint that cannot be written, as on a full disk, does not end the training; the log says so once. */
function checkpointWriter(dataDirectory: string, writer: RecordWriter<RunRecord>) {
  const checkpoints = new RunCheckpoints(dataDirectory, writer.record.id);
  let said = false;
  return async (snapshot: TrainingSnapshot): Promise<void> => {
    try {
      await checkpoints.write(snapshot);
      said = false;
    } catch (error) {
      const { message } = asPictorError(error);
      const line = logLine(`No checkpoint could be written: ${message}. Training goes on without.`, 'warning');
      if (!said) writer.later((run) => withLog(run, line));
      said = true;
    }
  };
}

/** The best weights of a training that diverged are in its last checkpoint. */
function withWayToBest(error: unknown, run: string): unknown {
  if (!(error instanceof PictorError) || error.code !== 'training_diverged') return error;
  const { bestEpoch } = error.details as { readonly bestEpoch: number | null };
  if (bestEpoch === null) return error;
  const way = `To publish the best weights so far, of epoch ${bestEpoch}: pictor train --resume ${run} --epochs ${bestEpoch}`;
  return new PictorError(error.code, error.message, {
    fix: `${error.fix} ${way}`,
    details: error.details,
    cause: error.cause,
  });
}

function trainingReports(writer: RecordWriter<RunRecord>) {
  const { recipe } = writer.record;
  return {
    onProgress: (training: NonNullable<RunRecord['training']>) => {
      const { epoch, epochs, step, steps } = training;
      const progress = progressIn('training', (epoch - 1 + step / steps) / epochs);
      writer.later((run) => ({ ...run, training, progress }));
    },
    onEpoch: (epoch: RunRecord['history'][number]) => {
      const epochs = recipe?.epochs ?? epoch.epoch;
      const line = epochLine(epoch, epochs);
      const progress = progressIn('training', epoch.epoch / epochs);
      writer.later((run) => withLog({ ...run, progress, history: [...run.history, epoch] }, line));
    },
    onMilestone: (name: Milestone) => {
      writer.later(passed(name, (run) => (name === 'trained' ? withState(run, 'evaluating') : run)));
    },
  };
}
