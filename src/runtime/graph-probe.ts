/** @file Asks the runtime about a graph of another author, in a process of its own: it may crash, or never end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PictorError } from '../contracts/index.ts';
import { Turnstile } from './turnstile.ts';
import { workerFile } from './worker-file.ts';

export interface ProbedValue {
  readonly name: string;
  /** Null for sequences and maps. Types are the runtime's: `float32`, `string`. A shape of `[]` may also be an unknown one. */
  readonly tensor: { readonly type: string; readonly shape: readonly number[] } | null;
}

export interface GraphProbe {
  readonly inputs: readonly ProbedValue[];
  /** Shapes are inferred; -1 is any size. */
  readonly outputs: readonly ProbedValue[];
}

export interface ProbeOptions {
  readonly signal?: AbortSignal;
  /** Loading takes seconds at most, and so does one sample. Default 120,000. */
  readonly timeoutMs?: number;
}

/** What the process is asked, beside the bytes of the graph on its standard input. */
export interface ProbeRequest {
  readonly bytes: number;
  /** Inputs to run the graph with, all of them zeros; null: it is only loaded. */
  readonly run: Readonly<Record<string, readonly number[]>> | null;
}

export type ProbeReply = { readonly probe: GraphProbe } | { readonly error: string };

/**
 * Loads a graph as it stands, and frees it again.
 * @throws `internal` with what the runtime says when the graph is not valid, has operators that it does not know, or takes
 *   longer than it may
 */
export function probeGraph(model: Uint8Array, options: ProbeOptions = {}): Promise<GraphProbe> {
  return turnstile.pass(() => ask(model, null, options));
}

/**
 * Loads a graph as serving does, and runs it once with zeros.
 * @param shapes of all inputs that are no texts
 * @throws as `probeGraph`
 */
export async function tryGraph(
  model: Uint8Array,
  shapes: Readonly<Record<string, readonly number[]>>,
  options: ProbeOptions = {},
): Promise<void> {
  await turnstile.pass(() => ask(model, shapes, options));
}

const running = new Set<ChildProcess>();
/** A process each: a server that opens many models asks about all of them. */
const turnstile = new Turnstile(availableParallelism());

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

async function ask(
  model: Uint8Array,
  run: ProbeRequest['run'],
  { signal, timeoutMs = 120_000 }: ProbeOptions,
): Promise<GraphProbe> {
  signal?.throwIfAborted();
  const request: ProbeRequest = { bytes: model.byteLength, run };
  const file = fileURLToPath(workerFile('./graph-probe-process', import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify(request)], { stdio: ['pipe', 'pipe', 'ignore'] });
  let isLate = false;
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, timeoutMs);
  if (running.size === 0) process.once('exit', killAll);
  running.add(child);
  signal?.addEventListener('abort', kill);
  try {
    const ended = new Promise<string | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (_, reason) => resolve(reason));
    });
    // A process that ends early does not read all; why it ended is told below.
    child.stdin.on('error', () => {});
    child.stdin.end(model);
    const [answer, reason] = await Promise.all([text(child.stdout), ended]);
    signal?.throwIfAborted();
    if (isLate) throw internal(`loading and running it takes longer than ${timeoutMs / 1000} s`);
    if (answer === '') throw internal(`the runtime ended on it without a word (${reason ?? 'exit'})`);
    const reply: ProbeReply = JSON.parse(answer);
    if ('error' in reply) throw internal(reply.error);
    return reply.probe;
  } finally {
    clearTimeout(timer);
    running.delete(child);
    if (running.size === 0) process.off('exit', killAll);
    signal?.removeEventListener('abort', kill);
    kill();
  }
}

function internal(message: string): PictorError {
  return new PictorError('internal', message);
}
