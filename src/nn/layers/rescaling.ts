/** @file Rescaling and Normalization: `x * scale + offset` with numbers that are known. */
import type { GraphBuilder } from '../graph/builder.ts';
import { fixed, type Value } from '../graph/graph.ts';
import { numberOrNumbers, optional, required } from './arguments.ts';
import { type LayerRule, type LayerShape, type Misfit, NO_PARAMETERS } from './rule.ts';

type Numbers = number | readonly number[];

export const rescalingLayer: LayerRule<'Rescaling'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: { scale: required(numberOrNumbers), offset: optional(numberOrNumbers) },
  outputShape: ([input], { scale, offset = 0 }) => fitting(input, [scale, offset]),
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { scale, offset = 0 }) => {
    if (typeof scale !== 'number' || typeof offset !== 'number') return perChannel(builder, x, scale, 0, offset);
    const scaled = builder.scale(x, scale);
    return offset === 0 ? scaled : builder.add(scaled, builder.constant(offset));
  },
};

/** Of a smaller deviation Keras takes this one instead. */
const SMALLEST_DEVIATION = 1e-7;

export const normalizationLayer: LayerRule<'Normalization'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: { mean: required(numberOrNumbers), variance: required(numberOrNumbers) },
  conflict: ({ mean, variance }) => {
    if ([variance].flat().some((value) => value < 0)) {
      return `has variance = ${JSON.stringify(variance)}; numbers of 0 or more were expected.`;
    }
    return [mean].flat().length === [variance].flat().length && typeof mean === typeof variance
      ? null
      : `has mean = ${JSON.stringify(mean)} and variance = ${JSON.stringify(variance)}; as many numbers of both were expected.`;
  },
  outputShape: ([input], { mean, variance }) => fitting(input, [mean, variance]),
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { mean, variance }) => {
    const factor = (value: number): number => 1 / Math.max(Math.sqrt(value), SMALLEST_DEVIATION);
    const scale = typeof variance === 'number' ? factor(variance) : variance.map(factor);
    if (typeof scale !== 'number' || typeof mean !== 'number') return perChannel(builder, x, scale, mean, 0);
    return builder.scale(builder.subtract(x, builder.constant(mean)), scale);
  },
};

function fitting(input: LayerShape, numbers: readonly Numbers[]): LayerShape | Misfit {
  const lists = numbers.filter((part) => typeof part !== 'number');
  if (lists.length === 0) return input;
  if (input.length !== 3) return 'a picture [height, width, channels] for a number a channel';
  const wrong = lists.find(({ length }) => length !== input[2]);
  return wrong ? `a picture of ${wrong.length} channels, as there are ${wrong.length} numbers,` : input;
}

/** `(x - mean) * scale + offset` in one pass. */
function perChannel(builder: GraphBuilder, x: Value, scale: Numbers, mean: Numbers, offset: Numbers): Value {
  const channels = fixed(x.shape, 1);
  const vector = (numbers: Numbers): Value =>
    builder.constant(typeof numbers === 'number' ? new Array<number>(channels).fill(numbers) : numbers, [channels]);
  return builder.apply('batchNormInference', [x, vector(scale), vector(offset), vector(mean), vector(1)], {
    epsilon: 0,
  });
}
