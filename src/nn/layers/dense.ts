/** @file Dense: `[n]` → `[units]`. */
import { activate } from './activation.ts';
import { activationName, flag, optional, positiveInteger, required } from './arguments.ts';
import type { LayerRule } from './rule.ts';
import { weightArguments } from './weight-arguments.ts';

export const denseLayer: LayerRule<'Dense'> = {
  inputs: 1,
  channelMajor: 'takes',
  arguments: {
    units: required(positiveInteger),
    activation: optional(activationName),
    useBias: optional(flag),
    ...weightArguments('kernel', 'bias'),
  },
  outputShape: ([input], { units }) => (input.length === 1 ? [units] : 'a flat input [n] (put a Flatten before it)'),
  parameters: ([input], { units, useBias = true }) => {
    const fans = { fanIn: input[0], fanOut: units };
    return [
      { name: 'kernel', shape: [input[0], units], initializer: 'glorotUniform', ...fans },
      ...(useBias ? [{ name: 'bias', shape: [units], initializer: 'zeros', ...fans } as const] : []),
    ];
  },
  forward: ({ builder, parameter }, [x], { activation, useBias = true }) => {
    const weights = [parameter('kernel'), ...(useBias ? [parameter('bias')] : [])];
    const product = builder.apply('matrixMultiply', [x, ...weights], { transposeA: false, transposeB: false });
    return activate(builder, product, activation);
  },
};
