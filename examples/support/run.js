/** @file What every example does: run `pictor`, show what it says, and fail below an accuracy. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PICTOR = fileURLToPath(new URL('../../bin/pictor', import.meta.url));

/**
 * @typedef {{ model: string, version: number, imagesPerSecond: number, seconds: number,
 *   metrics: Record<'accuracy' | 'validation_accuracy' | 'test_accuracy', number | null> }} Trained
 */

/**
 * Runs a command, as `npx pictor ARGUMENTS` does.
 * @param {string[]} args
 * @returns {any} its last line of JSON
 */
export function pictor(...args) {
  process.stdout.write(`$ pictor ${args.join(' ')}\n`);
  const options = /** @type {const} */ ({ encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] });
  const { status, stdout } = spawnSync(process.execPath, [PICTOR, ...args, '--json'], options);
  const last = JSON.parse(stdout.trim().split('\n').at(-1) || '{}');
  if (status !== 0) throw new Error(last.error?.message ?? `pictor ${args[0]} ended with ${status}`);
  return last;
}

/**
 * Ends the example with an error when it is not as good as its README says.
 * @param {string} what
 * @param {number | null} accuracy
 * @param {number} stated
 */
export function expectAccuracy(what, accuracy, stated) {
  if (accuracy === null || !(accuracy >= stated))
    throw new Error(`${what}: ${accuracy}, but ${stated} or more is stated`);
  process.stdout.write(`${what}: ${accuracy.toFixed(4)} (stated: ${stated})\n`);
}

/**
 * A data directory for the example, which is removed when it ends.
 * @param {(dataDirectory: string) => Promise<void> | void} example
 */
export async function withDataDirectory(example) {
  const folder = mkdtempSync(path.join(tmpdir(), 'pictor-example-'));
  try {
    await example(folder);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
