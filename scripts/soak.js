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
import { MemoryWatch, memoryFaults } from './soak/memory.js';
import { drain, startPictor } from './soak/server.js';

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
  const memory = new MemoryWatch(running.child, milliseconds);
  const callers = await openCallers(running);
  const load = callers.start();
  const started = performance.now();
  const left = () => milliseconds - (performance.now() - started);
  for (let turn = 1; left() > swapMs / 2; turn++) {
    const next = performance.now() + Math.min(swapMs, left());
    await (turn % BROKEN_EVERY === 2 ? changes.publishBroken() : changes.swap());
    await sleep(Math.max(0, next - performance.now()));
  }
  await memory.stop();
  const stopped = await drain(running, () => callers.serverStops());
  callers.stop();
  await load;
  const { requests, failures, slowestMs } = callers.result();
  const held = memory.result();
  const faults = [...changes.faults];
  for (const [caller, count] of Object.entries(requests)) if (count === 0) faults.push(`${caller}: no answer at all`);
  for (const [what, count] of Object.entries(failures)) faults.push(`${count} times ${what}`);
  faults.push(...memoryFaults(held));
  if (stopped.code !== 0) faults.push(`the server ended with ${stopped.code}: ${running.said().slice(-2000)}`);
  return {
    seconds: Math.round((performance.now() - started) / 1000),
    requests,
    failures,
    slowestMs,
    changes: changes.counts,
    memory: held,
    drainSeconds: stopped.seconds,
    faults,
  };
}

/** @param {Awaited<ReturnType<typeof soak>>} report */
function text({ seconds, requests, slowestMs, changes, memory, drainSeconds, faults }) {
  const lines = [
    `${seconds} s; ${changes.swaps} versions swapped, ${changes.broken} broken, ${changes.labels} moves of a label`,
    ...Object.entries(requests).map(([caller, count]) => `  ${caller}: ${count} answers`),
    `slowest answer: ${slowestMs.toFixed(0)} ms`,
    ...memoryLines(memory),
    `stop: ${drainSeconds.toFixed(2)} s`,
    faults.length === 0 ? 'No fault.' : 'Faults:',
    ...faults.map((fault) => `  ${fault}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** @param {ReturnType<MemoryWatch['result']>} memory */
function memoryLines({ start, warm, end, peak, slope }) {
  const when = Object.entries({ 'at the start': start, 'after warm-up': warm, 'at the end': end });
  const lines = when.map(([name, sample]) => {
    return `  ${name}: ${sample ? `live ${sample.live.toFixed(1)}, native ${sample.native.toFixed(1)}, resident ${sample.resident.toFixed(1)}` : 'not measured'}`;
  });
  const grown = (/** @type {typeof slope.live} */ line) =>
    line ? `${line.slope.toFixed(3)} ± ${line.error.toFixed(3)}` : 'not measured';
  return [
    'memory behind garbage collections, in MiB:',
    ...lines,
    `  growth after warm-up, MiB a minute: live ${grown(slope.live)}, native ${grown(slope.native)}`,
    `  highest resident, garbage and all: ${peak.toFixed(0)}`,
  ];
}

/** @param {string} flag @param {string} value */
function positive(flag, value) {
  const number = Number(value);
  if (number > 0 && Number.isFinite(number)) return number;
  process.stderr.write(`${flag} must be a number above 0.\n`);
  process.exit(2);
}
