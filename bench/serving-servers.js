/** @file The servers that are compared: each starts in a process of its own, on its cores, and says where it listens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * @typedef {{ name: string, url: string, grpcUrl: string | null, stop: () => Promise<void> }} RunningServer
 * @typedef {{ dataDirectory: string, graphs: Record<string, string>, threads: number, cores: string | null, python: string }} ServerContext
 * @typedef {{ name: string, protocols: readonly string[], start: (context: ServerContext) => Promise<RunningServer> }} ServerKind
 */

/** Pictor as people run it, without a trainer. @type {ServerKind} */
export const PICTOR = {
  name: 'pictor',
  protocols: ['rest', 'bytes', 'v2', 'grpc', 'v2-grpc'],
  async start({ dataDirectory, threads, cores }) {
    const child = pinned(cores, process.execPath, [
      path.join(here, 'serving-pictor.js'),
      dataDirectory,
      String(threads),
    ]);
    const line = await firstLine(child, 'Pictor');
    const { url, grpcAddress } = JSON.parse(line);
    return { name: 'pictor', url, grpcUrl: grpcAddress ? `grpc://${grpcAddress}` : null, stop: () => end(child) };
  },
};

/** Pictor with batches of one, as TensorFlow Serving's parameters say it. @type {ServerKind} */
export const PICTOR_UNBATCHED = {
  name: 'pictor, unbatched',
  protocols: ['v2', 'rest'],
  async start({ dataDirectory, threads, cores }) {
    const script = path.join(here, 'serving-pictor.js');
    const child = pinned(cores, process.execPath, [script, dataDirectory, String(threads), '--unbatched']);
    const { url } = JSON.parse(await firstLine(child, 'Pictor'));
    return { name: 'pictor, unbatched', url, grpcUrl: null, stop: () => end(child) };
  },
};

/** FastAPI with onnxruntime, so many processes of uvicorn. @param {number} workers @returns {ServerKind} */
export function fastapi(workers) {
  const name = `FastAPI, ${workers} worker${workers > 1 ? 's' : ''}`;
  return {
    name,
    protocols: ['rest', 'v2'],
    async start({ graphs, threads, cores, python }) {
      const port = await freePort();
      const arguments_ = ['-m', 'uvicorn', 'fastapi_serving:app', '--port', String(port), '--workers', String(workers)];
      const environment = {
        BENCH_GRAPHS: JSON.stringify(graphs),
        BENCH_THREADS: String(Math.max(1, Math.floor(threads / workers))),
      };
      const options = { cwd: path.join(here, 'peers'), env: { ...process.env, ...environment } };
      const child = pinned(cores, python, [...arguments_, '--log-level', 'warning', '--no-access-log'], options);
      const url = `http://127.0.0.1:${port}`;
      await answers(`${url}/healthz`, child, name);
      return { name, url, grpcUrl: null, stop: () => end(child) };
    },
  };
}

/** Ray Serve: its proxy, and so many replicas. @param {number} replicas @returns {ServerKind} */
export function rayServe(replicas) {
  const name = `Ray Serve, ${replicas} replica${replicas > 1 ? 's' : ''}`;
  return {
    name,
    protocols: ['rest', 'v2'],
    async start({ graphs, cores, python }) {
      const port = await freePort();
      const environment = {
        BENCH_GRAPHS: JSON.stringify(graphs),
        BENCH_PORT: String(port),
        BENCH_REPLICAS: String(replicas),
      };
      const quiet = { RAY_USAGE_STATS_ENABLED: '0', RAY_DEDUP_LOGS: '0' };
      const options = { cwd: path.join(here, 'peers'), env: { ...process.env, ...environment, ...quiet } };
      const child = pinned(cores, python, ['ray_serving.py'], options);
      const url = `http://127.0.0.1:${port}`;
      await answers(`${url}/healthz`, child, name);
      return { name, url, grpcUrl: null, stop: () => end(child) };
    },
  };
}

/**
 * On these cores alone, where there is `taskset`; null: on all.
 * @param {string | null} cores @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} [options]
 */
export function pinned(cores, command, args, options = {}) {
  const [program, all] = cores === null ? [command, args] : ['taskset', ['-c', cores, command, ...args]];
  // In a group of its own, so that processes that it starts end with it.
  return spawn(program, all, { stdio: ['ignore', 'pipe', 'inherit'], detached: true, ...options });
}

/** @param {import('node:child_process').ChildProcess} child @param {string} name @returns {Promise<string>} */
async function firstLine(child, name) {
  let text = '';
  for await (const chunk of /** @type {import('node:stream').Readable} */ (child.stdout)) {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) {
      child.stdout?.resume();
      return text.slice(0, end);
    }
  }
  throw new Error(`${name} ended before it listened.`);
}

/** @param {string} url @param {import('node:child_process').ChildProcess} child @param {string} name */
async function answers(url, child, name) {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}.`);
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
    await sleep(200);
  }
  throw new Error(`${name} does not answer.`);
}

/** @param {import('node:child_process').ChildProcess} child */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  const signal = (/** @type {NodeJS.Signals} */ name) => {
    try {
      process.kill(-(/** @type {number} */ (child.pid)), name);
    } catch {
      // It has ended by itself.
    }
  };
  signal('SIGTERM');
  const timer = setTimeout(() => signal('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  server.close();
  return port;
}
