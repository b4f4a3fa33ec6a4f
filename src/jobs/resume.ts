/** @file Where a run goes on: from its own checkpoint when it is taken over, or from that of the run that it continues. */
import {
  asPictorError,
  PictorError,
  type RunRecord,
  type TrainingRecipe,
  type TrainingRequest,
} from '../contracts/index.ts';
import type { PreparedDataset } from '../dataset/index.ts';
import { checkSnapshot, type TrainingSnapshot } from '../training/index.ts';
import { RunCheckpoints } from './checkpoints.ts';
import type { RecordWriter } from './record-writer.ts';
import { logLine, withLog } from './run-record.ts';

export interface ResumePoint {
  readonly resume: TrainingSnapshot;
  readonly recipe: TrainingRecipe;
}

/** A checkpoint that is no use is said aloud; a run that is taken over then begins again. */
const NO_USE: readonly string[] = ['checkpoint_invalid', 'checkpoint_mismatch'];

/**
 * Finds what the run continues, says so in its log, and puts the history so far into its record.
 * @returns null when it begins at the beginning
 * @throws when it was to continue another run: `checkpoint_not_found`, `checkpoint_invalid`, `checkpoint_mismatch`,
 * `training_option_invalid` for epochs that cannot be changed
 */
export async function findResumePoint(
  dataDirectory: string,
  writer: RecordWriter<RunRecord>,
  dataset: PreparedDataset,
): Promise<ResumePoint | null> {
  const { id, request, attempts } = writer.record;
  const own = attempts.length > 1 ? await ownPoint(dataDirectory, writer, dataset) : null;
  const point = own ?? (request.resume === undefined ? null : await askedPoint(dataDirectory, request, dataset));
  if (!point) return null;
  // From here on it stands by itself, whatever becomes of the run that it continues.
  if (!own) await new RunCheckpoints(dataDirectory, id).write(point.resume);
  const { history, epoch, step } = point.resume.course;
  const where =
    epoch > point.recipe.epochs ? 'the end of training' : `epoch ${epoch} of ${point.recipe.epochs}, step ${step + 1}`;
  const line = logLine(
    `Continues from ${where}: the last checkpoint of ${own ? 'this run' : `run ${request.resume}`}.`,
  );
  await writer.change((run) => withLog({ ...run, history }, line));
  return point;
}

async function ownPoint(
  dataDirectory: string,
  writer: RecordWriter<RunRecord>,
  dataset: PreparedDataset,
): Promise<ResumePoint | null> {
  const checkpoints = new RunCheckpoints(dataDirectory, writer.record.id);
  try {
    const snapshot = await checkpoints.read();
    if (!snapshot) return null;
    checkSnapshot(snapshot, snapshot.recipe, dataset);
    return { resume: snapshot, recipe: snapshot.recipe };
  } catch (error) {
    const { code, message } = asPictorError(error);
    if (!NO_USE.includes(code)) throw error;
    await checkpoints.clear();
    await writer.change((run) => withLog(run, logLine(`Starts from the beginning. ${message}`, 'warning')));
    return null;
  }
}

async function askedPoint(
  dataDirectory: string,
  { resume = '', epochs }: TrainingRequest,
  dataset: PreparedDataset,
): Promise<ResumePoint> {
  const snapshot = await new RunCheckpoints(dataDirectory, resume).read();
  if (!snapshot) throw new PictorError('checkpoint_not_found', `Run "${resume}" has no checkpoint.`);
  const recipe = { ...snapshot.recipe, epochs: epochs ?? snapshot.recipe.epochs };
  // First whether it is of this version: one of another may have another recipe.
  checkSnapshot(snapshot, recipe, dataset);
  checkEpochs(snapshot, recipe.epochs);
  return { resume: snapshot, recipe };
}

/** Schedules whose every rate depends on the number of epochs: with another one, the steps so far would have been others. */
const FIXED_LENGTH: readonly string[] = ['cosine', 'oneCycle'];

/** As few epochs as are done already are always allowed: the best weights so far are published. */
function checkEpochs({ recipe, course }: TrainingSnapshot, epochs: number): void {
  if (epochs === recipe.epochs || epochs < course.epoch) return;
  const kind = recipe.schedule.kind;
  const reason = FIXED_LENGTH.includes(kind)
    ? `its learning rates follow a ${kind} schedule over ${recipe.epochs} epochs`
    : recipe.phases.length > 0
      ? `its phases of fine-tuning have ${recipe.epochs} epochs together`
      : null;
  if (reason === null) return;
  throw new PictorError(
    'training_option_invalid',
    `The number of epochs cannot be changed to ${epochs} when the run is continued: ${reason}.`,
    {
      fix: `Leave the number of epochs out, or name at most ${course.epoch - 1} to publish the best weights so far.`,
      details: { option: 'epochs' },
    },
  );
}
