/** @file One run or one dataset that is looked at: its newest record, live until it has ended. */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../api/client.ts';
import { followLive } from '../api/live.ts';
import { API, describeError, type Failure } from '../api/request.ts';
import type { DatasetRecord, RunRecord } from '../api/types.ts';
import { addPoint, type CurvePoint, pointOf } from '../logic/curve.ts';
import { isActive } from '../logic/run-state.ts';
import { datasets, keepDataset, keepRun, refresh, runs } from './store.ts';

export interface FollowedRun {
  readonly record: ReadonlySignal<RunRecord | null>;
  readonly points: ReadonlySignal<readonly CurvePoint[]>;
  readonly error: ReadonlySignal<Failure | null>;
}

/** Follows a run; the points of its curve survive a reload of the page. */
export function useRun(id: string): FollowedRun {
  const record = useSignal<RunRecord | null>(null);
  const points = useSignal<readonly CurvePoint[]>([]);
  const error = useSignal<Failure | null>(null);
  useEffect(() => {
    let close = () => {};
    let wasActive = false;
    record.value = runs.peek()?.find((run) => run.id === id) ?? null;
    points.value = restorePoints(id);
    error.value = null;
    const take = (run: RunRecord) => {
      if (record.peek() && run.updatedAt < (record.peek()?.updatedAt ?? '')) return;
      record.value = run;
      error.value = null;
      keepRun(run);
      if (run.training) points.value = addPoint(points.peek(), pointOf(run.training));
      if (isActive(run.state)) wasActive = true;
      else {
        close();
        if (wasActive) refresh.models().catch(() => undefined);
      }
    };
    const poll = async () => take(await client.run(id));
    const start = async () => {
      try {
        await poll();
      } catch (thrown) {
        error.value = describeError(thrown);
        if (error.value.code !== 'unreachable') return;
      }
      if (record.peek() && !isActive((record.peek() as RunRecord).state)) return;
      close = followLive({
        url: `${API}/runs/${encodeURIComponent(id)}/events`,
        events: { run: (data) => take(data as RunRecord) },
        poll,
      });
      if (ended) close();
    };
    let ended = false;
    void start();
    const saving = setInterval(() => savePoints(id, points.peek()), 2000);
    const save = () => savePoints(id, points.peek());
    addEventListener('pagehide', save);
    return () => {
      ended = true;
      close();
      clearInterval(saving);
      removeEventListener('pagehide', save);
      save();
    };
  }, [id]);
  return { record, points, error };
}

/** Follows the check of a dataset. */
export function useDataset(id: string): {
  readonly record: ReadonlySignal<DatasetRecord | null>;
  readonly error: ReadonlySignal<Failure | null>;
} {
  const error = useSignal<Failure | null>(null);
  const record = useSignal<DatasetRecord | null>(null);
  useEffect(() => {
    error.value = null;
    record.value = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The list's stream brings every change; this asks as well, so that a broken stream never leaves a check hanging.
    const ask = async () => {
      try {
        const found = await client.dataset(id);
        error.value = null;
        keepDataset(found);
        if (found.state === 'ready' || found.state === 'failed') return;
      } catch (thrown) {
        error.value = describeError(thrown);
        if (error.value.code !== 'unreachable') return;
      }
      if (timer !== undefined) timer = setTimeout(ask, 1500);
    };
    timer = setTimeout(ask, 0);
    const stop = datasets.subscribe((list) => {
      record.value = list?.find((dataset) => dataset.id === id) ?? record.peek();
    });
    return () => {
      clearTimeout(timer);
      timer = undefined;
      stop();
    };
  }, [id]);
  return { record, error };
}

const pointsKey = (id: string) => `pictor:curve:${id}`;

function savePoints(id: string, points: readonly CurvePoint[]): void {
  if (points.length === 0) return;
  try {
    sessionStorage.setItem(pointsKey(id), JSON.stringify(points));
  } catch {
    // No room or not allowed: the curve then starts anew after a reload.
  }
}

function restorePoints(id: string): readonly CurvePoint[] {
  try {
    return JSON.parse(sessionStorage.getItem(pointsKey(id)) ?? '[]') as readonly CurvePoint[];
  } catch {
    return [];
  }
}
