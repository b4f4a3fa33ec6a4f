/** @file The trainers that are compared: how each is started, and in which variants. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {{ preset: string, shape: readonly number[], classes: number, batchSize: number, images: number }} TrainingCase
 * @typedef {{ imagesPerSecond: number, peakMegabytes: number, version?: string }} Measurement
 * @typedef {{ threads: number, variant: string, file: string, folder: string }} RunOptions
 * @typedef {{ name: string, variants: readonly string[], measure(item: TrainingCase, options: RunOptions): Measurement }} Trainer
 */

/** @type {Trainer} */
export const PICTOR = {
  name: 'Pictor',
  variants: ['pictor train'],
  measure(item, { threads, file, folder }) {
    const memory = new URL('./peak-memory.js', import.meta.url).href;
    const options = {
      name: 'bench',
      model: item.preset,
      epochs: 2,
      'validation-split': 0,
      augment: 'none',
      'batch-size': item.batchSize,
      replicas: threads,
      'data-dir': path.join(folder, 'data'),
    };
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const args = ['--import', memory, path.join(root, 'bin/pictor'), 'train', file, ...flags, '--json'];
    const lines = start(process.execPath, args, threads);
    const epochs = lines.filter(({ type }) => type === 'epoch');
    const { peakMegabytes } = lines[lines.length - 1];
    return { imagesPerSecond: epochs[epochs.length - 1].imagesPerSecond, peakMegabytes };
  },
};

/** @param {string} python @returns {Trainer} */
export function keras(python) {
  return pythonTrainer('Keras', python, 'keras_training.py', ['fit', 'function']);
}

/** @param {string} python @returns {Trainer} */
export function pytorch(python) {
  return pythonTrainer('PyTorch', python, 'pytorch_training.py', ['contiguous', 'channels_last']);
}

/** @param {string} name @param {string} python @param {string} script @param {readonly string[]} variants @returns {Trainer} */
function pythonTrainer(name, python, script, variants) {
  return {
    name,
    variants,
    measure({ preset, images, batchSize }, { threads, variant }) {
      const file = path.join(root, 'bench/peers', script);
      return start(python, [file, preset, ...[images, batchSize, threads].map(String), variant], threads)[0];
    },
  };
}

/** TensorFlow.js in plain JavaScript, installed into a folder of its own. @param {string} folder @returns {Trainer} */
export function tfjs(folder) {
  return {
    name: 'tfjs',
    variants: ['cpu'],
    measure({ preset, images, batchSize }, { threads }) {
      const home = path.join(folder, 'tfjs');
      if (!existsSync(home)) {
        start(
          'npm',
          ['install', '--prefix', home, '--no-save', '--ignore-scripts', '--silent', '@tensorflow/tfjs@4'],
          0,
        );
      }
      const file = path.join(root, 'bench/peers/tfjs_training.js');
      return start(process.execPath, [file, home, preset, String(images), String(batchSize)], threads)[0];
    },
  };
}

/**
 * Runs a command on as many cores as it has threads (0: all) and parses the JSON lines it prints.
 * @param {string} command @param {string[]} args @param {number} cores
 */
function start(command, args, cores) {
  const pinned = cores > 0 && hasTaskset();
  const [program, ...rest] = pinned ? ['taskset', '-c', `0-${cores - 1}`, command, ...args] : [command, ...args];
  const result = spawnSync(program, rest, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed:\n${result.error ?? ''}${result.stdout}${result.stderr}`);
  }
  return result.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

function hasTaskset() {
  return spawnSync('taskset', ['--version']).status === 0;
}
