/** @file Layers that scale, normalise, reshape and merge, as TensorFlow's ops. */
import type { LayerShape } from '../../../../nn/index.ts';
import { activate } from '../activations.ts';
import { attribute } from '../attributes.ts';
import type { FunctionBuilder, TfValue } from '../function-builder.ts';
import { concatenate } from './convolutions.ts';
import { same, type TfLayerContext, type TfLayerRules } from './rule.ts';

const BATCH_EPSILON = 1e-3;
const LAYER_EPSILON = 1e-3;
/** Of a smaller deviation Keras takes this one instead. */
const SMALLEST_DEVIATION = 1e-7;

type Numbers = number | readonly number[];

export const OTHER_LAYERS: TfLayerRules<
  | 'Rescaling'
  | 'Normalization'
  | 'Flatten'
  | 'Dropout'
  | 'Dense'
  | 'Activation'
  | 'PReLU'
  | 'Reshape'
  | 'Permute'
  | 'LayerNormalization'
  | 'BatchNormalization'
> = {
  Rescaling: ({ b }, [x], { scale, offset = 0 }) => {
    const scaled = b.node('Mul', [x, numbers(b, scale)]);
    return offset === 0 ? scaled : b.node('AddV2', [scaled, numbers(b, offset)]);
  },
  Normalization: ({ b }, [x], { mean, variance }) => {
    const factor = (value: number): number => 1 / Math.max(Math.sqrt(value), SMALLEST_DEVIATION);
    const scale = typeof variance === 'number' ? factor(variance) : variance.map(factor);
    return b.node('Mul', [b.node('Sub', [x, numbers(b, mean)]), numbers(b, scale)]);
  },
  Flatten: reshape,
  Dropout: same,
  Dense: ({ b, weight }, [x], { activation, useBias = true }) => {
    const product = b.node('MatMul', [x, weight('kernel')]);
    return activate(b, useBias ? b.node('BiasAdd', [product, weight('bias')]) : product, activation);
  },
  Activation: ({ b }, [x], { activation }) => activate(b, x, activation),
  PReLU: ({ b, weight }, [x]) => {
    const below = b.node('Neg', [b.node('Relu', [b.node('Neg', [x])])]);
    return b.node('AddV2', [b.node('Relu', [x]), b.node('Mul', [weight('alpha'), below])]);
  },
  Reshape: reshape,
  Permute: ({ b }, [x], { dims }) => b.node('Transpose', [x, b.ints(0, ...dims)]),
  LayerNormalization: ({ b, weight, inputShapes }, [x], { epsilon = LAYER_EPSILON, center = true, scale = true }) => {
    const mean = (value: TfValue) =>
      b.node('Mean', [value, b.ints(inputShapes[0].length)], { keep_dims: attribute.flag(true) });
    const middle = mean(x);
    const variance = mean(b.node('SquaredDifference', [x, middle]));
    const normal = b.node('Mul', [b.node('Sub', [x, middle]), inverseDeviation(b, variance, epsilon)]);
    const scaled = scale ? b.node('Mul', [normal, weight('gamma')]) : normal;
    return center ? b.node('AddV2', [scaled, weight('beta')]) : scaled;
  },
  BatchNormalization: ({ b, weight, inputShapes: [shape] }, [x], config) => {
    const { epsilon = BATCH_EPSILON, center = true, scale = true } = config;
    const channels = shape[shape.length - 1];
    const gamma = scale ? weight('gamma') : b.floats(new Float32Array(channels).fill(1));
    const beta = center ? weight('beta') : b.floats(new Float32Array(channels));
    const [mean, variance] = [weight('movingMean'), weight('movingVariance')];
    if (shape.length === 3) {
      return b.node('FusedBatchNormV3', [x, gamma, beta, mean, variance], {
        epsilon: attribute.float(epsilon),
        is_training: attribute.flag(false),
      });
    }
    const factor = b.node('Mul', [gamma, inverseDeviation(b, variance, epsilon)]);
    return b.node('AddV2', [b.node('Mul', [b.node('Sub', [x, mean]), factor]), beta]);
  },
};

export const MERGE_LAYERS: TfLayerRules<'Add' | 'Subtract' | 'Multiply' | 'Average' | 'Maximum' | 'Concatenate'> = {
  Add: ({ b }, inputs) => chain(b, 'AddV2', inputs),
  Subtract: ({ b }, inputs) => b.node('Sub', inputs),
  Multiply: ({ b }, inputs) => chain(b, 'Mul', inputs),
  Average: ({ b }, inputs) => b.node('Mul', [chain(b, 'AddV2', inputs), b.float(1 / inputs.length)]),
  Maximum: ({ b }, inputs) => chain(b, 'Maximum', inputs),
  Concatenate: ({ b, outputShape }, inputs, { axis = -1 }) =>
    inputs.length === 1 ? inputs[0] : concatenate(b, inputs, axis < 0 ? axis + outputShape.length + 1 : axis),
};

function chain(b: FunctionBuilder, op: 'AddV2' | 'Mul' | 'Maximum', inputs: readonly TfValue[]): TfValue {
  return inputs.reduce((all, next) => b.node(op, [all, next]));
}

function reshape({ b, outputShape }: TfLayerContext, [x]: readonly TfValue[]): TfValue {
  return b.node('Reshape', [x, b.ints(-1, ...(outputShape as LayerShape))]);
}

/** One number, or one for each channel. */
function numbers(b: FunctionBuilder, value: Numbers): TfValue {
  return typeof value === 'number' ? b.float(value) : b.floats(value);
}

function inverseDeviation(b: FunctionBuilder, variance: TfValue, epsilon: number): TfValue {
  return b.node('Rsqrt', [b.node('AddV2', [variance, b.float(epsilon)])]);
}
