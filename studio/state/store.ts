/** @file What the lists show: runs, datasets and models, kept up to date by one stream. */
import { computed, signal } from '@preact/signals';
import { client } from '../api/client.ts';
import { followLive, type LiveStatus } from '../api/live.ts';
import { API, describeError, type Failure } from '../api/request.ts';
import type { DatasetRecord, ModelSummary, PresetInfo, RunRecord } from '../api/types.ts';
import { isActive } from '../logic/run-state.ts';
import { mergeRecord } from './merge.ts';

/** Null until they are known. */
export const runs = signal<readonly RunRecord[] | null>(null);
export const datasets = signal<readonly DatasetRecord[] | null>(null);
export const models = signal<readonly ModelSummary[] | null>(null);
export const presets = signal<readonly PresetInfo[] | null>(null);

/** Why the lists could not be read the last time; null when they could. */
export const listError = signal<Failure | null>(null);
export const connection = signal<LiveStatus>('connecting');
export const activeRuns = computed(() => (runs.value ?? []).filter((run) => isActive(run.state)));

/** The present, second by second; it stands still while nothing shows it. */
let ticking: ReturnType<typeof setInterval> | undefined;
export const now = signal(Date.now(), {
  watched() {
    now.value = Date.now();
    ticking = setInterval(() => {
      now.value = Date.now();
    }, 1000);
  },
  unwatched: () => clearInterval(ticking),
});

export const refresh = {
  runs: async () => {
    runs.value = await client.runs();
  },
  datasets: async () => {
    datasets.value = await client.datasets();
  },
  models: async () => {
    models.value = await client.models();
  },
};

async function refreshAll(): Promise<void> {
  try {
    await Promise.all([refresh.runs(), refresh.datasets(), refresh.models()]);
    listError.value = null;
  } catch (error) {
    listError.value = describeError(error);
    throw error;
  }
}

const ignore = () => undefined;

/** Loads the lists and keeps them current. Called once. */
export function startStore(): void {
  followLive({
    url: `${API}/events`,
    events: {
      run: (data) => (isRecord<RunRecord>(data) ? keepRun(data) : void refresh.runs().catch(ignore)),
      dataset: (data) => (isRecord<DatasetRecord>(data) ? keepDataset(data) : void refresh.datasets().catch(ignore)),
      model: () => void refresh.models().catch(ignore),
    },
    poll: refreshAll,
    onStatus: (status) => {
      connection.value = status;
      // What happened before the stream was open is not in it.
      if (status === 'live') refreshAll().catch(ignore);
    },
  });
  setTimeout(() => {
    if (runs.value === null) refreshAll().catch(ignore);
  }, 400);
}

/** Reads the presets once. */
export function loadPresets(): void {
  if (presets.value) return;
  client.presets().then((list) => {
    presets.value = list;
  }, ignore);
}

export function keepRun(record: RunRecord): void {
  runs.value = mergeRecord(runs.peek() ?? [], record);
}

export function keepDataset(record: DatasetRecord): void {
  datasets.value = mergeRecord(datasets.peek() ?? [], record);
}

export function forgetRun(id: string): void {
  runs.value = (runs.peek() ?? []).filter((run) => run.id !== id);
}

export function forgetDataset(id: string): void {
  datasets.value = (datasets.peek() ?? []).filter((dataset) => dataset.id !== id);
}

/** Anything else in an event, such as the notice of a deletion, means: read the list again. */
function isRecord<T extends { id: string; state: string }>(data: unknown): data is T {
  const record = data as Partial<T> | null;
  return typeof record?.id === 'string' && typeof record.state === 'string';
}
