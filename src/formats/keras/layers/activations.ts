/** @file Keras' activations and ours: total in both directions. */
import type { Activation, ActivationName } from '../../../contracts/index.ts';
import { fieldsOf, shown, textOf } from '../config/fields.ts';

/** Every activation that Keras 2 or 3 has a name for. */
const KERAS_ACTIVATIONS = [
  'celu',
  'elu',
  'exponential',
  'gelu',
  'glu',
  'hard_shrink',
  'hard_sigmoid',
  'hard_silu',
  'hard_swish',
  'hard_tanh',
  'leaky_relu',
  'linear',
  'log_sigmoid',
  'log_softmax',
  'mish',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'silu',
  'soft_shrink',
  'softmax',
  'softplus',
  'softsign',
  'sparse_plus',
  'sparse_sigmoid',
  'sparsemax',
  'squareplus',
  'swish',
  'tanh',
  'tanh_shrink',
  'threshold',
] as const;
type KerasActivation = (typeof KERAS_ACTIVATIONS)[number];

/** Ours of that name; null where there is none. */
const READ: { readonly [K in KerasActivation]: ActivationName | null } = {
  celu: null,
  elu: 'elu',
  exponential: null,
  gelu: 'gelu',
  glu: null,
  hard_shrink: null,
  hard_sigmoid: 'hardSigmoid',
  hard_silu: 'hardSwish',
  hard_swish: 'hardSwish',
  hard_tanh: null,
  leaky_relu: 'leakyRelu',
  linear: 'linear',
  log_sigmoid: null,
  log_softmax: null,
  mish: null,
  relu: 'relu',
  relu6: 'relu6',
  selu: 'selu',
  sigmoid: 'sigmoid',
  silu: 'silu',
  soft_shrink: null,
  softmax: 'softmax',
  softplus: null,
  softsign: null,
  sparse_plus: null,
  sparse_sigmoid: null,
  sparsemax: null,
  squareplus: null,
  swish: 'silu',
  tanh: 'tanh',
  tanh_shrink: null,
  threshold: null,
};

/** What an activation of a Keras file is here, or in words why it is nothing. */
export type ReadActivation =
  | { readonly activation: Activation; readonly scale?: number }
  | { readonly unsupported: string };

/** `hard_sigmoid` of Keras 1 and 2 is `clip(0.2 x + 0.5)`, that of Keras 3 `clip(x / 6 + 0.5)`. */
const OLD_HARD_SIGMOID = { activation: 'hardSigmoid', scale: 1.2 } as const;

/** A slope or limit of a layer that is an activation. */
function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  const { config } = fieldsOf(value);
  const inner = fieldsOf(config).value ?? fieldsOf(value).value;
  return typeof inner === 'number' ? inner : null;
}

export function readRelu(maxValue: unknown, negativeSlope: unknown): Activation {
  const [limit, slope] = [numberOf(maxValue), numberOf(negativeSlope) ?? 0];
  if (slope === 0) {
    if (limit === null) return 'relu';
    return limit === 6 ? 'relu6' : { kind: 'relu', maxValue: limit };
  }
  return { kind: 'relu', ...(limit === null ? {} : { maxValue: limit }), negativeSlope: slope };
}

/** Keras 2 calls it `alpha`. */
export function readLeakyRelu(config: Readonly<Record<string, unknown>>): Activation {
  return { kind: 'leakyRelu', negativeSlope: numberOf(config.negative_slope) ?? numberOf(config.alpha) ?? 0.3 };
}

export function readElu(alpha: unknown): Activation {
  return { kind: 'elu', alpha: numberOf(alpha) ?? 1 };
}

/**
 * @param value an activation as a layer's argument: a name, a layer, a reference to a function
 * @param major version of the Keras that wrote it
 */
export function readActivation(value: unknown, major: number): ReadActivation {
  if (value === null || value === undefined) return { activation: 'linear' };
  const fields = fieldsOf(value);
  const config = fieldsOf(fields.config);
  switch (textOf(fields.class_name)) {
    case 'ReLU':
      return { activation: readRelu(config.max_value, config.negative_slope) };
    case 'LeakyReLU':
      return { activation: readLeakyRelu(config) };
    case 'ELU':
      return { activation: readElu(config.alpha) };
    case 'Softmax':
      return { activation: 'softmax' };
    case 'Activation':
      return readActivation(config.activation, major);
  }
  const name = textOf(value) ?? textOf(fields.config) ?? textOf(config.name);
  if (name === null) return { unsupported: `the activation ${shown(value)}` };
  if (!isKerasActivation(name)) return { unsupported: `the activation "${name}", which is not one of Keras' own` };
  if (name === 'hard_sigmoid' && major < 3) return OLD_HARD_SIGMOID;
  const activation = READ[name];
  return activation === null ? { unsupported: `the activation "${name}"` } : { activation };
}

function isKerasActivation(name: string): name is KerasActivation {
  return (KERAS_ACTIVATIONS as readonly string[]).includes(name);
}

/** Rows of the documentation: Keras' name, and ours. */
export function activationRows(): readonly { readonly name: string; readonly ours: ActivationName | null }[] {
  return KERAS_ACTIVATIONS.map((name) => ({ name, ours: READ[name] }));
}
