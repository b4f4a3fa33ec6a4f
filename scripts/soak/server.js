/** @file The server of a soak: `pictor up` on free ports, its memory, its end. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PICTOR = fileURLToPath(new URL('../../bin/pictor', import.meta.url));
const MEMORY_PROBE = new URL('./memory-probe.js', import.meta.url).href;
const KEPT_OUTPUT = 20_000;
/** Longer than running requests may take. */
const DRAIN_MS = 20_000;

/** @param {string} dataDirectory */
export async function startPictor(dataDirectory) {
  const ports = ['--port', '0', '--rest-port', '0', '--grpc-port', '0'];
  const probed = ['--expose-gc', '--import', MEMORY_PROBE, PICTOR];
  const child = spawn(process.execPath, [...probed, 'up', ...ports, '--data-dir', dataDirectory, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, PICTOR_LOG_LEVEL: 'warn' },
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-KEPT_OUTPUT);
  });
  for await (const line of createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdout) })) {
    const event = JSON.parse(line);
    if (event.type !== 'ready') continue;
    child.stdout?.resume();
    const { url, restUrl, grpcAddress } = event;
    return { child, url, restUrl, grpcUrl: `grpc://${grpcAddress}`, said: () => said };
  }
  throw new Error(`The server did not start: ${said}`);
}

/** Resident, in MiB. @param {number} pid */
export function residentOf(pid) {
  try {
    const [, kibibytes] = /VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return Number(kibibytes) / 1024;
  } catch {
    // Not Linux.
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'latin1' })) / 1024;
  }
}

/**
 * What it holds when all garbage is collected, in bytes; null when it has ended.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ readonly resident: number, readonly live: number, readonly native: number } | null>}
 */
export async function measure(child) {
  if (!child.connected) return null;
  child.send('measure');
  const ended = new AbortController();
  const { signal } = ended;
  const answer = once(child, 'message', { signal }).then(([measured]) => measured);
  const end = once(child, 'disconnect', { signal }).then(() => null);
  try {
    return await Promise.race([answer, end]);
  } finally {
    ended.abort();
    await Promise.allSettled([answer, end]);
  }
}

/**
 * Asks it to stop, and waits for its end.
 * @param {{ child: import('node:child_process').ChildProcess }} server @param {() => void} before called at the last moment
 */
export async function drain({ child }, before) {
  if (child.exitCode !== null || child.signalCode !== null) {
    return { code: `${child.exitCode ?? child.signalCode}, by itself`, seconds: 0 };
  }
  const started = performance.now();
  const ended = once(child, 'exit');
  before();
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), DRAIN_MS);
  const [code, signal] = await ended;
  clearTimeout(timer);
  return { code: code ?? signal, seconds: (performance.now() - started) / 1000 };
}
