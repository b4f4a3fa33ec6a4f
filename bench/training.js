/**
 * @file Training throughput beside Keras/TensorFlow: fresh processes, in turn, on the same machine; medians and ratios.
 * Both train the same network on random pictures with the same batch size and number of threads; the second epoch counts.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { zipSync } from 'fflate';
import { RandomGenerator } from '../dist/contracts/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const CASES = [
  { preset: 'nitric-cnn', shape: [180, 180, 3], classes: 5, batchSize: 32, images: 640 },
  { preset: 'tfaas-mnist', shape: [28, 28, 1], classes: 10, batchSize: 128, images: 25_600 },
  { preset: 'keras-mnist', shape: [28, 28, 1], classes: 10, batchSize: 128, images: 7680 },
  { preset: 'lenet', shape: [28, 28, 3], classes: 10, batchSize: 32, images: 19_200 },
];

/** @param {string[]} args */
export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      preset: { type: 'string', multiple: true },
      threads: { type: 'string', default: String(availableParallelism()) },
      python: { type: 'string', default: process.env.BENCH_PYTHON ?? 'python3' },
    },
  });
  const rounds = Number(values.rounds);
  const folder = mkdtempSync(path.join(tmpdir(), 'pictor-bench-'));
  try {
    process.stdout.write(
      '| preset | batch | threads | pictor, images/s | Keras, images/s | ratio, median (min to max) |\n',
    );
    process.stdout.write('|---|---:|---:|---:|---:|---:|\n');
    for (const item of CASES.filter(({ preset }) => values.preset?.includes(preset) ?? true)) {
      const file = path.join(folder, `${item.preset}.npz`);
      writeFileSync(file, randomPictures(item));
      const pairs = [];
      for (let round = 0; round < rounds; round++) {
        // The order turns round, so that a machine that warms up or slows down favours nobody.
        const first = round % 2 === 0;
        const before = first ? ours(item, file, folder, values.threads) : peer(item, values);
        const after = first ? peer(item, values) : ours(item, file, folder, values.threads);
        pairs.push(first ? { ours: before, peer: after } : { ours: after, peer: before });
      }
      rmSync(file);
      const ratios = pairs.map((pair) => pair.ours / pair.peer).sort((a, b) => a - b);
      process.stdout.write(
        `| \`${item.preset}\` | ${item.batchSize} | ${values.threads} | ${median(pairs.map((p) => p.ours)).toFixed(0)} | ` +
          `${median(pairs.map((p) => p.peer)).toFixed(0)} | ` +
          `**${median(ratios).toFixed(2)}** (${ratios[0].toFixed(2)} to ${ratios[ratios.length - 1].toFixed(2)}) |\n`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {typeof CASES[number]} item @param {string} file @param {string} folder @param {string} threads */
function ours(item, file, folder, threads) {
  const args = ['train', file, '--name', 'bench', '--model', item.preset, '--epochs', '2', '--validation-split', '0'];
  args.push(
    '--batch-size',
    String(item.batchSize),
    '--replicas',
    threads,
    '--data-dir',
    path.join(folder, 'data'),
    '--json',
  );
  const lines = start(process.execPath, [path.join(root, 'bin/pictor'), ...args]);
  const epochs = lines.filter((line) => line.type === 'epoch');
  return epochs[epochs.length - 1].imagesPerSecond;
}

/** @param {typeof CASES[number]} item @param {{ python: string, threads: string }} options */
function peer({ preset, images, batchSize }, { python, threads }) {
  const script = path.join(root, 'bench/peers/keras_training.py');
  return start(python, [script, preset, String(images), String(batchSize), threads])[0].imagesPerSecond;
}

/** Runs a command and parses the JSON lines it prints. @param {string} command @param {string[]} args */
function start(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${result.stdout}${result.stderr}`);
  return result.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** An `.npz` of random pictures and labels. @param {typeof CASES[number]} item */
function randomPictures({ shape, images, classes }) {
  const generator = new RandomGenerator(1);
  const pixels = new Uint32Array((images * shape.reduce((product, side) => product * side, 1)) / 4);
  for (let i = 0; i < pixels.length; i++) pixels[i] = generator.nextUint32();
  const labels = Uint8Array.from({ length: images }, () => generator.nextInteger(classes));
  return zipSync(
    {
      'x_train.npy': npy([images, ...shape], new Uint8Array(pixels.buffer)),
      'y_train.npy': npy([images], labels),
    },
    { level: 0 },
  );
}

/** @param {number[]} shape @param {Uint8Array} data */
function npy(shape, data) {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(padded, 'latin1'), data]);
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
