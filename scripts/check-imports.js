/** @file The import rule: a room imports only rooms to its left, through their `index.ts`, and no file is in a cycle. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The flow of data. `client` and the studio stand beside it and may import `contracts` alone. */
export const ROOMS = [
  'contracts',
  'proto',
  'platform',
  'dataset',
  'nn',
  'runtime',
  'training',
  'formats',
  'registry',
  'jobs',
  'serving',
  'server',
  'load',
  'cli',
  'library',
];
const BESIDE = new Map([
  ['client', ['contracts']],
  ['studio', ['contracts']],
]);
const IMPORT = /\b(?:import|export)\s[^'";]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/**
 * @param {string} root folder that holds `src` and `studio`
 * @returns {string[]} one line for every broken rule
 */
export function checkImports(root) {
  const faults = [];
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  for (const file of [...sources(path.join(root, 'src')), ...sources(path.join(root, 'studio'))]) {
    const targets = [];
    for (const match of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const specifier = match[1] ?? match[2];
      if (!specifier.startsWith('.')) {
        if (specifier === 'onnxruntime-node' && roomOf(root, file) !== 'runtime' && !isTestHelper(file)) {
          faults.push(`${path.relative(root, file)}: only src/runtime may import onnxruntime-node`);
        }
        continue;
      }
      const target = path.resolve(path.dirname(file), specifier);
      targets.push(target);
      const fault = judge(root, file, target);
      if (fault) faults.push(fault);
    }
    graph.set(file, targets);
  }
  return [...faults, ...cycles(root, graph)];
}

/** @param {string} root @param {string} file @param {string} target */
function judge(root, file, target) {
  const from = roomOf(root, file);
  const to = roomOf(root, target);
  if (!from || !to || from === to) return null;
  const where = `${path.relative(root, file)} imports ${path.relative(root, target)}`;
  const allowed = BESIDE.get(from) ?? ROOMS.slice(0, ROOMS.indexOf(from));
  if (!allowed.includes(to)) return `${where}: ${from} may import only ${allowed.join(', ') || 'no room'}`;
  if (target !== path.join(root, 'src', to, 'index.ts')) return `${where}: import src/${to}/index.ts instead`;
  return null;
}

/** Rooms left of the runtime still test what they write by running it. @param {string} file */
function isTestHelper(file) {
  return path.basename(path.dirname(file)) === 'testing';
}

/** @param {string} root @param {string} file */
function roomOf(root, file) {
  const [top, room, rest] = path.relative(root, file).split(path.sep);
  if (top === 'studio') return 'studio';
  return top === 'src' && rest ? room : null;
}

/** @param {string} root @param {Map<string, string[]>} graph */
function cycles(root, graph) {
  const faults = [];
  const done = new Set();
  /** @param {string} file @param {string[]} trail */
  const visit = (file, trail) => {
    const at = trail.indexOf(file);
    if (at >= 0) {
      faults.push(`import cycle: ${[...trail.slice(at), file].map((f) => path.relative(root, f)).join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return faults;
}

/** @param {string} folder @returns {string[]} */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(test|d)\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = checkImports(fileURLToPath(new URL('..', import.meta.url)));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
