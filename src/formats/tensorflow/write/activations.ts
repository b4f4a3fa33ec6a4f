/** @file Every activation as TensorFlow's ops. */
import type { Activation, ActivationName } from '../../../contracts/index.ts';
import { attribute } from './attributes.ts';
import type { FunctionBuilder, TfValue } from './function-builder.ts';

type Apply = (b: FunctionBuilder, x: TfValue) => TfValue;

const LEAKY_SLOPE = 0.2;

const ACTIVATIONS: { readonly [A in ActivationName]: Apply } = {
  linear: (_, x) => x,
  relu: (b, x) => b.node('Relu', [x]),
  relu6: (b, x) => b.node('Relu6', [x]),
  leakyRelu: (b, x) => leakyRelu(b, x, LEAKY_SLOPE),
  elu: (b, x) => b.node('Elu', [x]),
  selu: (b, x) => b.node('Selu', [x]),
  gelu: (b, x) => half(b, x, b.node('Erf', [b.node('Mul', [x, b.float(Math.SQRT1_2)])])),
  silu: (b, x) => b.node('Mul', [x, b.node('Sigmoid', [x])]),
  hardSwish: (b, x) => b.node('Mul', [x, hardSigmoid(b, x)]),
  hardSigmoid,
  tanh: (b, x) => b.node('Tanh', [x]),
  sigmoid: (b, x) => b.node('Sigmoid', [x]),
  softmax: (b, x) => b.node('Softmax', [x]),
};

export function activate(b: FunctionBuilder, x: TfValue, activation: Activation = 'linear'): TfValue {
  if (typeof activation === 'string') return ACTIVATIONS[activation](b, x);
  switch (activation.kind) {
    case 'relu':
      return generalRelu(b, x, activation);
    case 'leakyRelu':
      return leakyRelu(b, x, activation.negativeSlope ?? LEAKY_SLOPE);
    case 'elu':
      return elu(b, x, activation.alpha ?? 1);
    case 'gelu':
      return activation.approximate ? geluByTanh(b, x) : ACTIVATIONS.gelu(b, x);
  }
}

function leakyRelu(b: FunctionBuilder, x: TfValue, slope: number): TfValue {
  return b.node('LeakyRelu', [x], { alpha: attribute.float(slope) });
}

function hardSigmoid(b: FunctionBuilder, x: TfValue): TfValue {
  const line = b.node('AddV2', [b.node('Mul', [x, b.float(1 / 6)]), b.float(0.5)]);
  return b.node('ClipByValue', [line, b.float(0), b.float(1)]);
}

function generalRelu(
  b: FunctionBuilder,
  x: TfValue,
  { maxValue, negativeSlope = 0 }: { readonly maxValue?: number; readonly negativeSlope?: number },
): TfValue {
  if (maxValue === undefined) return negativeSlope === 0 ? b.node('Relu', [x]) : leakyRelu(b, x, negativeSlope);
  const positive = b.node('ClipByValue', [x, b.float(0), b.float(maxValue)]);
  if (negativeSlope === 0) return positive;
  const negative = b.node('Mul', [b.node('Relu', [b.node('Neg', [x])]), b.float(negativeSlope)]);
  return b.node('Sub', [positive, negative]);
}

/** TensorFlow's op has an alpha of 1. */
function elu(b: FunctionBuilder, x: TfValue, alpha: number): TfValue {
  const plain = b.node('Elu', [x]);
  if (alpha === 1) return plain;
  const isPositive = b.node('Greater', [x, b.float(0)]);
  return b.node('SelectV2', [isPositive, x, b.node('Mul', [plain, b.float(alpha)])]);
}

/** `x / 2 * (1 + tanh(sqrt(2 / π) * (x + 0.044715 x³)))` */
function geluByTanh(b: FunctionBuilder, x: TfValue): TfValue {
  const square = b.node('Mul', [x, x]);
  const bent = b.node('Mul', [x, b.node('AddV2', [b.node('Mul', [square, b.float(0.044715)]), b.float(1)])]);
  return half(b, x, b.node('Tanh', [b.node('Mul', [bent, b.float(Math.sqrt(2 / Math.PI))])]));
}

/** `x / 2 * (share + 1)` */
function half(b: FunctionBuilder, x: TfValue, share: TfValue): TfValue {
  return b.node('Mul', [b.node('Mul', [x, b.float(0.5)]), b.node('AddV2', [share, b.float(1)])]);
}
