/** @file The TensorFlow.js that the interop suite compares with, in `.interop-tfjs/`. `PICTOR_INTEROP_TFJS` names another folder. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '4.22.0';
const home = fileURLToPath(new URL('../.interop-tfjs', import.meta.url));

/**
 * @returns {string} a folder from which `@tensorflow/tfjs` is found
 * @throws {Error} when it cannot be installed
 */
export function interopTfjs() {
  if (process.env.PICTOR_INTEROP_TFJS) return process.env.PICTOR_INTEROP_TFJS;
  if (existsSync(path.join(home, 'node_modules', '@tensorflow', 'tfjs', 'package.json'))) return home;
  const options = ['--no-save', '--ignore-scripts', '--silent'];
  const result = spawnSync('npm', ['install', '--prefix', home, ...options, `@tensorflow/tfjs@${VERSION}`], {
    encoding: 'utf8',
  });
  if (result.status === 0) return home;
  throw new Error(
    `@tensorflow/tfjs cannot be installed:\n${result.error?.message ?? `${result.stdout}${result.stderr}`}`,
  );
}
