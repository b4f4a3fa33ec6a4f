/**
 * @file Graphs that lie in channel blocks where the runtime has them. A single operation never does, since its inputs come
 * plain; these begin with a convolution.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { ConvolutionAttributes, Pads, Pair } from '../graph/ops.ts';

export interface BlockedCase {
  readonly what: string;
  /** `[n, channels, height, width]`. */
  readonly picture: readonly [number, number, number, number];
  /** `[out, in / groups, height, width]`. */
  readonly kernel: readonly [number, number, number, number];
  readonly build: (builder: GraphBuilder, picture: Value, kernel: Value) => Value;
  /** Set to fill everything with few whole numbers, so that nearly every window has ties. */
  readonly tied?: true;
  /** Set when no gradient passes through. */
  readonly forwardOnly?: true;
}

interface Options {
  readonly strides?: Pair;
  readonly pads?: Pads;
  readonly dilations?: Pair;
  readonly groups?: number;
}

function convolve(builder: GraphBuilder, picture: Value, kernel: Value, options: Options = {}): Value {
  const [, , height, width] = kernel.shape as readonly number[];
  const { strides = [1, 1], pads = [0, 0, 0, 0], dilations, groups } = options;
  const attributes: ConvolutionAttributes = {
    kernel: [height, width],
    strides,
    pads,
    ...(dilations ? { dilations } : {}),
    ...(groups ? { groups } : {}),
  };
  return builder.apply('conv2d', [picture, kernel], attributes);
}

const convolution = (
  what: string,
  picture: BlockedCase['picture'],
  kernel: BlockedCase['kernel'],
  options?: Options,
) => ({
  what,
  picture,
  kernel,
  build: (builder: GraphBuilder, x: Value, w: Value) => convolve(builder, x, w, options),
});

/** What follows a convolution of 16 filters on a few channels. */
const after = (
  what: string,
  then: (builder: GraphBuilder, x: Value) => Value,
  picture: BlockedCase['picture'] = [2, 3, 8, 10],
) => ({
  what,
  picture,
  kernel: [32, 3, 3, 3] as const,
  build: (builder: GraphBuilder, x: Value, w: Value) => then(builder, convolve(builder, x, w, { pads: [1, 1, 1, 1] })),
});

const pairs = { kernel: [2, 2] as Pair, strides: [2, 2] as Pair, pads: [0, 0, 0, 0] as Pads };

export const BLOCKED_CASES: readonly BlockedCase[] = [
  convolution('few channels', [16, 3, 7, 6], [16, 3, 3, 3]),
  convolution('few channels, strides', [16, 3, 9, 8], [16, 3, 3, 2], { strides: [2, 2], pads: [1, 0, 1, 1] }),
  convolution('blocks on both sides', [16, 16, 6, 7], [32, 16, 3, 3], { pads: [1, 1, 1, 1] }),
  convolution('two blocks of samples', [32, 16, 5, 6], [16, 16, 3, 3], { pads: [1, 0, 0, 1] }),
  convolution('samples that fill no block', [3, 16, 5, 6], [16, 16, 3, 3]),
  convolution('one place', [16, 32, 4, 5], [16, 32, 1, 1]),
  convolution('strides', [16, 16, 9, 9], [16, 16, 3, 3], { strides: [2, 2], pads: [0, 0, 1, 1] }),
  convolution('dilation', [16, 16, 9, 9], [16, 16, 3, 3], { dilations: [2, 2], pads: [2, 2, 2, 2] }),
  convolution('cropped', [16, 16, 9, 9], [16, 16, 3, 3], { pads: [1, 1, -1, -2] }),
  convolution('channels that fill no block', [16, 24, 5, 5], [16, 24, 3, 3]),
  convolution('depthwise', [3, 32, 6, 5], [32, 1, 3, 3], { groups: 32, pads: [1, 1, 1, 1] }),
  convolution('depthwise, strides', [3, 32, 7, 7], [32, 1, 3, 3], { groups: 32, strides: [2, 2] }),
  convolution('a kernel gradient in several strips', [16, 1, 4, 520], [32, 1, 2, 2]),
  after('max-pool', (builder, x) => builder.apply('maxPool2d', [x], pairs)),
  after('max-pool, odd sizes', (builder, x) => builder.apply('maxPool2d', [x], pairs), [2, 3, 7, 9]),
  { ...after('max-pool, ties', (builder, x) => builder.apply('maxPool2d', [x], pairs)), tied: true },
  after('average-pool', (builder, x) => builder.apply('averagePool2d', [x], pairs)),
  after('average-pool, padded', (builder, x) =>
    builder.apply('averagePool2d', [x], { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  ),
  after('the maximum over groups', (builder, x) => builder.apply('maximumOverGroups', [x], { groups: 2 })),
  {
    ...after('the maximum over groups, ties', (builder, x) => builder.apply('maximumOverGroups', [x], { groups: 2 })),
    tied: true,
  },
  after('a bias for each channel', (builder, x) => {
    const bias = builder.constant(
      Array.from({ length: 32 }, (_, channel) => channel / 16 - 1),
      [1, 32, 1, 1],
    );
    return builder.apply('tanh', [builder.add(x, bias)], {});
  }),
  after('relu, and the same picture twice', (builder, x) => {
    const active = builder.apply('relu', [x], {});
    return builder.multiply(builder.scale(active, 0.5), builder.add(active, x));
  }),
  after('joined channels', (builder, x) =>
    builder.apply('concatenate', [builder.apply('relu', [x], {}), x], { axis: 1 }),
  ),
  after('batch normalisation', (builder, x) => {
    const vector = (slope: number): Value =>
      builder.constant(
        Array.from({ length: 32 }, (_, channel) => 1 + slope * channel),
        [32],
      );
    const normal = builder.apply('batchNorm', [x, vector(0.1), vector(-0.1)], { epsilon: 1e-3 });
    return builder.apply('batchNormInference', [normal, vector(0.2), vector(0.1), vector(0), vector(0.3)], {
      epsilon: 1e-3,
    });
  }),
  {
    ...after('statistics of a batch', (builder, x) =>
      builder.add(builder.apply('batchMean', [x], {}), builder.apply('batchVariance', [x], {})),
    ),
    forwardOnly: true,
  },
  {
    ...after('clipped', (builder, x) => builder.apply('clip', [x], { minimum: -0.5, maximum: 1 })),
    forwardOnly: true,
  },
  after('sums over pixels', (builder, x) => builder.reduceSum(x, [2, 3])),
  after('sums over samples and pixels', (builder, x) => builder.reduceSum(x, [0, 2, 3], true)),
];
