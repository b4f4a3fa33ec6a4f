/** @file Written ONNX files in Python's onnxruntime, and before onnx.checker: every layer in every opset, every preset. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LayerType, NetworkSpec } from '../../src/contracts/index.ts';
import { resizePixels } from '../../src/dataset/index.ts';
import { writeOnnx } from '../../src/formats/index.ts';
import { compileInference, PRESETS, type PresetName, presetNetwork } from '../../src/nn/index.ts';
import { caseNetwork } from '../../src/nn/testing/case-network.ts';
import type { LayerCase } from '../../src/nn/testing/layer-case.ts';
import { LAYER_CASES } from '../../src/nn/testing/layer-cases.ts';
import { askOnnxruntime, type OnnxAnswer } from './support/onnx-files.ts';
import { distance, ourAnswers, somePixels, someWeights } from './support/our-answers.ts';

const OPSETS = [13, 15, 17, 18, 19, 21];
const LABELS = ['one', 'two', 'three'];
const BOUND = 1e-4;

function written(network: NetworkSpec, seed: number, options: Parameters<typeof writeOnnx>[1]): Uint8Array {
  const graph = compileInference(network, someWeights(network, seed));
  return writeOnnx({ graph, labels: LABELS, input: network.input, inputRange: '0..255', compiled: true }, options);
}

describe('a layer in onnxruntime:', () => {
  const networks = (Object.keys(LAYER_CASES) as LayerType[]).flatMap((layer) =>
    (LAYER_CASES[layer] as readonly LayerCase<LayerType>[]).map(
      (item) => [`${layer}, ${item.what}`, caseNetwork(layer, item)] as const,
    ),
  );
  let answers: readonly OnnxAnswer[];
  beforeAll(async () => {
    answers = await askOnnxruntime(
      networks.flatMap(([, network], index) =>
        OPSETS.map((opset) => ({
          file: written(network, index, { opset, preprocessing: false }),
          input: somePixels(network, 3, index),
        })),
      ),
    );
  });

  it.each(networks.map(([name, network], index) => [name, network, index] as const))(
    '%s',
    async (_, network, index) => {
      const ours = await ourAnswers(network, someWeights(network, index), somePixels(network, 3, index));
      for (const [place, opset] of OPSETS.entries()) {
        const answer = answers[index * OPSETS.length + place];
        expect(answer.error).toBeUndefined();
        expect(answer.opset).toBe(opset);
        expect(distance(ours.output_0, answer.outputs.output_0)).toBeLessThan(BOUND);
      }
    },
  );
});

describe('a preset in onnxruntime:', () => {
  const names = Object.keys(PRESETS) as PresetName[];
  const networks = names.map((name) => {
    const { height, width, channels } = PRESETS[name].image;
    const image = { height: Math.min(height, 64), width: Math.min(width, 64), channels };
    return presetNetwork(name, { ...image, classes: LABELS.length });
  });
  /** Larger pictures, grey and in colour. */
  const pictures = (network: NetworkSpec, channels: 1 | 3) =>
    somePixels({ ...network, input: { height: 90, width: 77, channels } }, 2, 5);
  let answers: readonly OnnxAnswer[];
  beforeAll(async () => {
    answers = await askOnnxruntime(
      networks.flatMap((network, index) => [
        { file: written(network, index, { preprocessing: false }), input: somePixels(network, 3, index) },
        { file: written(network, index, { preprocessing: true, opset: 13 }), input: pictures(network, 3) },
        { file: written(network, index, { preprocessing: true, opset: 21 }), input: pictures(network, 1) },
      ]),
    );
  });

  it.each(names.map((name, index) => [name, index] as const))('%s', async (_, index) => {
    const network = networks[index];
    const weights = someWeights(network, index);
    const [plain, colour, grey] = answers.slice(3 * index, 3 * index + 3);
    for (const { error } of [plain, colour, grey]) expect(error).toBeUndefined();
    const ours = await ourAnswers(network, weights, somePixels(network, 3, index));
    expect(distance(ours.output_0, plain.outputs.output_0)).toBeLessThan(BOUND);
    expect(plain.inputs).toHaveProperty('input_tensor');
    for (const [answer, channels] of [
      [colour, 3],
      [grey, 1],
    ] as const) {
      expect(answer.inputs).toEqual({ pictures: ['tensor(uint8)', ['batch', 'height', 'width', 'channels']] });
      const { data } = pictures(network, channels);
      const size = data.length / 2;
      const seen = [0, 1].flatMap((picture) => {
        const pixels = Uint8Array.from(data.subarray(picture * size, (picture + 1) * size));
        return [...resizePixels({ data: pixels, height: 90, width: 77, channels }, network.input)];
      });
      const { height, width, channels: depth } = network.input;
      const shape = [2, height, width, depth];
      const expected = await ourAnswers(network, weights, { shape, data: Float32Array.from(seen) });
      // The runtime's resize may fall on the other side of a half: one level of one pixel.
      expect(distance(expected.output_0, answer.outputs.output_0)).toBeLessThan(1e-3);
      expect(JSON.parse(answer.notes.labels)).toEqual(LABELS);
    }
  });
});
