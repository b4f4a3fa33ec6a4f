/** @file Starts `npm start` on free ports with a data directory of its own, and ends it by its process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
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
  const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const log: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = await readyLine(child, () => log.join(''));
  return {
    url: ready.url,
    secondsToReady: (performance.now() - started) / 1000,
    async stop() {
      // npm alone is told, as service managers do: the server has to notice.
      child.kill('SIGTERM');
      await exited;
      await goneWithin(ready.pid, 20_000);
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function goneWithin(pid: number, milliseconds: number): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (isAlive(pid)) {
    if (performance.now() > deadline) {
      process.kill(pid, 'SIGKILL');
      throw new Error(`Process ${pid} goes on, although npm has ended.`);
    }
    await delay(50);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface Ready {
  readonly url: string;
  readonly pid: number;
}

function readyLine(child: ChildProcess, log: () => string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const event = line.startsWith('{') ? JSON.parse(line) : {};
      if (event.type === 'ready') resolve(event);
      if (event.type === 'error') reject(new Error(event.error.message));
    });
    child.once('exit', (code) => reject(new Error(`pictor ended with code ${code}:\n${log()}`)));
  });
}
