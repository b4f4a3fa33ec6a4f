/** @file Network definitions: names, checks with their messages, first weights. */
import { describe, expect, it } from 'vitest';
import { type ImageShape, type NetworkSpec, PictorError } from '../../contracts/index.ts';
import { depthwiseConv2d, separableConv2d, zeroPadding2d } from './convolution-layers.ts';
import { describeNetwork } from './describe.ts';
import type { Layer } from './layer.ts';
import { resolveNetwork } from './resolve.ts';
import {
  activation,
  averagePooling2d,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
  rescaling,
  sequential,
} from './sequential.ts';
import { globalMaxPooling2d, normalization, permute, prelu, reshape } from './shape-layers.ts';
import { initialWeights } from './weights.ts';

const IMAGE: ImageShape = { height: 8, width: 8, channels: 1 };

function tiny(...layers: Layer[]): NetworkSpec {
  return sequential('tiny', IMAGE, [...layers, flatten({ name: 'flat' }), dense({ units: 3, name: 'logits' })]);
}

function errorOf(build: () => unknown): PictorError {
  try {
    build();
  } catch (error) {
    if (error instanceof PictorError) return error;
    throw error;
  }
  throw new Error('No error was thrown.');
}

describe('sequential', () => {
  it('names layers as Keras does and joins them', () => {
    const spec = sequential('net', IMAGE, [
      conv2d({ filters: 2, kernelSize: [3, 3] }),
      conv2d({ filters: 2, kernelSize: [3, 3] }),
      maxPooling2d(),
      averagePooling2d({ poolSize: [1, 1], name: 'mean' }),
      dropout({ rate: 0.1 }),
      flatten(),
      dense({ units: 4 }),
      dense({ units: 2 }),
    ]);
    expect(spec.nodes.map(({ name, inputs }) => [name, ...inputs])).toEqual([
      ['conv2d', 'input'],
      ['conv2d_1', 'conv2d'],
      ['max_pooling2d', 'conv2d_1'],
      ['mean', 'max_pooling2d'],
      ['dropout', 'mean'],
      ['flatten', 'dropout'],
      ['dense', 'flatten'],
      ['dense_1', 'dense'],
    ]);
    expect(spec.output).toBe('dense_1');
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });

  it('gives pools of pairs when nothing is said', () => {
    expect(maxPooling2d()).toEqual({ layer: 'MaxPooling2D', config: { poolSize: [2, 2] } });
  });
});

describe('describeNetwork', () => {
  it('lists parameters in the order of the graph, and layers with their shapes', () => {
    const description = describeNetwork(tiny(conv2d({ filters: 2, kernelSize: [3, 3] })));
    expect(
      description.parameters.map(({ name, shape, initializer, fanIn, fanOut }) => [
        name,
        shape,
        initializer,
        fanIn,
        fanOut,
      ]),
    ).toEqual([
      ['conv2d/kernel', [2, 1, 3, 3], 'glorotUniform', 9, 18],
      ['conv2d/bias', [2], 'zeros', 9, 18],
      ['logits/kernel', [72, 3], 'glorotUniform', 72, 3],
      ['logits/bias', [3], 'zeros', 72, 3],
    ]);
    expect(description.parameterCount).toBe(18 + 2 + 216 + 3);
    expect(description.layers).toEqual([
      { name: 'conv2d', layer: 'Conv2D', outputShape: [6, 6, 2], parameters: 20, flattened: null },
      { name: 'flat', layer: 'Flatten', outputShape: [72], parameters: 0, flattened: null },
      { name: 'logits', layer: 'Dense', outputShape: [3], parameters: 219, flattened: [6, 6, 2] },
    ]);
  });
});

