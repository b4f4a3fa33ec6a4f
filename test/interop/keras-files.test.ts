/**
 * @file Model files of Keras 3, Keras 2 and TensorFlow.js, in and out, beside the real ones.
 *
 * In: every architecture of `models/architectures.py`, saved by both versions of Keras in both of their kinds of files. Out: every
 * layer and every preset, loaded by Keras 3 (`.keras`, `.h5`), Keras 2 (`.h5`) and TensorFlow.js. And round: Keras trains on what
 * Pictor wrote, and Pictor reads that.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LayerType, type NetworkSpec, PictorError } from '../../src/contracts/index.ts';
import { importModel, writeKeras } from '../../src/formats/index.ts';
import { farthest, runModel } from '../../src/formats/keras/testing/run-model.ts';
import { PRESETS, type PresetName, presetNetwork } from '../../src/nn/index.ts';
import { caseNetwork } from '../../src/nn/testing/case-network.ts';
import type { LayerCase } from '../../src/nn/testing/layer-case.ts';
import { LAYER_CASES } from '../../src/nn/testing/layer-cases.ts';
import { ARCHITECTURES } from './support/architectures.ts';
import {
  KERAS_MODULES,
  kerasAnswer,
  letKerasAnswer,
  letTfjsAnswer,
  tensorIn,
  tfjsAnswer,
  writeArchitectures,
  writePixels,
} from './support/keras-files.ts';
import { ourAnswers, somePixels, someWeights } from './support/our-answers.ts';

const BOUND = 1e-4;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-interop-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(KERAS_MODULES)('an architecture of %s, imported:', (module) => {
  const inFolder = (name: string) => path.join(folder, `${module}-${name}`);
  let own = '';
  beforeAll(async () => {
    own = await mkdtemp(inFolder('in-'));
    await writeArchitectures(own, module);
  });
  afterAll(() => rm(own, { recursive: true, force: true }));

  it.each(ARCHITECTURES.flatMap((name) => [`${name}.keras`, `${name}.h5`]))('%s', async (file) => {
    const name = file.slice(0, file.lastIndexOf('.'));
    const pictures = await tensorIn(path.join(own, `${name}.safetensors`), 'pictures');
    const { shape, data } = await tensorIn(path.join(own, `${name}.safetensors`), 'answers');
    const model = await importModel(path.join(own, file));
    expect(farthest(await runModel(model, pictures.data), rowsOf(shape, data))).toBeLessThan(BOUND);
  });
});

interface Written {
  readonly name: string;
  readonly network: NetworkSpec;
}

const layers: Written[] = (Object.keys(LAYER_CASES) as LayerType[]).flatMap((layer) =>
  (LAYER_CASES[layer] as readonly LayerCase<LayerType>[]).map((item) => ({
    name: `${layer}, ${item.what}`,
    network: caseNetwork(layer, item),
  })),
);

/** Pictures of the preset's own size, but for deep networks. */
const SMALL = { height: 64, width: 64, channels: 3 } as const;
const DEEP: readonly PresetName[] = ['small-resnet', 'mobilenetv2', 'resnet50v2'];
const presets: Written[] = (Object.keys(PRESETS) as PresetName[]).map((name) => ({
  name,
  network: presetNetwork(name, { ...(DEEP.includes(name) ? SMALL : PRESETS[name].image), classes: 5 }),
}));

const READERS = [
  ['Keras 3, .keras', 'keras', 'keras'],
  ['Keras 3, .h5', 'h5', 'keras'],
  ['Keras 2, .h5', 'h5', 'tf_keras'],
  ['TensorFlow.js', 'tfjs', 'tfjs'],
] as const;

/** What a format cannot hold is refused by Pictor, not by the other side. */
const CANNOT: Readonly<Record<string, RegExp>> = {
  keras: /approximate gelu/,
  h5: /approximate gelu/,
  tfjs: /approximate gelu|groups|dilation|bilinear|computed otherwise|limit and a slope|alpha of its own/,
};

/** What TensorFlow loads, and has no kernel for on a CPU. */
const NO_KERNEL: Readonly<Record<string, readonly string[]>> = {
  'SeparableConv2D, valid with strides, without bias': ['keras', 'tf_keras'],
  'Conv2DTranspose, dilation': ['keras'],
};

describe.each([
  ['a layer', layers],
  ['a preset', presets],
])('%s, exported:', (what, written) => {
  const refused = new Map<string, string>();
  let own = '';
  beforeAll(async () => {
    own = await mkdtemp(path.join(folder, `${what.replace(' ', '-')}-`));
    for (const [index, { network }] of written.entries()) {
      const weights = someWeights(network, index);
      await writePixels(own, String(index), somePixels(network, 6, index));
      for (const format of ['keras', 'h5', 'tfjs'] as const) {
        const target = path.join(own, format === 'tfjs' ? String(index) : `${index}.${format}`);
        await writeKeras({ network, weights, labels: ['a', 'b', 'c'] }, format, target).catch((error) => {
          if (!(error instanceof PictorError)) throw error;
          refused.set(`${index} ${format}`, error.message);
        });
      }
    }
    for (const module of KERAS_MODULES) await letKerasAnswer(own, module);
    await letTfjsAnswer(own);
    if (written === presets) await letKerasAnswer(own, 'keras', true);
  });
  afterAll(() => rm(own, { recursive: true, force: true }));

  const tests = written.flatMap(({ name, network }, index) =>
    READERS.map(([reader, format, module]) => [name, reader, index, network, format, module] as const),
  );
  it.each(tests)('%s: %s', async (name, _reader, index, network, format, module) => {
    if (module !== 'tfjs' && NO_KERNEL[name]?.includes(module)) {
      await expect(kerasAnswer(own, `${index}.${format}`, module)).rejects.toThrow(/InvalidArgumentError/);
      return;
    }
    const refusal = refused.get(`${index} ${format}`);
    if (refusal !== undefined) {
      expect(refusal).toMatch(CANNOT[format]);
      return;
    }
    const { output_0: ours } = await ourAnswers(network, someWeights(network, index), somePixels(network, 6, index));
    const theirs =
      module === 'tfjs' ? await tfjsAnswer(own, String(index)) : await kerasAnswer(own, `${index}.${format}`, module);
    expect(theirs.shape.join()).toBe(ours.shape.join());
    expect(farthest(rowsOf(ours.shape, ours.data), rowsOf(theirs.shape, theirs.data))).toBeLessThan(BOUND);
  });

  if (written !== presets) return;
  it.each(presets.map(({ name, network }, index) => [name, network, index] as const))(
    '%s: trained further in Keras, it comes back',
    async (_name, network, index) => {
      const model = await importModel(path.join(own, `${index}-trained.keras`));
      const { shape, data } = await tensorIn(path.join(own, `${index}-trained.safetensors`), 'answers');
      const found = await runModel(model, somePixels(network, 6, index).data);
      expect(farthest(found, rowsOf(shape, data))).toBeLessThan(BOUND);
      // Keras lists layers by their depth.
      const layersOf = ({ nodes }: NetworkSpec) => nodes.map(({ name, layer }) => `${name} ${layer}`).sort();
      expect(layersOf(model.network!.spec)).toEqual(layersOf(network));
    },
  );
});

function rowsOf(shape: readonly number[], data: Float32Array): number[][] {
  const width = shape[1];
  return Array.from({ length: shape[0] }, (_, row) => [...data.subarray(row * width, (row + 1) * width)]);
}
