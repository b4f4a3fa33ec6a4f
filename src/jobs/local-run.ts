/** @file Sign of life of a run that a command trains by itself, so that one that was killed does not look alive for ever. */
import { hostname } from 'node:os';
import { errorBody, PictorError, type RunRecord } from '../contracts/index.ts';
import { isAlive, type KeyValue } from '../platform/index.ts';
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

/** Whether nobody works on the run any more: no sign of life for too long, or a process of this machine that has ended. */
export function isGone({ worker, aliveUntil }: LocalRun): boolean {
  if (aliveUntil <= Date.now()) return true;
  const [, host, pid] = /^(.*):(\d+)$/.exec(worker) ?? [];
  return host === hostname() && !isAlive(Number(pid));
}

export function endedByGoneWorker(record: RunRecord, worker: string): RunRecord {
  const error = new PictorError(
    'training_interrupted',
    `The command that trained it (${worker}) ended without a word.`,
    {
      fix: `Continue from its last checkpoint, if an epoch or a minute had passed: pictor train --resume ${record.id}`,
    },
  );
  const line = logLine(error.message, 'error');
  return withEnd(withAttemptEnded(record, 'lost', line.at), 'failed', line, errorBody(error).error);
}
