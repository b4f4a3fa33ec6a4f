/**
 * @file `npm run soak -- [--minutes 10] [--swap 5] [--json]`: every protocol at once against one server, while versions come, go,
 * are broken and change their labels, and a stop at the end. Exits with 1 when a request failed that should have worked, an
 * answer was not its version's, or memory grew.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openCallers } from './soak/callers.js';
import { Changes } from './soak/changes.js';
import { drain, memoryOf, startPictor } from './soak/server.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    swap: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const milliseconds = positive('--minutes', values.minutes) * 60_000;
const swapMs = positive('--swap', values.swap) * 1000;

/** Swaps between two versions that are broken. */
const BROKEN_EVERY = 4;
/** Growth between the medians of the first and the last third that allocators and compilers account for. */
const GROWTH = { ratio: 1.1, mebibytes: 16 };
/** Memory of shorter runs is still that of the start. */
const FLAT_FROM_MS = 5 * 60_000;

const folder = mkdtempSync(path.join(tmpdir(), 'pictor-soak-'));
/** @type {Awaited<ReturnType<typeof startPictor>> | undefined} */
let server;
try {
  const dataDirectory = path.join(folder, 'data');
  const changes = new Changes(dataDirectory, path.join(folder, 'broken'));
  await changes.start();
  server = await startPictor(dataDirectory);
  await changes.watch(server.url);
  const report = await soak(server, changes);
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : text(report));
  process.exitCode = report.faults.length > 0 ? 1 : 0;
} finally {
  server?.child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

/** @param {NonNullable<typeof server>} running @param {Changes} changes */
async function soak(running, changes) {
  const callers = await openCallers(running);
  const load = callers.start();
  const started = performance.now();
  const left = () => milliseconds - (performance.now() - started);
  /** @type {number[]} */
  const memory = [];
  const sampleMs = Math.min(1000, milliseconds / 60);
  const sampler = setInterval(() => memory.push(memoryOf(running.pid)), sampleMs);
  for (let turn = 1; left() > swapMs / 2; turn++) {
    const next = performance.now() + Math.min(swapMs, left());
    await (turn % BROKEN_EVERY === 2 ? changes.publishBroken() : changes.swap());
    await sleep(Math.max(0, next - performance.now()));
  }
  clearInterval(sampler);
  const stopped = await drain(running, () => callers.serverStops());
  callers.stop();
  await load;
  const { requests, failures, slowestMs } = callers.result();
  const [first, last] = thirds(memory);
  const faults = [...changes.faults];
  for (const [caller, count] of Object.entries(requests)) if (count === 0) faults.push(`${caller}: no answer at all`);
  for (const [what, count] of Object.entries(failures)) faults.push(`${count} times ${what}`);
  if (milliseconds >= FLAT_FROM_MS && last > first * GROWTH.ratio + GROWTH.mebibytes) {
    faults.push(`memory grew from ${first.toFixed(0)} to ${last.toFixed(0)} MiB`);
  }
  if (stopped.code !== 0) faults.push(`the server ended with ${stopped.code}: ${running.said().slice(-2000)}`);
  return {
    seconds: Math.round((performance.now() - started) / 1000),
    requests,
    failures,
    slowestMs,
    changes: changes.counts,
    memory: { firstThird: first, lastThird: last, ratio: last / first },
    drainSeconds: stopped.seconds,
    faults,
  };
}

/** Medians of the first and the last third. @param {readonly number[]} values @returns {[number, number]} */
function thirds(values) {
  const count = Math.max(1, Math.floor(values.length / 3));
  const median = (/** @type {number[]} */ part) => part.sort((a, b) => a - b)[part.length >> 1] ?? Number.NaN;
  return [median(values.slice(0, count)), median(values.slice(-count))];
}

/** @param {Awaited<ReturnType<typeof soak>>} report */
function text({ seconds, requests, slowestMs, changes, memory, drainSeconds, faults }) {
  const lines = [
    `${seconds} s; ${changes.swaps} versions swapped, ${changes.broken} broken, ${changes.labels} moves of a label`,
    ...Object.entries(requests).map(([caller, count]) => `  ${caller}: ${count} answers`),
    `slowest answer: ${slowestMs.toFixed(0)} ms`,
    `memory: first third ${memory.firstThird.toFixed(0)} MiB, last third ${memory.lastThird.toFixed(0)} MiB, x ${memory.ratio.toFixed(3)}`,
    `stop: ${drainSeconds.toFixed(2)} s`,
    faults.length === 0 ? 'No fault.' : 'Faults:',
    ...faults.map((fault) => `  ${fault}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** @param {string} flag @param {string} value */
function positive(flag, value) {
  const number = Number(value);
  if (number > 0 && Number.isFinite(number)) return number;
  process.stderr.write(`${flag} must be a number above 0.\n`);
  process.exit(2);
}
