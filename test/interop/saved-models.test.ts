/** @file Written SavedModels in real TensorFlow: every layer, every preset, every signature, picture files of several kinds. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type ImageShape, type LayerType, type NetworkSpec, RandomGenerator } from '../../src/contracts/index.ts';
import { decodePicture } from '../../src/dataset/index.ts';
import { colourPng, greyPng, png } from '../../src/dataset/testing/files.ts';
import { writeSavedModel } from '../../src/formats/index.ts';
import { PRESETS, type PresetName, presetNetwork, servedLayers } from '../../src/nn/index.ts';
import { dense, flatten, rescaling, sequential } from '../../src/nn/network/sequential.ts';
import { caseNetwork } from '../../src/nn/testing/case-network.ts';
import type { LayerCase } from '../../src/nn/testing/layer-case.ts';
import { LAYER_CASES } from '../../src/nn/testing/layer-cases.ts';
import { distance, ourAnswers, somePixels, someWeights } from './support/our-answers.ts';
import { askTensorFlow, type SavedModelAnswers, type SavedModelCase, writeFiles } from './support/saved-models.ts';

const CLASSES = ['first', 'second', 'third'];
const BOUND = 1e-4;

function plainCase(network: NetworkSpec, seed: number): SavedModelCase {
  const files = writeSavedModel({ spec: network, weights: someWeights(network, seed), labels: CLASSES });
  return { files, pixels: somePixels(network, 3, seed), calls: [{ signature: 'serving_default' }] };
}

/** What TensorFlow's own op has not on a processor. */
const UNEQUAL: LayerCase<'DepthwiseConv2D'> = {
  what: 'same, unequal strides',
  config: { kernelSize: 3, strides: [2, 1], padding: 'same' },
  outputShape: [3, 6, 3],
};

describe('a layer in TensorFlow:', () => {
  const cases = (Object.keys(LAYER_CASES) as LayerType[]).flatMap((layer) =>
    (LAYER_CASES[layer] as readonly LayerCase<LayerType>[]).map(
      (item) => [`${layer}, ${item.what}`, caseNetwork(layer, item)] as const,
    ),
  );
  const networks = [...cases, [UNEQUAL.what, caseNetwork('DepthwiseConv2D', UNEQUAL)] as const];
  let answers: readonly SavedModelAnswers[];
  beforeAll(async () => {
    answers = await askTensorFlow(networks.map(([, network], index) => plainCase(network, index)));
  });

  it.each(networks.map(([name, network], index) => [name, network, index] as const))(
    '%s',
    async (_, network, index) => {
      const { objects } = answers[index];
      expect(objects.error).toBeUndefined();
      const ours = await ourAnswers(network, someWeights(network, index), somePixels(network, 3, index));
      expect(distance(ours.output_0, objects.answers[0].output_0)).toBeLessThan(BOUND);
    },
  );
});

/** Pictures of the preset's own size, but for deep networks. */
const SMALL: Partial<Record<PresetName, ImageShape>> = {
  'nitric-cnn': { height: 48, width: 40, channels: 3 },
  'small-resnet': { height: 64, width: 64, channels: 3 },
  mobilenetv2: { height: 64, width: 64, channels: 3 },
  resnet50v2: { height: 64, width: 64, channels: 3 },
};

