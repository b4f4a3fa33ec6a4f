/** @file The way of a run as people see it. */
import type { RunRecord, RunState, TrainingMetrics } from '../api/types.ts';

/** The stations, in order; `succeeded` is the last. */
export const STATIONS = [
  'queued',
  'fetching',
  'preparing',
  'training',
  'evaluating',
  'publishing',
  'succeeded',
] as const satisfies readonly RunState[];
export type Station = (typeof STATIONS)[number];

export const STATE_WORDS: Readonly<Record<RunState, string>> = {
  queued: 'Queued',
  fetching: 'Fetching',
  preparing: 'Preparing',
  training: 'Training',
  evaluating: 'Evaluating',
  publishing: 'Publishing',
  succeeded: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** What happens at a station, for those who see it for the first time. */
export const STATE_SENTENCES: Readonly<Partial<Record<RunState, string>>> = {
  queued: 'Waiting for a free trainer.',
  fetching: 'Fetching the dataset.',
  preparing: 'Reading every picture, looking for faults and copies.',
  training: 'Learning from the training pictures, batch by batch.',
  evaluating: 'Measuring on pictures that it has not learned from.',
  publishing: 'Writing the files of the model.',
};

export function isActive(state: RunState): boolean {
  return state !== 'succeeded' && state !== 'failed' && state !== 'cancelled';
}

export type StationStatus = 'done' | 'current' | 'stopped' | 'ahead';

/**
 * What to show at each station. For a run that failed or was cancelled, the station where it stopped follows from the
 * milestones that it passed, and from whether it was evaluated.
 */
export function stationStatuses(
  run: Pick<RunRecord, 'state' | 'milestones' | 'evaluation' | 'model'>,
): Readonly<Record<Station, StationStatus>> {
  const ended = !isActive(run.state) && run.state !== 'succeeded';
  // A cancelled run that published its best weights went the whole way.
  const reached = ended ? stoppedAt(run) : STATIONS.indexOf(run.state as Station);
  const whole = run.state === 'succeeded' || (run.state === 'cancelled' && run.model !== null);
  return Object.fromEntries(
    STATIONS.map((station, i) => {
      if (whole || i < reached) return [station, 'done'];
      if (i > reached) return [station, 'ahead'];
      return [station, ended ? 'stopped' : 'current'];
    }),
  ) as Record<Station, StationStatus>;
}

function stoppedAt(run: Pick<RunRecord, 'milestones' | 'evaluation'>): number {
  const passed = new Set(run.milestones.map(({ name }) => name));
  if (run.evaluation) return STATIONS.indexOf('publishing');
  if (passed.has('trained')) return STATIONS.indexOf('evaluating');
  if (passed.has('prepared')) return STATIONS.indexOf('training');
  if (passed.has('loaded')) return STATIONS.indexOf('preparing');
  if (passed.has('started')) return STATIONS.indexOf('fetching');
  return STATIONS.indexOf('queued');
}

/** Seconds from the start of the run to its end, or to now. */
export function runSeconds(run: Pick<RunRecord, 'createdAt' | 'finishedAt'>, now: number): number {
  const end = run.finishedAt ? Date.parse(run.finishedAt) : now;
  return Math.max(0, (end - Date.parse(run.createdAt)) / 1000);
}

export interface SplitFigures {
  readonly split: 'test' | 'validation' | 'training';
  /** Null for a model that was not trained here. */
  readonly accuracy: number | null;
  readonly loss: number | null;
}

/** The figures that say most about new pictures, and on which pictures they were measured. */
export function bestKnownFigures(metrics: TrainingMetrics): SplitFigures {
  const { accuracy, loss, validation_accuracy, validation_loss, test_accuracy, test_loss } = metrics;
  if (test_accuracy !== null) return { split: 'test', accuracy: test_accuracy, loss: test_loss };
  if (validation_accuracy !== null)
    return { split: 'validation', accuracy: validation_accuracy, loss: validation_loss };
  return { split: 'training', accuracy, loss };
}

/** What a screen reader hears while a run goes on: not every step, but every state, epoch and tenth. */
export function announce(run: Pick<RunRecord, 'state' | 'progress' | 'training' | 'model'>): string {
  if (run.state === 'succeeded')
    return run.model ? `Done: ${run.model.name} version ${run.model.version} is ready.` : 'Done.';
  if (run.state !== 'training' || !run.training) return `${STATE_WORDS[run.state]}.`;
  return `Training, epoch ${run.training.epoch} of ${run.training.epochs}, ${Math.floor(run.progress * 10) * 10} percent.`;
}
