/** @file What the benchmarks measured, in `bench/results/`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const STARTED = new Date().toISOString().replace(/[:.]/g, '-');

/** All measurements of this run so far, with what they were made on. @param {string} name @param {object} results */
export function writeResults(name, results) {
  const folder = fileURLToPath(new URL('./results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const machine = {
    processor: cpus()[0].model.trim(),
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const file = path.join(folder, `${name}-${STARTED}.json`);
  writeFileSync(file, `${JSON.stringify({ started: STARTED, machine, ...results }, null, 2)}\n`);
}