describe('a preset in TensorFlow:', () => {
  const names = Object.keys(PRESETS) as PresetName[];
  const networks = names.map((name) =>
    presetNetwork(name, { ...(SMALL[name] ?? PRESETS[name].image), classes: CLASSES.length }),
  );
  let pictures: readonly Uint8Array[];
  let answers: readonly SavedModelAnswers[];
  beforeAll(async () => {
    pictures = await somePictures();
    answers = await askTensorFlow(
      networks.map((network, index) => ({
        ...plainCase(network, index),
        session: true,
        calls: [
          { signature: 'serving_default' },
          { signature: 'serving_bytes', files: pictures },
          { signature: 'serving_bytes', files: [] },
          { signature: 'classify', examples: pictures },
          { signature: 'classify', examples: [] },
        ],
      })),
    );
  });

  it.each(names.map((name, index) => [name, index] as const))('%s', async (_, index) => {
    const network = networks[index];
    const weights = someWeights(network, index);
    const ofPixels = await ourAnswers(network, weights, somePixels(network, 3, index));
    const ofPictures = await ourAnswers(network, weights, await decoded(pictures, network.input));
    const { objects, session } = answers[index];
    for (const answer of [objects, session!]) {
      expect(answer.error).toBeUndefined();
      const [pixels, files, noFiles, examples, noExamples] = answer.answers;
      expect(distance(ofPixels.output_0, pixels.output_0)).toBeLessThan(BOUND);
      expect(distance(ofPictures.output_0, files.output_0)).toBeLessThan(BOUND);
      expect(noFiles.output_0.shape).toEqual([0, CLASSES.length]);
      expect(distance(ofPictures.output_0, examples.scores)).toBeLessThan(BOUND);
      expect(examples.classes.values).toEqual(pictures.flatMap(() => CLASSES));
      expect(noExamples.classes.shape).toEqual([0, CLASSES.length]);
    }
    const numbers = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(objects.facts).toMatchObject({ numbers, labels: 'first\nsecond\nthird\n' });
    expect(session?.facts.methods).toEqual({
      serving_default: 'tensorflow/serving/predict',
      serving_bytes: 'tensorflow/serving/predict',
      classify: 'tensorflow/serving/classify',
    });
  });
});

describe('pictures in TensorFlow are ours, byte by byte:', () => {
  const sizes: readonly ImageShape[] = [
    { height: 28, width: 28, channels: 1 },
    { height: 31, width: 17, channels: 3 },
    { height: 96, width: 120, channels: 3 },
  ];

  it.each(sizes)('$height x $width x $channels', async (image) => {
    const network = sequential('pixels', image, [
      rescaling({ scale: 1, name: 'seen' }),
      flatten(),
      dense({ units: 3 }),
    ]);
    const pictures = await somePictures();
    const files = writeSavedModel({
      spec: network,
      weights: someWeights(network, 1),
      labels: CLASSES,
      signatures: {
        look: { input: { name: 'pictures', kind: 'pictures' }, outputs: { seen: { kind: 'layer', layer: 'seen' } } },
      },
    });
    const [{ objects }] = await askTensorFlow([{ files, calls: [{ signature: 'look', files: pictures }] }]);
    expect(objects.error).toBeUndefined();
    const { shape, data } = await decoded(pictures, image);
    expect(objects.answers[0].seen.shape).toEqual(shape);
    const wrong = pictures.flatMap((_, index) => {
      const size = data.length / pictures.length;
      const part = objects.answers[0].seen.values.slice(index * size, (index + 1) * size);
      const differences = part.filter((value, i) => value !== data[index * size + i]).length;
      return differences > 0 ? [`picture ${index}: ${differences} of ${size}`] : [];
    });
    expect(wrong).toEqual([]);
  });
});

describe("signatures of a network's author", () => {
  it('are those of the SavedModel', async () => {
    const network = sequential('own', { height: 4, width: 4, channels: 1 }, [
      flatten(),
      dense({ units: 6, activation: 'tanh', name: 'features' }),
      dense({ units: 3, name: 'end' }),
    ]);
    const signatures = {
      serving_default: {
        input: { name: 'Image.Raw', kind: 'pixels' },
        outputs: {
          scores: { kind: 'logits' },
          features: { kind: 'layer', layer: 'features' },
          best: { kind: 'topLabels', count: 2 },
          p: { kind: 'topProbabilities', count: 5 },
        },
      },
    } as const;
    const weights = someWeights(network, 4);
    const files = writeSavedModel({ spec: network, weights, labels: CLASSES, signatures });
    const pixels = somePixels(network, 5, 4);
    const [{ objects, session }] = await askTensorFlow([
      { files, pixels, session: true, calls: [{ signature: 'serving_default' }] },
    ]);
    const ours = await ourAnswers(network, weights, pixels, servedLayers(signatures, network));
    const order = (row: number) =>
      [0, 1, 2].sort((a, b) => ours.output_0.data[3 * row + b] - ours.output_0.data[3 * row + a]);
    const rows = [0, 1, 2, 3, 4];
    for (const answer of [objects, session!]) {
      expect(answer.error).toBeUndefined();
      const [{ scores, features, best, p }] = answer.answers;
      expect(distance(ours['layer:end'], scores)).toBeLessThan(BOUND);
      expect(distance(ours['layer:features'], features)).toBeLessThan(BOUND);
      expect(best).toEqual({
        shape: [5, 2],
        values: rows.flatMap((row) =>
          order(row)
            .slice(0, 2)
            .map((index) => CLASSES[index]),
        ),
      });
      const sorted = rows.flatMap((row) => order(row).map((index) => ours.output_0.data[3 * row + index]));
      expect(distance({ shape: [5, 3], data: sorted }, p)).toBeLessThan(BOUND);
    }
  });
});

