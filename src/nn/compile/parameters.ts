/** @file Parameters as inputs of a graph. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { ParameterInfo } from '../network/describe.ts';

export function parameterInputs(builder: GraphBuilder, parameters: readonly ParameterInfo[]): Map<string, Value> {
  return new Map(parameters.map(({ name, shape }) => [name, builder.input(name, 'float32', shape)]));
}
