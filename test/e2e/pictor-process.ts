/** @file Starts `npm start` on free ports with a data directory of its own, and ends it by its process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface PictorProcess {
  readonly url: string;
  /** Time from the start of the command to its "ready". */
  readonly secondsToReady: number;
  stop(): Promise<void>;
}

export async function startByNpm(): Promise<PictorProcess> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'pictor-e2e-'));
  const started = performance.now();
  const args = [
    'start',
    '--silent',
    '--',
    '--port',
    '0',
    '--rest-port',
    '0',
    '--grpc-port',
    '0',
    '--data-dir',
    dataDirectory,
    '--json',
  ];
  // Its own process group: npm does not pass signals on reliably, so the group is told.
  const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const log: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = await readyLine(child, () => log.join(''));
  return {
    url: ready.url,
    secondsToReady: (performance.now() - started) / 1000,
    async stop() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      await exited;
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

function readyLine(child: ChildProcess, log: () => string): Promise<{ readonly url: string }> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const event = line.startsWith('{') ? JSON.parse(line) : {};
      if (event.type === 'ready') resolve(event);
      if (event.type === 'error') reject(new Error(event.error.message));
    });
    child.once('exit', (code) => reject(new Error(`pictor ended with code ${code}:\n${log()}`)));
  });
}
