/** @file One measurement: warm-up, then windows until the last ones agree. */
import { setTimeout as sleep } from 'node:timers/promises';
import { summarise } from './latencies.ts';
import { type Counter, closedLoop, newTally, openLoop, type Tally } from './loops.ts';
import type { Connection, LoadClient, LoadOptions, LoadResult, LoadShape } from './types.ts';

interface Window {
  readonly tally: Tally;
  readonly seconds: number;
}

/**
 * Throughput and median latency are those of the last windows, which agree when the result is `stable`.
 * @throws when no connection can be opened
 */
export async function runLoad(client: LoadClient, shape: LoadShape, options: LoadOptions = {}): Promise<LoadResult> {
  const { warmup = 2, window = 5, windows: needed = 3, stability = 0.1, signal } = options;
  const most = Math.max(needed, options.maxWindows ?? 10);
  const connections: Connection[] = [];
  const stop = new AbortController();
  const counter: Counter = { tally: newTally() };
  const windows: Window[] = [];
  let stable = false;
  let loop: Promise<void> = Promise.resolve();
  try {
    for (let i = 0; i < shape.connections; i++) connections.push(await client.open());
    loop =
      shape.kind === 'closed'
        ? closedLoop(connections, counter, stop.signal)
        : openLoop(connections, shape.rate, counter, stop.signal);
    await sleep(warmup * 1000, undefined, { signal }).catch(() => {});
    while (windows.length < most && !stable && !signal?.aborted) {
      counter.tally = newTally();
      const started = performance.now();
      await sleep(window * 1000, undefined, { signal }).catch(() => {});
      windows.push({ tally: counter.tally, seconds: (performance.now() - started) / 1000 });
      stable = windows.length >= needed && agree(windows.slice(-needed), stability);
    }
  } finally {
    counter.tally = newTally();
    stop.abort();
    // Answers that are still on their way come, or their connections end.
    await Promise.race([loop, sleep(1000)]);
    for (const connection of connections) connection.close();
  }
  return resultOf(windows.slice(-needed), windows.length, stable, shape);
}

function agree(windows: readonly Window[], stability: number): boolean {
  const rates = windows.map(({ tally, seconds }) => tally.latencies.count / seconds);
  const medians = windows.map(({ tally }) => summarise([tally.latencies])?.p50 ?? 0);
  if (rates.includes(0)) return false;
  return [rates, medians].every((values) => Math.max(...values) <= (1 + stability) * Math.min(...values));
}

function resultOf(counted: readonly Window[], windows: number, stable: boolean, shape: LoadShape): LoadResult {
  const seconds = counted.reduce((sum, window) => sum + window.seconds, 0);
  const logs = counted.map(({ tally }) => tally.latencies);
  const requests = logs.reduce((sum, log) => sum + log.count, 0);
  const errorKinds: Record<string, number> = {};
  for (const { tally } of counted) {
    for (const [text, count] of tally.errors) errorKinds[text] = (errorKinds[text] ?? 0) + count;
  }
  const errors = Object.values(errorKinds).reduce((sum, count) => sum + count, 0);
  const delays = shape.kind === 'open' ? summarise(counted.map(({ tally }) => tally.delays)) : null;
  return {
    requestsPerSecond: seconds > 0 ? requests / seconds : 0,
    latencyMs: summarise(logs),
    requests,
    errors,
    errorKinds,
    windows,
    stable,
    ...(delays ? { senderDelayMs: delays.p99 } : {}),
  };
}
