/** @file Activation, alone and as an argument of other layers. */
import type { Activation } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { activationName, required } from './arguments.ts';
import { type LayerRule, NO_PARAMETERS } from './rule.ts';

const APPLY: { readonly [A in Activation]: (builder: GraphBuilder, x: Value) => Value } = {
  linear: (_, x) => x,
  relu: (builder, x) => builder.apply('relu', [x], {}),
  tanh: (builder, x) => builder.apply('tanh', [x], {}),
  sigmoid: (builder, x) => builder.apply('sigmoid', [x], {}),
  softmax: (builder, x) => builder.apply('softmax', [x], {}),
};

export function activate(builder: GraphBuilder, x: Value, activation: Activation = 'linear'): Value {
  return APPLY[activation](builder, x);
}

export const activationLayer: LayerRule<'Activation'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: { activation: required(activationName) },
  outputShape: ([input]) => input,
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { activation }) => activate(builder, x, activation),
};
