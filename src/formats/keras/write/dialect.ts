/** @file What each of Keras' formats can say, and in which words. */
import type { ActivationName } from '../../../contracts/index.ts';

/**
 * `keras`: `.keras` files, of Keras 3. `h5`: HDF5 that Keras 2 and 3 both read, so only what means the same to both.
 * `tfjs`: layers of TensorFlow.js.
 */
export const DIALECTS = ['keras', 'h5', 'tfjs'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** For people. */
export const DIALECT_NAMES: { readonly [D in Dialect]: string } = {
  keras: 'Keras 3',
  h5: 'Keras 2 and 3',
  tfjs: 'TensorFlow.js',
};

/** The name of an activation in each dialect; null where it has none that means the same, and layers take its place. */
export const ACTIVATION_NAMES: { readonly [A in ActivationName]: { readonly [D in Dialect]: string | null } } = {
  linear: { keras: 'linear', h5: 'linear', tfjs: 'linear' },
  relu: { keras: 'relu', h5: 'relu', tfjs: 'relu' },
  relu6: { keras: 'relu6', h5: null, tfjs: 'relu6' },
  leakyRelu: { keras: 'leaky_relu', h5: null, tfjs: null },
  elu: { keras: 'elu', h5: 'elu', tfjs: 'elu' },
  selu: { keras: 'selu', h5: 'selu', tfjs: 'selu' },
  gelu: { keras: 'gelu', h5: 'gelu', tfjs: 'gelu' },
  silu: { keras: 'silu', h5: 'swish', tfjs: 'swish' },
  // Those of Keras 2 and of TensorFlow.js have another slope.
  hardSwish: { keras: 'hard_silu', h5: null, tfjs: null },
  hardSigmoid: { keras: 'hard_sigmoid', h5: null, tfjs: null },
  tanh: { keras: 'tanh', h5: 'tanh', tfjs: 'tanh' },
  sigmoid: { keras: 'sigmoid', h5: 'sigmoid', tfjs: 'sigmoid' },
  softmax: { keras: 'softmax', h5: 'softmax', tfjs: 'softmax' },
};
