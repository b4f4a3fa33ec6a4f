/**
 * @file Training throughput beside Keras/TensorFlow and PyTorch: fresh processes in turn on the same machine, as ratios.
 * All train the same network on random pictures with the same batch size, on the same cores; the second epoch counts.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isPresetName } from '../dist/nn/index.js';
import { median, table } from './figures.js';
import { randomPictures } from './pictures.js';
import { writeResults } from './results.js';
import { keras, PICTOR, pytorch, tfjs } from './trainers.js';

/**
 * @typedef {import('./trainers.js').TrainingCase} TrainingCase
 * @typedef {import('./trainers.js').Trainer} Trainer
 * @typedef {Record<string, import('./trainers.js').Measurement>} Round
 * @typedef {{ preset: string, batchSize: number, threads: number, variants: Record<string, string>, rounds: Round[] }} Row
 */

/** @type {readonly TrainingCase[]} */
const CASES = [
  { preset: 'nitric-cnn', shape: [180, 180, 3], classes: 5, batchSize: 32, images: 640 },
  { preset: 'tfaas-mnist', shape: [28, 28, 1], classes: 10, batchSize: 128, images: 25_600 },
  { preset: 'keras-mnist', shape: [28, 28, 1], classes: 10, batchSize: 128, images: 7680 },
  { preset: 'lenet', shape: [28, 28, 3], classes: 10, batchSize: 32, images: 19_200 },
  { preset: 'resnet50v2', shape: [224, 224, 3], classes: 10, batchSize: 16, images: 96 },
];

const OPTIONS = /** @type {const} */ ({
  preset: { type: 'string', multiple: true },
  peer: { type: 'string', multiple: true, default: ['keras', 'pytorch'] },
  threads: { type: 'string', multiple: true },
  pairs: { type: 'string', default: '5' },
  steps: { type: 'string' },
  python: { type: 'string', default: process.env.BENCH_PYTHON ?? 'python3' },
  'torch-python': { type: 'string', default: process.env.BENCH_TORCH_PYTHON ?? process.env.BENCH_PYTHON ?? 'python3' },
});

/** @param {string[]} args */
export async function run(args) {
  const { values } = parseArgs({ args, options: OPTIONS });
  const folder = mkdtempSync(path.join(tmpdir(), 'pictor-bench-'));
  const known = {
    keras: () => keras(values.python),
    pytorch: () => pytorch(values['torch-python']),
    tfjs: () => tfjs(folder),
  };
  const peers = values.peer.map((name) => {
    if (!Object.hasOwn(known, name)) throw new Error(`--peer ${name}: one of ${Object.keys(known)} was expected.`);
    return known[/** @type {keyof typeof known} */ (name)]();
  });
  const threads = (values.threads ?? ['1', '2']).map(Number).filter((count) => count <= availableParallelism());
  const cases = CASES.filter(({ preset }) => values.preset?.includes(preset) ?? isPresetName(preset));
  /** @type {Row[]} */
  const rows = [];
  try {
    for (const chosen of cases) {
      const item = values.steps ? { ...chosen, images: Number(values.steps) * chosen.batchSize } : chosen;
      const file = path.join(folder, `${item.preset}.npz`);
      writeFileSync(file, randomPictures(item));
      for (const count of threads) {
        rows.push(compare(item, [PICTOR, ...peers], { threads: count, pairs: Number(values.pairs), file, folder }));
        // Rows take long; each is kept as soon as it is known.
        writeResults('training', { options: values, rows });
      }
      rmSync(file);
    }
    process.stdout.write(summary(rows, peers));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Finds the fastest variant of each trainer, then measures all in turn.
 * @param {TrainingCase} item @param {readonly Trainer[]} trainers
 * @param {{ threads: number, pairs: number, file: string, folder: string }} options @returns {Row}
 */
function compare(item, trainers, { threads, pairs, file, folder }) {
  const measure = (/** @type {Trainer} */ trainer, /** @type {string} */ variant) => {
    const measured = trainer.measure(item, { threads, variant, file, folder });
    const { imagesPerSecond, peakMegabytes } = measured;
    process.stderr.write(
      `${item.preset}, ${threads} thread(s), ${trainer.name} (${variant}): ${imagesPerSecond.toFixed(1)} images/s, ${peakMegabytes.toFixed(0)} MB\n`,
    );
    return measured;
  };
  /** @type {Record<string, string>} */
  const variants = {};
  for (const trainer of trainers) {
    const [only, ...others] = trainer.variants;
    if (others.length === 0) variants[trainer.name] = only;
    else {
      const tried = trainer.variants.map((variant) => ({ variant, ...measure(trainer, variant) }));
      variants[trainer.name] = tried.sort((a, b) => b.imagesPerSecond - a.imagesPerSecond)[0].variant;
    }
  }
  const rounds = Array.from({ length: pairs }, (_, round) => {
    // The order turns round, so that a machine that warms up or slows down favours nobody.
    const order = round % 2 === 0 ? trainers : trainers.toReversed();
    return Object.fromEntries(order.map((trainer) => [trainer.name, measure(trainer, variants[trainer.name])]));
  });
  return { preset: item.preset, batchSize: item.batchSize, threads, variants, rounds };
}

/** @param {readonly Row[]} rows @param {readonly Trainer[]} peers */
function summary(rows, peers) {
  const names = peers.map(({ name }) => name);
  const trainers = [PICTOR.name, ...names];
  const heads = [
    'preset',
    'batch',
    'threads',
    ...trainers.map((name) => `${name}, images/s`),
    ...names.map((name) => `ratio to ${name}`),
    'ratio to the faster',
    `MB: ${trainers.join(' / ')}`,
  ];
  const cells = rows.map(({ preset, batchSize, threads, variants, rounds }) => {
    const speeds = (/** @type {string} */ name) => rounds.map((round) => round[name].imagesPerSecond);
    const memory = trainers.map((name) => median(rounds.map((round) => round[name].peakMegabytes)).toFixed(0));
    const named = (/** @type {string} */ name) => (name === PICTOR.name ? '' : ` (${variants[name]})`);
    const ratio = (/** @type {(round: Round) => number} */ peer) =>
      spread(rounds.map((round) => round[PICTOR.name].imagesPerSecond / peer(round)));
    return [
      `\`${preset}\``,
      String(batchSize),
      String(threads),
      ...trainers.map((name) => `${short(median(speeds(name)))}${named(name)}`),
      ...names.map((name) => ratio((round) => round[name].imagesPerSecond)),
      ratio((round) => Math.max(...names.map((name) => round[name].imagesPerSecond))),
      memory.join(' / '),
    ];
  });
  return table(heads, cells);
}

/** Three digits or more. @param {number} value */
function short(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Median and range. @param {number[]} ratios */
function spread(ratios) {
  return `**${median(ratios).toFixed(2)}** (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
}
