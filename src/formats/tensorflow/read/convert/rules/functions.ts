/** @file Functions of one number: activations, roots, exponentials. */
import type { DataType } from '../../../../../contracts/index.ts';
import type { Call, Conversion, Rule } from '../context.ts';
import type { Known } from '../known.ts';
import type { Value } from '../value.ts';

export function unary(
  op: string,
  attributes: (call: Call) => Readonly<Record<string, { readonly float: number }>> = () => ({}),
): Rule {
  return (call) => {
    const [x] = call.inputs;
    return call.to.emit(op, [call.to.in(x, x.layout)], attributes(call), x);
  };
}

/** Several operators one after the other, on one tensor. */
export function chain(
  steps: (node: (op: string, ...others: readonly string[]) => void, to: Conversion, x: Value) => void,
): Rule {
  return ({ inputs: [x], to }) => {
    let name = to.in(x, x.layout);
    steps(
      (op, ...others) => {
        name = to.draft.node(op, [name, ...others]);
      },
      to,
      x,
    );
    return to.value(name, x.dtype, x.shape, x.layout);
  };
}

export function scalar(to: Conversion, value: number, dtype: DataType): string {
  return to.draft.constant({
    dtype,
    shape: [],
    data: dtype === 'DT_FLOAT' ? Float32Array.of(value) : [value],
  } as Known);
}

const softmax =
  (op: string): Rule =>
  ({ inputs: [x], to }) => {
    const layout = x.layout;
    return to.emit(op, [to.in(x, layout)], { axis: layout === 'plain' ? -1 : 1 }, x);
  };

const relu6: Rule = ({ inputs: [x], to }) =>
  to.emit('Clip', [to.in(x, x.layout), scalar(to, 0, x.dtype), scalar(to, 6, x.dtype)], {}, x);

const leakyRelu: Rule = unary('LeakyRelu', ({ attributes }) => ({ alpha: { float: attributes.float('alpha', 0.2) } }));

export const FUNCTION_RULES = {
  LogicalNot: unary('Not'),
  Relu: unary('Relu'),
  Relu6: relu6,
  LeakyRelu: leakyRelu,
  Elu: unary('Elu'),
  Selu: unary('Selu'),
  Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'),
  Softplus: unary('Softplus'),
  Softsign: unary('Softsign'),
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
  Exp: unary('Exp'),
  Expm1: chain((node, to, x) => {
    node('Exp');
    node('Sub', scalar(to, 1, x.dtype));
  }),
  Log: unary('Log'),
  Log1p: chain((node, to, x) => {
    node('Add', scalar(to, 1, x.dtype));
    node('Log');
  }),
  Neg: unary('Neg'),
  Abs: unary('Abs'),
  Sign: unary('Sign'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Round: unary('Round'),
  Rint: unary('Round'),
  Sqrt: unary('Sqrt'),
  Rsqrt: chain((node) => {
    node('Sqrt');
    node('Reciprocal');
  }),
  Square: ({ inputs: [x], to }) => {
    const name = to.in(x, x.layout);
    return to.emit('Mul', [name, name], {}, x);
  },
  Reciprocal: unary('Reciprocal'),
  Inv: unary('Reciprocal'),
  Erf: unary('Erf'),
  Erfc: ({ inputs: [x], to }) => {
    const erf = to.draft.node('Erf', [to.in(x, x.layout)]);
    return to.emit('Sub', [scalar(to, 1, x.dtype), erf], {}, x);
  },
  Tan: unary('Tan'),
  Sin: unary('Sin'),
  Cos: unary('Cos'),
} as const satisfies Record<string, Rule>;
