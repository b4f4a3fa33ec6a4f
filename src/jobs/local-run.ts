/** @file Sign of life of a run that a command trains by itself, so that one that was killed does not look alive for ever. */
import { errorBody, PictorError, type RunRecord } from '../contracts/index.ts';
import type { KeyValue } from '../platform/index.ts';
import { workerName } from './ids.ts';
import { logLine, withAttemptEnded, withEnd } from './run-record.ts';
import type { LocalRun } from './stores.ts';

const ALIVE_MS = 20_000;

/** Says every few seconds that this process still works on the run. Returns what ends that. */
export async function signOfLife(localRuns: KeyValue<LocalRun>, id: string): Promise<() => Promise<void>> {
  const worker = workerName();
  const say = async () => {
    await localRuns.put(id, { worker, aliveUntil: Date.now() + ALIVE_MS });
  };
  await say();
  let saying: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    saying = say().catch(() => {}); // said again a moment later
  }, ALIVE_MS / 4);
  return async () => {
    clearInterval(timer);
    await saying;
    await localRuns.delete(id);
  };
}

export function endedByGoneWorker(record: RunRecord, worker: string): RunRecord {
  const error = new PictorError(
    'training_interrupted',
    `The command that trained it (${worker}) ended without a word.`,
  );
  const line = logLine(error.message, 'error');
  return withEnd(withAttemptEnded(record, 'lost', line.at), 'failed', line, errorBody(error).error);
}
