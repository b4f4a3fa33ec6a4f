/** @file Runs `bin/pictor` as people do: in a process of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PICTOR = path.join(fileURLToPath(new URL('../..', import.meta.url)), 'bin', 'pictor');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON lines. */
  events(): Record<string, unknown>[];
}

/** Runs a command to its end. */
export async function pictor(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return await new Promise((resolve) => {
    const options = { env: { ...process.env, ...environment }, maxBuffer: 64 * 2 ** 20 };
    execFile(process.execPath, [PICTOR, ...args], options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 255) : 0;
      resolve({ code, stdout, stderr, events: () => jsonLines(stdout) });
    });
  });
}

/** Starts a command that goes on; end it with its own `kill`. */
export function startPictor(args: readonly string[], { ipc = false } = {}): ChildProcess {
  const stdio: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'pipe', 'pipe'];
  return spawn(process.execPath, [PICTOR, ...args], { stdio: ipc ? [...stdio, 'ipc'] : stdio });
}

/** Resolves when the process has ended, with its exit code; null when it was killed. */
export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  return await new Promise((resolve) => child.once('exit', resolve));
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
