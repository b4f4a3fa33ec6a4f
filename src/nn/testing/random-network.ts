/** @file Small networks put together at random, with three classes: whatever fits together must work. */
import {
  ACTIVATIONS,
  type Activation,
  INTERPOLATIONS,
  type NetworkSpec,
  PADDINGS,
  PictorError,
  RandomGenerator,
} from '../../contracts/index.ts';
import {
  centerCrop,
  conv2dTranspose,
  cropping2d,
  depthwiseConv2d,
  resizing,
  separableConv2d,
  spatialDropout2d,
  upSampling2d,
  zeroPadding2d,
} from '../network/convolution-layers.ts';
import { apply, functional, input, type NetworkValue } from '../network/functional.ts';
import type { Layer } from '../network/layer.ts';
import { add, average, concatenate, maximum, multiply, subtract } from '../network/merge-layers.ts';
import {
  activation,
  averagePooling2d,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
  rescaling,
} from '../network/sequential.ts';

export const RANDOM_NETWORK_CLASSES = 3;

function randomNetwork(seed: number): NetworkSpec {
  const random = new RandomGenerator(seed, 'network');
  const pick = <T>(items: readonly T[]): T => items[random.nextInteger(items.length)];
  const between = (low: number, high: number): number => low + random.nextInteger(high - low + 1);
  const size = (high: number): [number, number] => [between(1, high), between(1, high)];
  const anyActivation = (): Activation => pick(ACTIVATIONS);
  const pool = () => ({
    poolSize: pick([[2, 2], [2, 2], [3, 2], size(3)] as [number, number][]),
    ...(random.nextFloat() < 0.4 ? { strides: size(3) } : {}),
    padding: pick(PADDINGS),
  });
  const makers: (() => Layer)[] = [
    () =>
      conv2d({
        filters: pick([1, 3, 9]),
        kernelSize: size(3),
        strides: random.nextFloat() < 0.3 ? size(2) : [1, 1],
        padding: pick(PADDINGS),
        activation: anyActivation(),
        useBias: random.nextFloat() < 0.8,
      }),
    () => maxPooling2d(pool()),
    () => averagePooling2d(pool()),
    () => activation({ activation: anyActivation() }),
    () => dropout({ rate: pick([0, 0.3]) }),
    () => batchNormalization({ center: random.nextFloat() < 0.8, scale: random.nextFloat() < 0.8, epsilon: 0.1 }),
  ];
  /** Of kinds that are drawn more seldom each. */
  const pictureMakers: (() => Layer)[] = [
    () =>
      depthwiseConv2d({
        kernelSize: size(3),
        strides: pick([1, 1, 2]),
        padding: pick(PADDINGS),
        depthMultiplier: pick([1, 1, 2]),
        activation: anyActivation(),
      }),
    () => depthwiseConv2d({ kernelSize: size(2), dilationRate: size(2), padding: pick(PADDINGS) }),
    () => conv2d({ filters: 3, kernelSize: size(2), dilationRate: size(3), padding: pick(PADDINGS) }),
    () => conv2d({ filters: 6, kernelSize: size(3), groups: 3, padding: pick(PADDINGS), activation: anyActivation() }),
    () => separableConv2d({ filters: 2, kernelSize: size(3), strides: pick([1, 2]), padding: pick(PADDINGS) }),
    () => conv2dTranspose({ filters: 2, kernelSize: size(3), strides: size(2), padding: pick(PADDINGS) }),
    () => zeroPadding2d({ padding: [size(2), [between(0, 2), 0]] }),
    () => cropping2d({ cropping: [[between(0, 1), 1], size(1)] }),
    () => upSampling2d({ size: size(2), interpolation: pick(INTERPOLATIONS) }),
    () => resizing({ height: between(2, 8), width: between(2, 8), cropToAspectRatio: random.nextFloat() < 0.5 }),
    () => centerCrop({ height: between(2, 7), width: between(2, 7) }),
    () => spatialDropout2d({ rate: 0.3 }),
  ];
  const merges = [add, subtract, multiply, average, maximum, concatenate];
  /** Two ways of one size, or a way beside another, or a layer used twice. */
  const branch = (value: NetworkValue): NetworkValue => {
    const [filters, padding] = [pick([1, 3]), 'same'] as const;
    const way = conv2d({ filters, kernelSize: size(3), padding, activation: anyActivation() });
    const other = conv2d({ filters, kernelSize: size(3), padding });
    const left = value.through(way);
    return apply(pick(merges)(), [left, pick([left.through(other), value.through(other), left, value.through(way)])]);
  };
  const step = (value: NetworkValue): NetworkValue =>
    random.nextFloat() < 0.3 ? branch(value) : value.through(pick(random.nextFloat() < 0.4 ? pictureMakers : makers)());
  const rows = Array.from({ length: between(0, 1) }, () =>
    dense({ units: between(1, 5), activation: anyActivation() }),
  );
  const image = { height: between(5, 9), width: between(5, 9), channels: pick([1, 3] as const) };
  let value = input(image).through(rescaling({ scale: 1 / 128, offset: -1 }));
  for (let steps = between(1, 4); steps > 0; steps--) value = step(value);
  return functional(`random ${seed}`, value.through(flatten(), ...rows, dense({ units: RANDOM_NETWORK_CLASSES })));
}

/** A network that only depends on the seed. Those whose pools leave nothing are refused, and another one is drawn. */
export function fittingNetwork(seed: number): NetworkSpec {
  for (let attempt = 0; ; attempt++) {
    try {
      return randomNetwork(seed + 1000 * attempt);
    } catch (error) {
      if (!(error instanceof PictorError) || attempt > 20) throw error;
    }
  }
}
