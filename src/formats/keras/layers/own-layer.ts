/** @file A layer of ours with the arguments of Keras' one. */
import type { Activation, LayerConfigs, LayerType } from '../../../contracts/index.ts';
import { layerArguments } from '../../../nn/index.ts';
import { readActivation } from './activations.ts';
import { readInitializer, readRegularizer } from './initializers.ts';
import type { Place, ValueName } from './rule.ts';
import { unsupportedLayer } from './unsupported.ts';

/** What Keras starts weights with when nobody says. */
const DEFAULTS: Readonly<Record<string, string>> = {
  kernel: 'glorotUniform',
  depthwise: 'glorotUniform',
  pointwise: 'glorotUniform',
  bias: 'zeros',
  beta: 'zeros',
  gamma: 'ones',
  alpha: 'zeros',
  movingMean: 'zeros',
  movingVariance: 'ones',
};

/**
 * Adds a layer of ours whose arguments are Keras' in camelCase, and after it what its activation needs more.
 * @param changes arguments that are other than in the file
 */
export function ownLayer<T extends LayerType>(
  place: Place,
  layer: T,
  changes: Partial<Record<keyof LayerConfigs[T], unknown>> = {},
  inputs: readonly ValueName[] = place.inputs,
): ValueName {
  const config: Record<string, unknown> = {};
  let after: { readonly activation: Activation; readonly scale: number } | null = null;
  for (const key of layerArguments(layer)) {
    const snake = snakeCase(key);
    const value = Object.hasOwn(changes, key) ? changes[key as keyof LayerConfigs[T]] : place.arguments.take(snake);
    if (value === undefined) continue;
    if (key.endsWith('Initializer')) {
      const kept = readInitializer(value, (name) => name === DEFAULTS[key.slice(0, -'Initializer'.length)]);
      if (kept !== undefined) config[key] = kept;
    } else if (key.endsWith('Regularizer')) {
      const read = readRegularizer(value);
      if (read === null) place.warn(`Layer "${place.layer.name}" would be trained without its ${snake}.`);
      else if (read) config[key] = read;
    } else if (key === 'activation') {
      const read = activationOf(place, value);
      if (read.scale !== undefined) after = { activation: read.activation, scale: read.scale };
      else if (read.activation !== 'linear' || layer === 'Activation') config[key] = read.activation;
    } else config[key] = value;
  }
  const result = place.own(layer, config as LayerConfigs[T], inputs);
  if (!after) return result;
  const scaled = place.extra('Rescaling', { scale: after.scale }, [result]);
  return place.extra('Activation', { activation: after.activation }, [scaled]);
}

/** @throws `model_unsupported` */
export function activationOf(
  place: Place,
  value: unknown,
): { readonly activation: Activation; readonly scale?: number } {
  const read = readActivation(value, place.major);
  if ('unsupported' in read) throw unsupportedLayer(place.layer, `has ${read.unsupported}, which is not supported`);
  return read;
}

/** `kernelSize` → `kernel_size` */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
