/** @file One worker's attempt at a run: how it begins, and how it ends when it does not reach the end. */
import {
  asPictorError,
  errorBody,
  isTerminal,
  PictorError,
  type RunAttempt,
  type RunRecord,
} from '../contracts/index.ts';
import { workerName } from './ids.ts';
import { RecordWriter, updateRecord } from './record-writer.ts';
import {
  attemptText,
  failedAttempts,
  logLine,
  withAttemptEnded,
  withAttemptStarted,
  withEnd,
  withLog,
} from './run-record.ts';
import { MAX_RUN_ATTEMPTS, type Stores } from './stores.ts';

/** Codes that say that something broke which may hold the next time; every other one names a cause that stays. */
const PASSING: readonly string[] = ['internal', 'training_interrupted'];

export interface AttemptListeners {
  readonly onChange?: (record: RunRecord) => void;
  /** Another worker has taken over. */
  readonly onLost: (reason: unknown) => void;
}

/**
 * Records that this process takes the run. An attempt that was still running is thereby lost, and may write no more.
 * @returns null when there is nothing to do: the run is gone, has ended, or is ended here
 */
export async function beginAttempt(
  { runs }: Stores,
  id: string,
  { onChange, onLost }: AttemptListeners,
): Promise<RecordWriter<RunRecord> | null> {
  const worker = workerName();
  const at = new Date().toISOString();
  const entry = await updateRecord(runs, id, (record) => (isTerminal(record.state) ? null : begun(record, worker, at)));
  if (!entry || isTerminal(entry.value.state)) return null;
  const number = entry.value.attempts.length;
  const holds = (record: RunRecord) => {
    const last = record.attempts.at(-1);
    return last?.number === number && last.outcome === 'running';
  };
  return new RecordWriter<RunRecord>(
    {
      store: runs,
      key: id,
      holds,
      onError: (error) => {
        if (error instanceof PictorError && error.code === 'lease_lost') onLost(error);
      },
      // Thousands of epochs make a long record: it is then written less often.
      intervalMs: (record) => Math.max(250, record.history.length / 5),
      ...(onChange ? { onChange } : {}),
    },
    entry,
  );
}

function begun(record: RunRecord, worker: string, at: string): RunRecord {
  const previous = record.attempts.at(-1);
  const lost = previous?.outcome === 'running';
  const own = lost && isOwn(previous, worker);
  const known = lost ? withAttemptEnded(record, own ? 'interrupted' : 'lost', at) : record;
  if (known.cancelRequested) return withEnd(known, 'cancelled', logLine('Cancelled; nothing was published.'));
  const why = own ? 'was too slow to say that it works on the run' : 'stopped answering';
  const stopped = lost ? `Worker ${previous.worker} ${why}` : '';
  if (failedAttempts(known).length >= MAX_RUN_ATTEMPTS) return exhausted(known, `${stopped}.`);
  const next = `${attemptText(known, known.attempts.length + 1)} starts`;
  const line = lost
    ? logLine(`${stopped}; ${next} on worker ${worker}.`, 'warning')
    : logLine(previous ? `Worker ${worker}: ${next}.` : `Run ${known.id} starts on worker ${worker}.`);
  return withLog(withAttemptStarted(known, worker, at), line);
}

/**
 * Whether this process, which is alive, made the attempt: it was too slow to keep its lease, on a machine with more to do than
 * it can. That is not the run's fault, as a worker's death may be. A worker of the same name may have died: containers give
 * their processes the same numbers.
 */
function isOwn({ worker, startedAt }: RunAttempt, self: string): boolean {
  return worker === self && Date.parse(startedAt) >= performance.timeOrigin;
}

/** Ends a run whose attempts are used up. */
export function exhausted(record: RunRecord, reason: string): RunRecord {
  const error = new PictorError(
    'run_attempts_exhausted',
    `The run was given up after ${record.attempts.length} attempts. The last one: ${reason}`,
  );
  return withEnd(record, 'failed', logLine(error.message, 'error'), errorBody(error).error);
}

/** Whether another attempt cannot help: the request, the dataset or its server is at fault, or the machine needs its owner. */
export function isFinal(error: unknown): boolean {
  return !PASSING.includes(asPictorError(error).code);
}

/** Ends the run as failed. */
export async function failRun(writer: RecordWriter<RunRecord>, error: unknown): Promise<void> {
  const known = asPictorError(error);
  const line = logLine(`Failed: ${known.message}`, 'error');
  await writer.change((run) => withEnd(run, 'failed', line, errorBody(known).error));
}

/**
 * Ends the attempt; the run waits for another one, unless its attempts are used up.
 * @returns whether another attempt will be made
 */
export async function failAttempt(writer: RecordWriter<RunRecord>, error: unknown): Promise<boolean> {
  const { message } = asPictorError(error);
  const line = logLine(`This attempt failed: ${message}`, 'warning');
  await writer.change((run) => {
    const ended = withLog(withAttemptEnded(run, 'failed', line.at), line);
    if (failedAttempts(ended).length >= MAX_RUN_ATTEMPTS) return exhausted(ended, message);
    return { ...ended, state: 'queued', training: null };
  });
  return writer.record.state === 'queued';
}

/** The worker is shut down: the run waits for another one, and no attempt of its own is used up. */
export async function interruptAttempt(writer: RecordWriter<RunRecord>): Promise<void> {
  const line = logLine('The worker was shut down; the run waits for another one.', 'warning');
  await writer.change((run) => ({
    ...withLog(withAttemptEnded(run, 'interrupted', line.at), line),
    state: 'queued',
    training: null,
  }));
}
