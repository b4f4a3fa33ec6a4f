/**
 * @file One training step's gradient graph, alone and in this process: time of a step and, with `--profile`, where it goes
 * by node type, by layer and by node.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { RandomGenerator } from '../dist/contracts/index.js';
import { compileGradients, initialWeights, presetNamed, presetNetwork } from '../dist/nn/index.js';
import { openSession } from '../dist/runtime/index.js';
import { median, table } from './figures.js';

/** @param {string[]} args */
export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      preset: { type: 'string', default: 'nitric-cnn' },
      batch: { type: 'string' },
      classes: { type: 'string', default: '10' },
      'image-size': { type: 'string' },
      steps: { type: 'string', default: '20' },
      warmup: { type: 'string', default: '3' },
      threads: { type: 'string', default: '1' },
      'channel-block': { type: 'string', default: '1' },
      optimization: { type: 'string', default: 'basic' },
      profile: { type: 'boolean', default: false },
      top: { type: 'string', default: '25' },
    },
  });
  const preset = presetNamed(values.preset);
  const [height, width] = values['image-size']?.split('x').map(Number) ?? [preset.image.height, preset.image.width];
  const network = presetNetwork(values.preset, {
    ...preset.image,
    height,
    width: width ?? height,
    classes: Number(values.classes),
  });
  const batchSize = Number(values.batch ?? preset.batchSize);
  const folder = mkdtempSync(path.join(tmpdir(), 'pictor-step-'));
  try {
    const compiled = compileGradients(network, { batchSize, channelBlock: Number(values['channel-block']) });
    const session = await openSession(compiled.model, {
      threads: Number(values.threads),
      optimization: values.optimization === 'all' ? 'all' : 'basic',
      ...(values.profile ? { profilePrefix: path.join(folder, 'step') } : {}),
    });
    const inputs = stepInputs(network, compiled, batchSize, Number(values.classes), session.inputNames);
    const outputs = gradientBuffers(compiled);
    const [warmup, steps] = [Number(values.warmup), Number(values.steps)];
    const times = [];
    for (let step = 0; step < warmup + steps; step++) {
      const start = performance.now();
      await session.run(inputs, outputs);
      if (step >= warmup) times.push(performance.now() - start);
    }
    await session.close();
    const typical = median(times);
    process.stdout.write(
      `${values.preset}, batch ${batchSize}, ${values.threads} thread(s): ${typical.toFixed(1)} ms a step ` +
        `(${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}), ` +
        `${((batchSize / typical) * 1000).toFixed(0)} images/s without the update\n`,
    );
    if (values.profile) report(readTrace(folder), warmup, steps, Number(values.top));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Random pictures and labels, first weights, masks drawn as training draws them.
 * @param {import('../dist/contracts/index.js').NetworkSpec} network
 * @param {ReturnType<typeof compileGradients>} compiled
 * @param {number} batchSize @param {number} classes @param {readonly string[]} inputNames
 */
function stepInputs(network, { masks }, batchSize, classes, inputNames) {
  const random = new RandomGenerator(1, 'bench');
  const { height, width, channels } = network.input;
  /** @type {Record<string, import('../dist/runtime/index.js').Tensor>} */
  const inputs = {
    images: {
      type: 'uint8',
      shape: [batchSize, height, width, channels],
      data: Uint8Array.from({ length: batchSize * height * width * channels }, () => random.nextInteger(256)),
    },
    labels: {
      type: 'int64',
      shape: [batchSize],
      data: BigInt64Array.from({ length: batchSize }, () => BigInt(random.nextInteger(classes))),
    },
    sampleWeights: floats([batchSize], new Float32Array(batchSize).fill(1 / batchSize)),
  };
  for (const [name, { shape, data }] of initialWeights(network, 1)) inputs[name] = floats(shape, data);
  for (const { name, shape, rate } of masks) {
    const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
    random.fillDropoutMask(data, rate);
    inputs[name] = floats(shape, data);
  }
  // Scalars of the step, such as the share of a penalty.
  for (const name of inputNames) inputs[name] ??= floats([], Float32Array.of(1));
  return inputs;
}

/** As in training, results land in buffers that are used again. @param {ReturnType<typeof compileGradients>} compiled */
function gradientBuffers({ parameters }) {
  return Object.fromEntries(
    parameters
      .filter(({ state, trainable }) => !state && trainable !== false)
      .map(({ name, shape }) => [
        `grad:${name}`,
        floats(shape, new Float32Array(shape.reduce((product, side) => product * side, 1))),
      ]),
  );
}

/** @param {readonly number[]} shape @param {Float32Array} data @returns {import('../dist/runtime/index.js').Tensor} */
function floats(shape, data) {
  return { type: 'float32', shape, data };
}

/** Kernel times of a trace, in order. @param {string} folder */
function readTrace(folder) {
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.json'));
  /** @type {{ cat: string, name: string, dur: number, args: Record<string, any> }[]} */
  const events = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  return {
    kernels: events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time')),
    runs: events.filter(({ cat, name }) => cat === 'Session' && name === 'model_run'),
  };
}

/** @param {ReturnType<typeof readTrace>} trace @param {number} warmup @param {number} steps @param {number} top */
function report({ kernels, runs }, warmup, steps, top) {
  // Every run has the same nodes in the same order.
  const counted = kernels.slice((kernels.length / (warmup + steps)) * warmup);
  const total = counted.reduce((sum, { dur }) => sum + dur, 0);
  const wall = runs.slice(warmup).reduce((sum, { dur }) => sum + dur, 0);
  const row = (/** @type {string[]} */ cells, /** @type {{ time: number, nodes: Set<string> }} */ { time, nodes }) => [
    ...cells,
    String(nodes.size),
    (time / 1000 / steps).toFixed(2),
    `${((100 * time) / total).toFixed(1)}%`,
  ];
  const say = (/** @type {string[]} */ heads, /** @type {(event: any) => string[]} */ keys, limit = Infinity) => {
    const groups = grouped(counted, keys).slice(0, limit);
    const rows = groups.map(({ key, ...group }) => row(key, group));
    process.stdout.write(`\n${table([...heads, 'nodes', 'ms a step', 'share'], rows)}`);
  };
  process.stdout.write(
    `In nodes ${(total / 1000 / steps).toFixed(1)} ms of ${(wall / 1000 / steps).toFixed(1)} ms a run (with profiling).\n`,
  );
  say(['node type'], ({ args }) => [args.op_name]);
  say(['layer'], (event) => [layerOf(event)]);
  say(['layer', 'node type'], (event) => [layerOf(event), event.args.op_name], top);
  say(['node', 'node type', 'inputs', 'output'], (event) => [nodeOf(event), event.args.op_name, ...shapes(event)], top);
}

/** @param {{ name: string, dur: number }[]} events @param {(event: any) => string[]} keys */
function grouped(events, keys) {
  /** @type {Map<string, { key: string[], time: number, nodes: Set<string> }>} */
  const groups = new Map();
  for (const event of events) {
    const key = keys(event);
    const group = groups.get(key.join('\n')) ?? { key, time: 0, nodes: new Set() };
    groups.set(key.join('\n'), group);
    group.time += event.dur;
    group.nodes.add(event.name);
  }
  return [...groups.values()].sort((a, b) => b.time - a.time);
}

/** The node's own name; what onnxruntime fused into others has a suffix. @param {{ name: string }} event */
function nodeOf({ name }) {
  return name.replace(/_kernel_time$/, '').replace(/\/[A-Z][A-Za-z]*Fusion\/?.*$/, '');
}

/** Nodes are named `LAYER/TYPE_NUMBER`. @param {{ name: string }} event */
function layerOf(event) {
  const node = nodeOf(event);
  return node.includes('/') ? node.slice(0, node.lastIndexOf('/')) : '(other)';
}

/** Shapes of a node's inputs and outputs; equal ones in a row are counted. @param {{ args: Record<string, any> }} event */
function shapes({ args }) {
  return [args.input_type_shape, args.output_type_shape].map((list) => {
    const texts = (list ?? []).flatMap((/** @type {Record<string, number[]>} */ entry) =>
      Object.values(entry).map((shape) => `[${shape.join(',')}]`),
    );
    /** @type {{ text: string, count: number }[]} */
    const runs = [];
    for (const text of texts) {
      const last = runs[runs.length - 1];
      if (last?.text === text) last.count++;
      else runs.push({ text, count: 1 });
    }
    return runs.map(({ text, count }) => (count > 1 ? `${count} x ${text}` : text)).join(' ');
  });
}
