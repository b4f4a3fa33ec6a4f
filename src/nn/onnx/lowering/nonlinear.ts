/** @file Lowering of further activations. */
import type { NonlinearOp } from '../../graph/ops.ts';
import { ONNX_TYPES, type OnnxWriter } from '../writer.ts';
import { direct, type LoweringRules } from './rule.ts';

/** 1 above 0, else 0, in one pass; comparing and casting takes two. */
function aboveZero(writer: OnnxWriter, x: string): string {
  return writer.node('HardSigmoid', [x], { alpha: { float: 3e38 }, beta: { float: 0 } });
}

export const NONLINEAR_LOWERING: LoweringRules<NonlinearOp> = {
  exp: direct('Exp'),
  erf: direct('Erf'),
  clipGradient: ({ writer, inputs: [y, gradient], attributes: { minimum, maximum }, output }) => {
    const above = writer.node('Greater', [y, writer.float(minimum)]);
    const inside = writer.node('And', [above, writer.node('Less', [y, writer.float(maximum)])]);
    writer.node('Mul', [gradient, writer.node('Cast', [inside], { to: ONNX_TYPES.float32 })], {}, output);
  },
  leakyRelu: ({ writer, inputs, attributes: { slope }, output }) => {
    writer.node('LeakyRelu', inputs, { alpha: { float: slope } }, output);
  },
  leakyReluGradient: ({ writer, inputs: [y, gradient], attributes: { slope }, output }) => {
    const more = writer.node('Mul', [aboveZero(writer, y), writer.float(1 - slope)]);
    writer.node('Mul', [gradient, writer.node('Add', [more, writer.float(slope)])], {}, output);
  },
  elu: ({ writer, inputs, attributes: { alpha }, output }) => {
    writer.node('Elu', inputs, { alpha: { float: alpha } }, output);
  },
  // The slope is 1 above 0 and result + alpha below: min(result, 0) + alpha, and 1 - alpha more above.
  eluGradient: ({ writer, inputs: [y, gradient], attributes: { alpha, slopeAtZero }, output }) => {
    let slope = writer.node('Add', [writer.node('Min', [y, writer.float(0)]), writer.float(alpha)]);
    if (alpha !== 1) {
      const positive =
        slopeAtZero === 'alpha'
          ? aboveZero(writer, y)
          : writer.node('Sub', [writer.float(1), aboveZero(writer, writer.node('Neg', [y]))]);
      slope = writer.node('Add', [slope, writer.node('Mul', [positive, writer.float(1 - alpha)])]);
    }
    writer.node('Mul', [gradient, slope], {}, output);
  },
  hardSigmoid: ({ writer, inputs, output }) => {
    writer.node('HardSigmoid', inputs, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }, output);
  },
  absolute: direct('Abs'),
  sign: direct('Sign'),
};