describe('saved_model_cli', () => {
  it('shows and runs a model', async () => {
    const network = presetNetwork('lenet', { ...PRESETS.lenet.image, classes: CLASSES.length });
    const weights = someWeights(network, 2);
    const folder = await mkdtemp(path.join(tmpdir(), 'pictor-interop-'));
    const cli = (...args: string[]) =>
      promisify(execFile)(inject('python'), ['-m', 'tensorflow.python.tools.saved_model_cli', ...args], {
        env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
        maxBuffer: 1 << 26,
      });
    try {
      const model = path.join(folder, 'model');
      await writeFiles(model, writeSavedModel({ spec: network, weights, labels: CLASSES }));
      const shown = await cli('show', '--dir', model, '--all');
      expect(shown.stdout).toContain("signature_def['serving_default']");
      expect(shown.stdout).toContain("inputs['image_bytes_string'] tensor_info:");
      expect(shown.stdout).toContain('Method name is: tensorflow/serving/classify');
      const picture = colourPng(3, 40, 30);
      const literal = [...picture].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
      const run = await cli(
        ...['run', '--dir', model, '--tag_set', 'serve', '--signature_def', 'serving_bytes'],
        ...['--input_exprs', `image_bytes_string=[b"${literal}"]`, '--outdir', folder],
      );
      expect(run.stdout).toContain('Result for output key output_0');
      const saved = await readFile(path.join(folder, 'output_0.npy'));
      const numbers = new Float32Array(new Uint8Array(saved.subarray(-12)).buffer);
      const ours = await ourAnswers(network, weights, await decoded([picture], network.input));
      expect(distance(ours.output_0, { shape: [1, 3], values: [...numbers] })).toBeLessThan(BOUND);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

async function decoded(pictures: readonly Uint8Array[], image: ImageShape) {
  const rows = await Promise.all(pictures.map((bytes) => decodePicture(bytes, image)));
  const { height, width, channels } = image;
  return {
    shape: [rows.length, height, width, channels],
    data: Float32Array.from(rows.flatMap((row) => [...row])),
  };
}

/** JPEG in colour and grey, PNG with and without alpha and colours, 16 bits, palette, GIF, animated GIF, BMP; of several sizes. */
async function somePictures(): Promise<Uint8Array[]> {
  const random = new RandomGenerator(1, 'pictures');
  const noise = (count: number) => Array.from({ length: count }, () => random.nextInteger(256));
  const smooth = sharp(colourPng(5, 90, 70)).resize(190, 133);
  const frames = Buffer.from(noise(20 * 40 * 3));
  return Promise.all([
    smooth.clone().jpeg({ quality: 80 }).toBuffer(),
    smooth.clone().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
    smooth.clone().jpeg({ progressive: true }).toBuffer(),
    smooth.clone().greyscale().jpeg().toBuffer(),
    smooth.clone().png().toBuffer(),
    smooth.clone().png({ palette: true }).toBuffer(),
    greyPng(2, 28),
    png(9, 7, noise(9 * 7 * 2), { colour: 4 }),
    png(13, 11, noise(13 * 11 * 4), { colour: 6 }),
    png(5, 6, noise(5 * 6 * 6), { colour: 2, bits: 16 }),
    smooth.clone().gif().toBuffer(),
    sharp(frames, { raw: { width: 20, height: 40, channels: 3, pageHeight: 20 } as never })
      .gif()
      .toBuffer(),
    bmp(12, 9, noise(12 * 9 * 3)),
  ]);
}

/** 24 bits, rows from the bottom. */
function bmp(width: number, height: number, samples: readonly number[]): Buffer {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + stride * height);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) file.set(samples.slice(y * width * 3, (y + 1) * width * 3), 54 + y * stride);
  return file;
}
