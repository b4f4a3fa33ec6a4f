/** @file Keeps one trainer process running: starts it again when it ends, stops it with the server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Logger } from './logger.ts';
import type { ServerSettings } from './settings.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/pictor', import.meta.url));

/** The first try comes soon, so that a run of a killed trainer goes on; then ever later. */
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 15_000;
/** A trainer that lived so long was well; the next failure starts from the first delay. */
const WELL_AFTER_MS = 20_000;
/** How long a trainer may take to give back what it holds. */
const STOP_MS = 10_000;

export interface TrainerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `pictor trainer` on the server's data directory. It ends by itself when the channel to the server closes. */
export function trainerCommand({ dataDirectory, urls, limits }: ServerSettings): TrainerCommand {
  const args = [PROGRAM, 'trainer', '--data-dir', dataDirectory];
  if (urls.allowLoopback) args.push('--allow-loopback-urls');
  if (urls.allowPrivate) args.push('--allow-private-urls');
  return { file: process.execPath, args, env: { PICTOR_MAX_DOWNLOAD_BYTES: String(limits.maxDownloadBytes) } };
}

export class TrainerProcess {
  readonly #command: TrainerCommand;
  readonly #log: Logger;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #delayMs = FIRST_DELAY_MS;
  #stopping = false;

  constructor(command: TrainerCommand, log: Logger) {
    this.#command = command;
    this.#log = log;
  }

  /** Of the process that runs now; null between two. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  start(): void {
    if (this.#stopping) return;
    const { file, args, env } = this.#command;
    const child = spawn(file, args, {
      // The channel is never written to; that it closes tells the trainer that the server is gone.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
    });
    this.#child = child;
    const startedAt = performance.now();
    for (const stream of [child.stdout, child.stderr]) if (stream) forwardLines(stream, this.#log, child.pid);
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#log.error({ err: error }, 'The trainer cannot be started.');
        resolve();
      });
      child.once('exit', () => resolve());
    });
    void this.#ended.then(() => this.#onEnd(child, performance.now() - startedAt));
  }

  /** Asks the trainer to give back what it holds, and waits for its end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await this.#ended;
    clearTimeout(kill);
  }

  #onEnd(child: ChildProcess, livedMs: number): void {
    this.#child = null;
    if (this.#stopping) return;
    if (livedMs > WELL_AFTER_MS) this.#delayMs = FIRST_DELAY_MS;
    const how = child.signalCode ?? `code ${child.exitCode}`;
    this.#log.warn(`The trainer (process ${child.pid}) ended with ${how}; another one starts in ${this.#delayMs} ms.`);
    this.#timer = setTimeout(() => this.start(), this.#delayMs);
    this.#delayMs = Math.min(LONGEST_DELAY_MS, this.#delayMs * 2);
  }
}

/** The trainer's own lines keep their level; what else it writes, such as the stack of a crash, is a warning. */
function forwardLines(stream: Readable, log: Logger, pid: number | undefined): void {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    const { level, msg, err } = parseLogLine(line);
    log[level]({ trainer: pid, ...(err === undefined ? {} : { err }) }, msg);
  });
  lines.on('error', () => {});
}

interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly msg: string;
  readonly err?: unknown;
}

function parseLogLine(line: string): LogLine {
  try {
    const { level, msg, err } = JSON.parse(line);
    const name = pino.levels.labels[level];
    if (name === 'debug' || name === 'info' || name === 'warn' || name === 'error') return { level: name, msg, err };
  } catch {
    // Not JSON: no line of the trainer's log.
  }
  return { level: 'warn', msg: line };
}
