/** @file The models of the serving benchmark, with random weights: what they answer does not matter, what it costs does. */
import path from 'node:path';
import { DEFAULT_SIGNATURES } from '../dist/contracts/index.js';
import { describeNetwork, initialWeights, PRESETS } from '../dist/nn/index.js';
import { ModelRegistry } from '../dist/registry/index.js';

/** @typedef {{ name: string, preset: string, shape: readonly [number, number, number], why: string }} ServedModel */

/** @type {readonly ServedModel[]} */
export const MODELS = [
  { name: 'mnist', preset: 'tfaas-mnist', shape: [28, 28, 1], why: 'so small that the protocol is most of the cost' },
  { name: 'photos', preset: 'mobilenetv2', shape: [96, 96, 3], why: 'a millisecond or more a picture' },
];

/**
 * Publishes the models into a data directory.
 * @param {string} dataDirectory @param {readonly ServedModel[]} models
 * @returns {Promise<Record<string, string>>} path of the graph by name
 */
export async function publishModels(dataDirectory, models) {
  const registry = new ModelRegistry(path.join(dataDirectory, 'models'));
  await registry.prepare();
  /** @type {Record<string, string>} */
  const graphs = {};
  for (const { name, preset, shape } of models) {
    const [height, width, channels] = shape;
    const image = { height, width, channels: /** @type {1 | 3} */ (channels) };
    const spec = PRESETS[/** @type {keyof typeof PRESETS} */ (preset)].build({ ...image, classes: 10 });
    const model = {
      ...{ format: /** @type {const} */ ('pictor'), producer: null, labels: null, input: image, inputRange: null },
      ...{ answers: null, parameters: describeNetwork(spec).parameterCount, graphs: {}, signatures: {}, layers: [] },
      network: { spec, weights: initialWeights(spec, 1), signatures: DEFAULT_SIGNATURES },
      warnings: [],
    };
    const { version } = await registry.publishImported(model, { name, file: preset });
    graphs[name] = registry.modelPath(name, version);
  }
  return graphs;
}
