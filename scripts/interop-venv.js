/**
 * @file The Python that the interop suite compares with: a virtual environment of its own in `.interop/`, made again when
 * its requirements change. `PICTOR_INTEROP_PYTHON` names another interpreter, which is used as it is.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, '.interop');
const requirements = path.join(root, 'test', 'interop', 'requirements.txt');

/**
 * @returns {string} path of an interpreter that can import what the requirements name
 * @throws {Error} when there is no `python3`, or a package cannot be installed
 */
export function interopPython() {
  if (process.env.PICTOR_INTEROP_PYTHON) return process.env.PICTOR_INTEROP_PYTHON;
  const python = path.join(folder, 'bin', 'python');
  const stamp = path.join(folder, '.requirements');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]);
  // Last, so that an install that was cut short is made again.
  writeFileSync(stamp, digest);
  return python;
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status === 0) return;
  const reason = result.error?.message ?? `${result.stdout}${result.stderr}`;
  throw new Error(
    `${command} ${args.join(' ')} failed; the interop suite needs python3 with venv (Debian: python3-venv), or ` +
      `PICTOR_INTEROP_PYTHON.\n${reason}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${interopPython()}\n`);
