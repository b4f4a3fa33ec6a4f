/** @file The presets: parameter counts, small versions' gradients, sizes that do not work. */
import { describe, expect, it } from 'vitest';
import type { ImageShape } from '../../contracts/index.ts';
import { describeNetwork } from '../network/describe.ts';
import { checkNetwork } from '../testing/check-network.ts';
import { PRESETS, type PresetName, presetNetwork } from './index.ts';

const NAMES = Object.keys(PRESETS) as PresetName[];

/** As the original networks have them. */
const COUNTS: { readonly [P in PresetName]: readonly [classes: number, parameters: number] } = {
  'nitric-cnn': [5, 3_989_285],
  'tfaas-mnist': [10, 34_826],
  'keras-mnist': [10, 1_199_882],
  lenet: [10, 110_390],
  // By hand: 3·3 kernels, 4 numbers for each channel of a normalisation, and the classes' 3·3·64 (4·4·128) + 1.
  'compact-cnn': [10, 69_034],
  'wide-cnn': [10, 299_498],
  'small-resnet': [5, 1_230_565],
  // As keras.applications counts them without a top: 2,257,984 and 23,564,800; and 1280 (2048) · 10 + 10.
  mobilenetv2: [10, 2_270_794],
  resnet50v2: [10, 23_585_290],
};

/** As small as the pools allow, mostly: odd, so that pools leave pixels over. Null: too large for differences in float64. */
const SMALL: { readonly [P in PresetName]: ImageShape | null } = {
  'nitric-cnn': { height: 9, width: 11, channels: 3 },
  'tfaas-mnist': { height: 11, width: 13, channels: 1 },
  'keras-mnist': { height: 7, width: 8, channels: 1 },
  lenet: { height: 22, width: 23, channels: 3 },
  'compact-cnn': { height: 5, width: 6, channels: 1 },
  'wide-cnn': { height: 4, width: 5, channels: 3 },
  'small-resnet': { height: 18, width: 9, channels: 3 },
  mobilenetv2: null,
  resnet50v2: null,
};

/** A side that is too small; null: any size works, because all windows are padded. */
const TOO_SMALL: { readonly [P in PresetName]: number | null } = {
  'nitric-cnn': 4,
  'tfaas-mnist': 4,
  'keras-mnist': 4,
  lenet: 4,
  'compact-cnn': 3,
  'wide-cnn': 3,
  'small-resnet': 2,
  mobilenetv2: null,
  resnet50v2: null,
};

describe.each(NAMES)('%s', (name) => {
  it('has as many parameters as the original', () => {
    const [classes, count] = COUNTS[name];
    expect(describeNetwork(presetNetwork(name, { ...PRESETS[name].image, classes })).parameterCount).toBe(count);
  });

  const small = SMALL[name];
  if (small !== null) {
    it('has the right gradients when small', async () => {
      const spec = presetNetwork(name, { ...small, classes: 3 });
      // Its last stages are one pixel large: over two samples their variance would say little.
      // Differences of so many layers take too long here; Keras' step is the other proof.
      const options = name === 'small-resnet' ? { batchSize: 6, elements: 0 } : { batchSize: 2, elements: 3 };
      await checkNetwork(spec, { ...options, classes: 3 });
    });
  }

  it('takes pictures with the other number of channels', () => {
    const channels = PRESETS[name].image.channels === 3 ? 1 : 3;
    const { parameters } = describeNetwork(presetNetwork(name, { ...PRESETS[name].image, channels, classes: 4 }));
    expect(parameters[0].shape[1]).toBe(channels);
    expect(parameters.at(-1)?.shape).toEqual([4]);
  });

  const side = TOO_SMALL[name];
  if (side === null) {
    it('takes a single pixel', () => {
      expect(
        describeNetwork(presetNetwork(name, { height: 1, width: 1, channels: 3, classes: 3 })).parameterCount,
      ).toBe(describeNetwork(presetNetwork(name, { height: 64, width: 64, channels: 3, classes: 3 })).parameterCount);
    });
  } else {
    it('says which layer cannot take pictures that are too small', () => {
      const build = (): unknown => presetNetwork(name, { height: side, width: side, channels: 3, classes: 3 });
      if (name === 'nitric-cnn')
        expect(() => presetNetwork(name, { height: 7, width: 7, channels: 3, classes: 3 })).toThrow(
          'Layer "max_pooling2d_2" (MaxPooling2D) cannot take an input of shape [1, 1, 64]; at least 2 x 2 pixels was expected.',
        );
      expect(build).toThrow(
        expect.objectContaining({ code: 'network_invalid', message: expect.stringContaining('pixels') }),
      );
    });
  }

  it('starts from raw pixels', () => {
    const [first] = presetNetwork(name, { ...PRESETS[name].image, classes: 3 }).nodes;
    const signed = ['mobilenetv2', 'resnet50v2'].includes(name);
    const config = signed ? { scale: 1 / 127.5, offset: -1 } : { scale: 1 / 255 };
    expect(first).toMatchObject({ layer: 'Rescaling', config, inputs: ['input'] });
  });
});

describe('presetNetwork', () => {
  it('lists the presets when there is none of a name', () => {
    expect(() => presetNetwork('resnet', { height: 28, width: 28, channels: 1, classes: 10 })).toThrow(
      'There is no preset "resnet"; one of nitric-cnn, tfaas-mnist, keras-mnist, lenet, compact-cnn, wide-cnn, small-resnet, mobilenetv2, resnet50v2 was expected.',
    );
    expect(() => presetNetwork('toString', { height: 28, width: 28, channels: 1, classes: 10 })).toThrow(
      expect.objectContaining({ code: 'preset_unknown', status: 400 }),
    );
  });

  it('needs two classes', () => {
    expect(() => presetNetwork('lenet', { ...PRESETS.lenet.image, classes: 1 })).toThrow(
      'Layer "dense_1" (Dense) is the output and has shape [1]; [classes], with at least 2, was expected.',
    );
  });
});
