/** @file Closed and open loops: who sends when, and what counts as the latency. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RandomGenerator } from '../contracts/index.ts';
import { LatencyLog } from './latencies.ts';
import type { Connection } from './types.ts';

/** What came back in one window. */
export interface Tally {
  readonly latencies: LatencyLog;
  /** Of an open loop: how late requests were handed to a connection although one was free. */
  readonly delays: LatencyLog;
  readonly errors: Map<string, number>;
}

export function newTally(): Tally {
  return { latencies: new LatencyLog(), delays: new LatencyLog(), errors: new Map() };
}

/** Where answers are counted now. */
export interface Counter {
  tally: Tally;
}

const MAX_ERROR_KINDS = 20;
/** A server that refuses at once must not be flooded. */
const PAUSE_AFTER_ERROR_MS = 5;

function count({ tally }: Counter, error: string | null, since: number): void {
  if (error === null) tally.latencies.add(performance.now() - since);
  else if (tally.errors.has(error) || tally.errors.size < MAX_ERROR_KINDS) {
    tally.errors.set(error, (tally.errors.get(error) ?? 0) + 1);
  } else tally.errors.set('others', (tally.errors.get('others') ?? 0) + 1);
}

/** Each connection sends its next request when it has its answer. Ends when the signal is given and all have answered. */
export async function closedLoop(
  connections: readonly Connection[],
  counter: Counter,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    connections.map(async (connection) => {
      while (!signal.aborted) {
        const since = performance.now();
        const error = await connection.send();
        count(counter, error, since);
        if (error !== null) await sleep(PAUSE_AFTER_ERROR_MS);
      }
    }),
  );
}

/** Below this time to the next request, waiting by timer would be too coarse. */
const TIMER_MS = 2;

/**
 * Requests come by chance, `rate` a second on average (Poisson), whether the server keeps up or not. The latency counts from
 * the moment at which a request was to be sent: when all connections are busy it waits, and that wait is the server's. A loop
 * that counted from the sending would leave out just the slow moments.
 */
export async function openLoop(
  connections: readonly Connection[],
  rate: number,
  counter: Counter,
  signal: AbortSignal,
): Promise<void> {
  const random = new RandomGenerator(1, 'arrivals');
  const free = [...connections];
  const waiting: number[] = [];
  const running = new Set<Promise<void>>();
  const start = (due: number) => {
    const connection = free.pop();
    if (!connection) return void waiting.push(due);
    const sent = send(connection, due).finally(() => running.delete(sent));
    running.add(sent);
  };
  const send = async (connection: Connection, due: number) => {
    count(counter, await connection.send(), due);
    const next = waiting.shift();
    // Whoever waits goes on with the same connection; after the end nobody waits any more.
    if (next !== undefined && !signal.aborted) await send(connection, next);
    else free.push(connection);
  };
  let due = performance.now();
  while (!signal.aborted) {
    due += (-Math.log(1 - random.nextFloat()) * 1000) / rate;
    for (let left = due - performance.now(); left > 0 && !signal.aborted; left = due - performance.now()) {
      await (left > TIMER_MS ? sleep(left - TIMER_MS / 2) : new Promise((resolve) => setImmediate(resolve)));
    }
    if (free.length > 0) counter.tally.delays.add(Math.max(0, performance.now() - due));
    if (!signal.aborted) start(due);
  }
  waiting.length = 0;
  await Promise.all(running);
}
