/** @file A layer of Keras with the arguments of ours, and its activation where that is a layer of its own. */
import type { Activation, Initializer, LayerType, Regularizer } from '../../../contracts/index.ts';
import type { Fields } from '../config/fields.ts';
import { writeInitializer, writeRegularizer } from '../layers/initializers.ts';
import { snakeCase } from '../layers/own-layer.ts';
import { ACTIVATION_NAMES, type Dialect } from './dialect.ts';
import { cannotWrite, type WritePlace } from './rule.ts';

/** Arguments that Keras writes as pairs. */
const PAIRS: ReadonlySet<string> = new Set([
  'kernelSize',
  'strides',
  'dilationRate',
  'poolSize',
  'size',
  'outputPadding',
]);

/** Arguments that not every dialect knows: they are left out where they have their usual value. */
const SELDOM: Readonly<Record<string, unknown>> = { groups: 1 };

/** @param changes arguments that are other than the node's, in Keras' names */
export function ownLayer<T extends LayerType>(
  place: WritePlace<T>,
  className: string = place.node.layer,
  changes: Fields = {},
  inputs: readonly string[] = place.node.inputs,
): string {
  const { activation, ...config } = place.node.config as { readonly activation?: Activation };
  const written: Record<string, unknown> = {};
  for (const [key, value] of Object.entries<unknown>(config)) {
    if (value === undefined || SELDOM[key] === value) continue;
    written[snakeCase(key)] = writeArgument(key, value);
  }
  if (activation === undefined) return place.own(className, { ...written, ...changes }, inputs);
  const name = activationName(activation, place.dialect);
  if (name !== null) return place.own(className, { ...written, activation: name, ...changes }, inputs);
  return activationLayers(place, activation, place.own(className, { ...written, ...changes }, inputs));
}

function writeArgument(key: string, value: unknown): unknown {
  if (key.endsWith('Initializer')) return writeInitializer(value as Initializer);
  if (key.endsWith('Regularizer')) return writeRegularizer(value as Regularizer);
  return PAIRS.has(key) && typeof value === 'number' ? [value, value] : value;
}

function activationName(activation: Activation, dialect: Dialect): string | null {
  return typeof activation === 'string' ? ACTIVATION_NAMES[activation][dialect] : null;
}

/** An activation alone. @returns name of the call that gives it */
export function activationLayers<T extends LayerType>(
  place: WritePlace<T>,
  activation: Activation,
  input: string,
): string {
  const name = activationName(activation, place.dialect);
  if (name !== null) return place.extra('Activation', { activation: name }, [input]);
  const slopeName = place.dialect === 'keras' ? 'negative_slope' : 'alpha';
  const relu6 = (value: string): string => place.extra('ReLU', { max_value: 6 }, [value]);
  // clip(x / 6 + 1 / 2, 0, 1) = clip(x + 3, 0, 6) / 6
  const hardSigmoid = (): string => {
    const raised = place.extra('Rescaling', { scale: 1, offset: 3 }, [input]);
    return place.extra('Rescaling', { scale: 1 / 6, offset: 0 }, [relu6(raised)]);
  };
  const kind = typeof activation === 'string' ? activation : activation.kind;
  const numbers = typeof activation === 'string' ? {} : activation;
  switch (kind) {
    case 'relu6':
      return relu6(input);
    case 'hardSigmoid':
      return hardSigmoid();
    case 'hardSwish':
      return place.extra('Multiply', {}, [input, hardSigmoid()]);
    case 'leakyRelu': {
      const { negativeSlope = 0.2 } = numbers as { readonly negativeSlope?: number };
      return place.extra('LeakyReLU', { [slopeName]: negativeSlope }, [input]);
    }
    case 'elu': {
      const { alpha = 1 } = numbers as { readonly alpha?: number };
      if (place.dialect === 'tfjs' && alpha !== 1) {
        throw cannotWrite(place.node, place.dialect, 'has an elu with an alpha of its own, which does not exist');
      }
      return place.extra('ELU', { alpha }, [input]);
    }
    case 'relu':
      return relu(place, numbers as ReluNumbers, input);
    case 'gelu':
      if (!('approximate' in numbers) || !numbers.approximate) {
        return place.extra('Activation', { activation: 'gelu' }, [input]);
      }
      throw cannotWrite(place.node, place.dialect, 'has the approximate gelu, which cannot be written');
    default:
      throw cannotWrite(place.node, place.dialect, `has the activation ${kind}, which cannot be written`);
  }
}

interface ReluNumbers {
  readonly maxValue?: number;
  readonly negativeSlope?: number;
}

function relu<T extends LayerType>(place: WritePlace<T>, numbers: ReluNumbers, input: string): string {
  const { maxValue, negativeSlope = 0 } = numbers;
  // Of TensorFlow.js' layer only the limit is implemented.
  if (place.dialect === 'tfjs' && negativeSlope !== 0) {
    if (maxValue !== undefined) {
      throw cannotWrite(place.node, place.dialect, 'has a relu with a limit and a slope, which cannot be written');
    }
    return place.extra('LeakyReLU', { alpha: negativeSlope }, [input]);
  }
  const limit = maxValue === undefined ? {} : { max_value: maxValue };
  return place.extra('ReLU', { ...limit, negative_slope: negativeSlope, threshold: 0 }, [input]);
}
