/** @file The whole way in a minute, on whatever Node runs this: train on the sample, predict, list. Used for other versions of Node. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const pictor = fileURLToPath(new URL('../bin/pictor', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'pictor-smoke-'));
const dataDirectory = ['--data-dir', path.join(folder, 'data'), '--json'];

/** The last line that a command prints. @param {string[]} args */
function run(...args) {
  const result = spawnSync(process.execPath, [pictor, ...args, ...dataDirectory], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`pictor ${args.join(' ')} failed:\n${result.stdout}${result.stderr}`);
  return JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '');
}

try {
  const done = run('train', 'sample:digits', '--name', 'digits', '--epochs', '3');
  if (!(done.metrics.test_accuracy > 0.9))
    throw new Error(`test accuracy ${done.metrics.test_accuracy}, expected over 0.9`);
  const own = fileURLToPath(new URL('../examples/own-network/digit-net.ts', import.meta.url));
  const { metrics } = run('train', 'sample:digits', '--name', 'own', '--model', own, '--epochs', '2');
  if (!(metrics.test_accuracy > 0.85)) throw new Error(`own network: ${metrics.test_accuracy}, expected over 0.85`);
  // A vertical bar: nobody reads it as anything but a one.
  const bar = path.join(folder, 'one.png');
  const stroke = await sharp({ create: { width: 4, height: 20, channels: 3, background: 'white' } })
    .png()
    .toBuffer();
  const page = sharp({ create: { width: 28, height: 28, channels: 3, background: 'black' } });
  writeFileSync(
    bar,
    await page
      .composite([{ input: stroke, left: 12, top: 4 }])
      .png()
      .toBuffer(),
  );
  const { predictions } = run('predict', 'digits', bar);
  if (predictions[0].label !== '1') throw new Error(`a vertical bar was read as ${predictions[0].label}`);
  process.stdout.write(`Node ${process.versions.node}: test accuracy ${done.metrics.test_accuracy.toFixed(4)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