describe('a network that is wrong', () => {
  const wrong: [what: string, layers: unknown[], message: string][] = [
    [
      'no filters',
      [conv2d({ filters: 0, kernelSize: [3, 3] })],
      'Layer "conv2d" (Conv2D) has filters = 0; a whole number of 1 or more was expected.',
    ],
    ['a fraction of filters', [conv2d({ filters: 1.5, kernelSize: [3, 3] })], 'has filters = 1.5;'],
    [
      'three numbers as kernel',
      [{ layer: 'Conv2D', config: { filters: 1, kernelSize: [3, 3, 3] } }],
      'has kernelSize = [3,3,3]; a whole number of 1 or more, or two of them was expected.',
    ],
    ['a missing argument', [{ layer: 'Conv2D', config: { filters: 1 } }], 'has kernelSize = undefined;'],
    [
      'an unknown argument',
      [{ layer: 'Conv2D', config: { filters: 1, kernelSize: [3, 3], kernel_size: 3 } }],
      'Layer "conv2d" (Conv2D) has an unknown argument "kernel_size"; its arguments are: filters, kernelSize, strides, padding, dilationRate, activation, useBias, groups, kernelInitializer, kernelRegularizer, biasInitializer, biasRegularizer.',
    ],
    [
      'filters that do not divide into the groups',
      [conv2d({ filters: 5, kernelSize: 1, groups: 2 })],
      'Layer "conv2d" (Conv2D) has filters = 5 and groups = 2; filters that divide into the groups were expected.',
    ],
    [
      'channels that do not divide into the groups',
      [conv2d({ filters: 6, kernelSize: 1, groups: 2 })],
      'cannot take an input of shape [8, 8, 1]; a number of channels that divides into 2 groups was expected.',
    ],
    [
      'strides and dilation',
      [depthwiseConv2d({ kernelSize: 3, strides: [1, 2], dilationRate: 2 })],
      'Layer "depthwise_conv2d" (DepthwiseConv2D) has strides = [1,2] and dilationRate = 2; one of them was expected to be 1.',
    ],
    [
      'a kernel with holes, larger than the picture',
      [separableConv2d({ filters: 1, kernelSize: 3, dilationRate: 4 })],
      'cannot take an input of shape [8, 8, 1]; at least 9 x 9 pixels was expected.',
    ],
    [
      'negative padding',
      [zeroPadding2d({ padding: -1 })],
      'has padding = -1; a whole number of 0 or more, two of them, or [[top, bottom], [left, right]] was expected.',
    ],
    [
      'an unknown activation',
      [{ layer: 'Activation', config: { activation: 'swish' } }],
      'has activation = "swish"; one of linear, relu, relu6, leakyRelu, elu, selu, gelu, silu, hardSwish, hardSigmoid, tanh, sigmoid, softmax was expected.',
    ],
    [
      'an unknown kind of activation',
      [{ layer: 'Activation', config: { activation: { kind: 'tanh', alpha: 1 } } }],
      'a kind of relu, leakyRelu, elu, gelu, or the name of an activation was expected.',
    ],
    [
      'an argument that an activation does not have',
      [{ layer: 'Activation', config: { activation: { kind: 'gelu', alpha: 1 } } }],
      'gelu with no more than approximate was expected.',
    ],
    [
      'a slope below 0',
      [activation({ activation: { kind: 'leakyRelu', negativeSlope: -1 } })],
      'negativeSlope as a number of 0 or more was expected.',
    ],
    [
      'a scale for two channels of one',
      [rescaling({ scale: [1, 2] })],
      'a picture of 2 channels, as there are 2 numbers,',
    ],
    ['a variance below 0', [normalization({ mean: 0, variance: -1 })], 'has variance = -1; numbers of 0 or more were'],
    [
      'a mean for three channels and a variance for all',
      [normalization({ mean: [0, 0, 0], variance: 1 })],
      'has mean = [0,0,0] and variance = 1; as many numbers of both were expected.',
    ],
    [
      'a scale for each number of a row',
      [flatten(), rescaling({ scale: [1, 2] })],
      'shape [64]; a picture [height, width, channels] for a number a channel was expected.',
    ],
    [
      'an alpha shared along nothing',
      [prelu({ sharedAxes: [4] })],
      'shape [8, 8, 1]; something with an axis 4 was expected.',
    ],
    ['axis 0', [prelu({ sharedAxes: [0] })], 'has sharedAxes = [0]; a list of axes, counted from 1 was expected.'],
    [
      'a global pool of a row',
      [flatten(), globalMaxPooling2d()],
      'shape [64]; a picture [height, width, channels] was expected.',
    ],
    [
      'a shape of other size',
      [reshape({ targetShape: [5, 5] })],
      'shape [8, 8, 1]; a number of elements that is 25 was',
    ],
    [
      'a shape that leaves a rest',
      [reshape({ targetShape: [-1, 5] })],
      'a number of elements that is a multiple of 5 was',
    ],
    ['two free sizes', [reshape({ targetShape: [-1, -1] })], 'one to 3 sizes of 1 or more, of which one may be -1 was'],
    ['axes that are not there', [permute({ dims: [2, 1] })], 'something whose axes are 1, 2 was expected.'],
    [
      'an unknown padding',
      [{ layer: 'MaxPooling2D', config: { poolSize: [2, 2], padding: 'full' } }],
      'has padding = "full"; one of valid, same was expected.',
    ],
    ['a rate of 1', [dropout({ rate: 1 })], 'has rate = 1; a number from 0 up to, not including, 1 was expected.'],
    [
      'a scale that is no number',
      [{ layer: 'Rescaling', config: { scale: Number.NaN } }],
      'has scale = NaN; a finite number, or a list of them was expected.',
    ],
    [
      'a kernel larger than the picture',
      [conv2d({ filters: 1, kernelSize: [9, 3] })],
      'Layer "conv2d" (Conv2D) cannot take an input of shape [8, 8, 1]; at least 9 x 3 pixels was expected.',
    ],
    [
      'a Dense layer on pictures',
      [dense({ units: 3 })],
      'Layer "dense" (Dense) cannot take an input of shape [8, 8, 1]; a flat input [n] (put a Flatten before it) was expected.',
    ],
    [
      'a convolution after Flatten',
      [flatten(), conv2d({ filters: 1, kernelSize: [1, 1] })],
      'cannot take an input of shape [64]; a picture [height, width, channels] was expected.',
    ],
    [
      'two layers of one name',
      [flatten({ name: 'logits' })],
      'Layer "logits" (Dense) has the name of another layer; every layer needs its own.',
    ],
    ['a layer named input', [flatten({ name: 'input' })], 'Layer "input" (Flatten) has the name of another layer;'],
  ];

  it.each(wrong)('%s', (_, layers, message) => {
    const error = errorOf(() => tiny(...(layers as Layer[])));
    expect(error.code).toBe('network_invalid');
    expect(error.message).toContain(message);
    expect(error.details).toHaveProperty('layer');
  });

  const spec = tiny();
  const rewired = (change: Record<string, unknown>): NetworkSpec => ({ ...spec, ...change }) as NetworkSpec;
  const broken: [what: string, spec: NetworkSpec, message: string][] = [
    [
      'an unknown layer',
      rewired({ nodes: [{ name: 'a', layer: 'Magic', config: {}, inputs: ['input'] }] }),
      'Layer "a" (Magic) is of an unknown kind; known are Rescaling, Conv2D,',
    ],
    [
      'an inherited property as layer',
      rewired({ nodes: [{ name: 'a', layer: 'toString', config: {}, inputs: ['input'] }] }),
      'is of an unknown kind',
    ],
    [
      'an input from nowhere',
      rewired({ nodes: [{ ...spec.nodes[0], inputs: ['nothing'] }] }),
      'takes "nothing" as input; the name of an earlier layer, or "input", was expected.',
    ],
    [
      'two inputs',
      rewired({ nodes: [{ ...spec.nodes[0], inputs: ['input', 'input'] }] }),
      'takes 2 inputs; 1 was expected.',
    ],
    [
      'an output that is no layer',
      rewired({ output: 'input' }),
      'The output of network "tiny" is "input"; the name of one of its layers was expected.',
    ],
    [
      'a picture as output',
      {
        ...spec,
        nodes: [{ name: 'a', layer: 'Activation', config: { activation: 'relu' }, inputs: ['input'] }],
        output: 'a',
      },
      'is the output and has shape [8, 8, 1]; [classes], with at least 2, was expected.',
    ],
    [
      'a size of 0',
      rewired({ input: { height: 0, width: 8, channels: 1 } }),
      'The input of network "tiny" is 0 x 8 x 1;',
    ],
    [
      'too many parameters',
      { ...spec, input: { height: 20_000, width: 20_000, channels: 1 } },
      'Network "tiny" has 1200000003 parameters, 1200000003 of them in layer "logits" (Dense); at most 500000000 were expected.',
    ],
  ];

  it.each(broken)('%s', (_, wrongSpec, message) => {
    const error = errorOf(() => resolveNetwork(wrongSpec));
    expect(error.code).toBe('network_invalid');
    expect(error.message).toContain(message);
  });

  it('that ends in softmax', () => {
    const error = errorOf(() => sequential('net', IMAGE, [flatten(), dense({ units: 3, activation: 'softmax' })]));
    expect(error.message).toBe(
      'Layer "dense" (Dense) is the output and ends in softmax; logits were expected, softmax is added when serving.',
    );
  });
});

