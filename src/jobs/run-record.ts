/** @file Pure steps of a run record: what is written when a run is submitted, taken, advanced, ended. */

import type { RunAttempt, RunLogLine, RunRecord, RunState, TrainingRequest } from '../contracts/index.ts';
import { type ErrorBody, isTerminal, MILESTONES, type Milestone } from '../contracts/index.ts';
import { redactSource } from '../dataset/index.ts';
import { redactWeightsSource } from '../formats/index.ts';
import { MAX_RUN_ATTEMPTS } from './stores.ts';

/** Lines of a run's log that are kept; older ones go. */
export const MAX_LOG_LINES = 500;
const MAX_LINE_LENGTH = 1000;

/** Share of the whole way, 0..1, at which a state begins. */
const STATE_BEGINS: Partial<Record<RunState, number>> = {
  fetching: 0,
  preparing: 0.05,
  training: 0.1,
  evaluating: 0.96,
  publishing: 0.98,
  succeeded: 1,
};

/** Share of the whole way when `done` (0..1) of the state is done. */
export function progressIn(state: 'fetching' | 'preparing' | 'training', done: number): number {
  const end = { fetching: 0.05, preparing: 0.1, training: 0.96 }[state];
  const begin = STATE_BEGINS[state] ?? 0;
  return begin + (end - begin) * Math.min(1, Math.max(0, done));
}

export function newRunRecord(id: string, request: TrainingRequest): RunRecord {
  const now = new Date().toISOString();
  return {
    id,
    name: request.name,
    request: {
      ...request,
      dataset: redactSource(request.dataset),
      ...(request.weights ? { weights: redactWeightsSource(request.weights) } : {}),
      ...(request.testDataset ? { testDataset: redactSource(request.testDataset) } : {}),
    },
    state: 'queued',
    progress: 0,
    createdAt: now,
    updatedAt: now,
    finishedAt: null,
    attempts: [],
    milestones: [{ name: 'submitted', at: now }],
    log: [],
    training: null,
    history: [],
    recipe: null,
    dataset: null,
    metrics: null,
    evaluation: null,
    model: null,
    imagesPerSecond: null,
    seconds: null,
    peakMemoryBytes: null,
    cancelRequested: false,
    error: null,
  };
}

export function withState(record: RunRecord, state: RunState): RunRecord {
  return { ...record, state, progress: Math.max(record.progress, STATE_BEGINS[state] ?? 0) };
}

/** Adds a log line, and drops the oldest when there are too many. */
export function withLog(record: RunRecord, line: RunLogLine): RunRecord {
  const message = line.message.length > MAX_LINE_LENGTH ? `${line.message.slice(0, MAX_LINE_LENGTH)}…` : line.message;
  return { ...record, log: [...record.log, { ...line, message }].slice(-MAX_LOG_LINES) };
}

export function logLine(message: string, level: RunLogLine['level'] = 'info'): RunLogLine {
  return { at: new Date().toISOString(), level, message };
}

/**
 * Records that a point was passed, with those before it that were not seen on their own.
 * The first time of each counts, over all attempts.
 */
export function withMilestone(record: RunRecord, name: Milestone, at: string): RunRecord {
  const passed = new Set(record.milestones.map((milestone) => milestone.name));
  const missing = MILESTONES.slice(0, MILESTONES.indexOf(name) + 1).filter((milestone) => !passed.has(milestone));
  if (missing.length === 0) return record;
  return { ...record, milestones: [...record.milestones, ...missing.map((milestone) => ({ name: milestone, at }))] };
}

/** Attempts that ended badly by the run's own doing, or without a word. */
export function failedAttempts(record: RunRecord): readonly RunAttempt[] {
  return record.attempts.filter((attempt) => attempt.outcome === 'failed' || attempt.outcome === 'lost');
}

/** `attempt 2 of 3`; a shut-down worker gives its run one attempt more. */
export function attemptText(record: RunRecord, number: number): string {
  const interrupted = record.attempts.filter((attempt) => attempt.outcome === 'interrupted').length;
  return `attempt ${number} of ${MAX_RUN_ATTEMPTS + interrupted}`;
}

/** Ends the attempt that is still running, if there is one. */
export function withAttemptEnded(record: RunRecord, outcome: RunAttempt['outcome'], at: string): RunRecord {
  const last = record.attempts.at(-1);
  if (last?.outcome !== 'running') return record;
  return { ...record, attempts: [...record.attempts.slice(0, -1), { ...last, outcome, endedAt: at }] };
}

/** A worker takes the run: an attempt more, and what the one before had reached is cleared. */
export function withAttemptStarted(record: RunRecord, worker: string, at: string): RunRecord {
  const number = record.attempts.length + 1;
  const attempt: RunAttempt = { number, worker, pid: process.pid, startedAt: at, endedAt: null, outcome: 'running' };
  const cleared = { progress: 0, training: null, history: [], metrics: null, evaluation: null, error: null };
  return withMilestone(
    { ...record, ...cleared, state: 'fetching', attempts: [...record.attempts, attempt] },
    'started',
    at,
  );
}

/** Ends the run. Does nothing to one that has ended. */
export function withEnd(
  record: RunRecord,
  state: 'failed' | 'cancelled',
  line: RunLogLine,
  error: ErrorBody['error'] | null = null,
): RunRecord {
  if (isTerminal(record.state)) return record;
  const ended = withAttemptEnded(record, state, line.at);
  return withLog({ ...ended, state, error, finishedAt: line.at, training: null }, line);
}

/** A change that also records a milestone, with the time it has now and not that of a repetition. */
export function passed(name: Milestone, change: (run: RunRecord) => RunRecord): (run: RunRecord) => RunRecord {
  const at = new Date().toISOString();
  return (run) => withMilestone(change(run), name, at);
}
