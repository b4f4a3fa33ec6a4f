/** @file Runs the examples one after the other; fails when one does. `all` also runs those that need data or long. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.js';

const QUICK = [['digits', 'sample:digits'], ['own-network'], ['fine-tuning']];
const LONG = [['digits'], ['flowers']];

await ensureBuilt();
const failed = [];
for (const [example, ...args] of process.argv[2] === 'all' ? [...QUICK, ...LONG] : QUICK) {
  process.stdout.write(`\n${example}\n`);
  const script = fileURLToPath(new URL(`../examples/${example}/run.js`, import.meta.url));
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  if (status !== 0) failed.push(example);
}
if (failed.length > 0) {
  process.stderr.write(`\nFailed: ${failed.join(', ')}\n`);
  process.exitCode = 1;
}