describe('initialWeights', () => {
  const spec = tiny(conv2d({ filters: 32, kernelSize: [5, 5] }));

  it("draws kernels within Keras' limit, evenly, and starts biases at 0", () => {
    const weights = initialWeights(spec, 1);
    const kernel = weights.get('conv2d/kernel');
    const limit = Math.sqrt(6 / (25 + 25 * 32));
    const data = Array.from(kernel?.data ?? []);
    expect(kernel?.shape).toEqual([32, 1, 5, 5]);
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(Math.max(...data)).toBeGreaterThan(0.98 * limit);
    expect(Math.min(...data)).toBeLessThan(-0.98 * limit);
    const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length;
    expect(variance / (limit ** 2 / 3)).toBeCloseTo(1, 1);
    expect(weights.get('conv2d/bias')?.data).toEqual(new Float32Array(32));
  });

  it('gives the same numbers for the same seed, others for another', () => {
    const bytes = (seed: number): Float32Array | undefined => initialWeights(spec, seed).get('logits/kernel')?.data;
    expect(bytes(1)).toEqual(bytes(1));
    expect(bytes(1)).not.toEqual(bytes(2));
  });

  it('does not change the first weights of one layer with another layer', () => {
    const other = tiny(
      conv2d({ filters: 32, kernelSize: [5, 5] }),
      dropout({ rate: 0.5 }),
      conv2d({ filters: 32, kernelSize: [1, 1] }),
    );
    expect(initialWeights(other, 4).get('conv2d/kernel')).toEqual(initialWeights(spec, 4).get('conv2d/kernel'));
    expect(initialWeights(other, 4).get('logits/kernel')).toEqual(initialWeights(spec, 4).get('logits/kernel'));
  });
});
