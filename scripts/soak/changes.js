/** @file What happens to models during a soak: new versions, broken ones, labels that move, versions that go. */
import { cpSync, mkdirSync, readdirSync, renameSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PictorClient } from '../../dist/client/index.js';
import { DEFAULT_SIGNATURES } from '../../dist/contracts/index.js';
import { dense, describeNetwork, flatten, initialWeights, PRESETS, sequential } from '../../dist/nn/index.js';
import { ModelRegistry } from '../../dist/registry/index.js';

/** Stays as it is. */
export const STEADY = 'steady';
/** Gets a new version again and again. */
export const CHANGING = 'changing';
export const LABEL = 'stable';

const SHAPE = { height: 28, width: 28, channels: /** @type {const} */ (1) };
const CLASSES = 10;
/** Versions that stay. Those behind them are deleted. */
const KEPT = 3;
/** On a machine that does much else, too. */
const PATIENCE_MS = 60_000;

/** The class that a version of the changing model gives every picture. @param {number} version */
export function classOf(version) {
  return version % CLASSES;
}

export class Changes {
  /** @type {string[]} */
  faults = [];
  counts = { swaps: 0, broken: 0, labels: 0, deleted: 0 };
  #registry;
  #workshop;
  /** @type {PictorClient | undefined} */
  #client;
  #last = 0;
  /** @type {number[]} */
  #versions = [];

  /** @param {string} dataDirectory @param {string} workshop where broken versions are made */
  constructor(dataDirectory, workshop) {
    this.#registry = new ModelRegistry(path.join(dataDirectory, 'models'));
    this.#workshop = workshop;
  }

  /** The models that are there before the server is. */
  async start() {
    mkdirSync(this.#workshop, { recursive: true });
    await this.#registry.prepare();
    const steady = PRESETS['tfaas-mnist'].build({ ...SHAPE, classes: CLASSES });
    await this.#publish(STEADY, steady, initialWeights(steady, 1));
    await this.#publishNext();
    await this.#registry.promote(CHANGING, { labels: { [LABEL]: this.#last } });
  }

  /** @param {string} url */
  async watch(url) {
    this.#client = new PictorClient(url);
    await this.#wait('the first versions are loaded', async () => this.#client?.isReady() ?? false);
  }

  /** A new version; when it answers, the label moves to it, and the oldest one goes. */
  async swap() {
    const client = this.#served();
    const version = await this.#publishNext();
    await this.#wait(`version ${version} answers`, async () => {
      const { version: answering } = await client.predict(CHANGING, { pixels: new Array(784).fill(0) });
      return answering === version;
    });
    this.counts.swaps++;
    await client.models.promote(CHANGING, { labels: { [LABEL]: version } });
    this.counts.labels++;
    while (this.#versions.length > KEPT) {
      await client.models.delete(CHANGING, this.#versions.shift());
      this.counts.deleted++;
    }
  }

  /** A version whose graph is cut off: it must never answer, and keep no other from answering. */
  async publishBroken() {
    const client = this.#served();
    const version = ++this.#last;
    const good = path.dirname(this.#registry.modelPath(CHANGING, this.#versions[this.#versions.length - 1]));
    const copy = path.join(this.#workshop, String(version));
    cpSync(good, copy, { recursive: true });
    for (const name of readdirSync(copy).filter((file) => file.endsWith('.onnx'))) {
      const file = path.join(copy, name);
      truncateSync(file, statSync(file).size >> 1);
    }
    renameSync(copy, path.join(path.dirname(good), String(version)));
    this.counts.broken++;
    const stateOf = async () => {
      const { versions } = await client.models.serving(CHANGING);
      return versions.find((entry) => entry.version === version);
    };
    await this.#wait(`the server says that version ${version} is broken`, async () => {
      return ((await stateOf())?.error ?? null) !== null;
    });
    await client.models.delete(CHANGING, version);
  }

  #served() {
    if (!this.#client) throw new Error('There is no server yet.');
    return this.#client;
  }

  async #publishNext() {
    const spec = sequential('one-class', SHAPE, [flatten(), dense({ units: CLASSES })]);
    const weights = new Map(initialWeights(spec, 1));
    const bias = new Float32Array(CLASSES);
    bias[classOf(this.#last + 1)] = 1e6;
    weights.set('dense/bias', { shape: [CLASSES], data: bias });
    const version = await this.#publish(CHANGING, spec, weights);
    if (version !== this.#last + 1) throw new Error(`Version ${version} was published after ${this.#last}.`);
    this.#last = version;
    this.#versions.push(version);
    return version;
  }

  /**
   * @param {string} name @param {import('../../dist/contracts/index.js').NetworkSpec} spec
   * @param {ReadonlyMap<string, import('../../dist/contracts/index.js').WeightTensor>} weights
   */
  async #publish(name, spec, weights) {
    const model = {
      ...{ format: /** @type {const} */ ('pictor'), producer: null, labels: null, input: SHAPE, inputRange: null },
      ...{ answers: null, parameters: describeNetwork(spec).parameterCount, graphs: {}, signatures: {}, layers: [] },
      network: { spec, weights, signatures: DEFAULT_SIGNATURES },
      warnings: [],
    };
    return (await this.#registry.publishImported(model, { name, file: name })).version;
  }

  /** @param {string} what @param {() => Promise<boolean>} holds */
  async #wait(what, holds) {
    const until = performance.now() + PATIENCE_MS;
    let said = '';
    while (performance.now() < until) {
      try {
        if (await holds()) return;
      } catch (error) {
        said = `: ${error}`;
      }
      await sleep(50);
    }
    this.faults.push(`in ${PATIENCE_MS / 1000} s it did not come true that ${what}${said}`);
  }
}
