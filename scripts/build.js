/** @file Builds what is missing or stale: `src` with tsc into `dist`, `studio` with Vite into `dist/studio`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const lock = path.join(root, 'dist', '.building');

const parts = [
  { name: 'server', inputs: ['src', 'tsconfig.json', 'tsconfig.build.json', 'package.json'], build: buildServer },
  { name: 'studio', inputs: ['studio', 'package.json', 'src/contracts'], build: buildStudio },
];

/**
 * Builds the parts whose inputs changed since their last build.
 * @param {{ quiet?: boolean }} [options]
 * @returns {Promise<void>} rejects when a build fails
 */
export async function ensureBuilt({ quiet = true } = {}) {
  if (!existsSync(path.join(root, 'src'))) return; // installed as a package: dist is all there is
  mkdirSync(dist, { recursive: true });
  const release = await takeLock();
  try {
    for (const part of parts) {
      const stamp = path.join(dist, `.${part.name}-inputs`);
      const digest = digestOf(part.inputs);
      if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) continue;
      if (!quiet || process.stderr.isTTY) process.stderr.write(`Building the ${part.name}...\n`);
      part.build();
      writeFileSync(stamp, digest);
    }
  } finally {
    release();
  }
}

function buildServer() {
  const tsc = path.join(packageFolder('typescript'), 'bin', 'tsc');
  run(tsc, ['-p', 'tsconfig.build.json']);
}

function buildStudio() {
  const vite = path.join(packageFolder('vite'), 'bin', 'vite.js');
  run(vite, ['build', '--config', 'studio/vite.config.ts', '--logLevel', 'warn']);
}

/** @param {string} script @param {string[]} args */
function run(script, args) {
  const result = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`${path.basename(script)} ${args.join(' ')} failed:\n${result.stdout}${result.stderr}`);
}

/** @param {string} name */
function packageFolder(name) {
  return path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** Paths, sizes and times of all inputs, as one hash. @param {string[]} inputs */
function digestOf(inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of filesUnder(path.join(root, input))) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${path.relative(root, file)} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

/** @param {string} place @returns {string[]} */
function filesUnder(place) {
  if (!existsSync(place)) return [];
  if (statSync(place).isFile()) return [place];
  return readdirSync(place, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Two processes must not write `dist` at once; a lock left by a dead process is taken over. */
async function takeLock() {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      if (!holderAlive()) rmSync(lock, { force: true });
      else await sleep(100);
    }
  }
}

function holderAlive() {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureBuilt({ quiet: false });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
