/** @file The graph that classifies with the parameters as inputs, for evaluation between epochs. */
import type { NetworkSpec } from '../../contracts/index.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { describeNetwork, type ParameterInfo } from '../network/describe.ts';
import { addForwardPass } from '../network/forward.ts';
import { resolveNetwork } from '../network/resolve.ts';
import { emitOnnx } from '../onnx/emit.ts';
import { parameterInputs } from './parameters.ts';

export interface EvaluationModel {
  readonly model: Uint8Array;
  readonly parameters: readonly ParameterInfo[];
}

/**
 * Inputs: `images` uint8 `[batch, height, width, channels]`, any batch; every parameter, float32, by name.
 * Output: `logits` float32 `[batch, classes]`. Dropout does nothing.
 * @param options.channelBlock as for `compileGradients`
 * @throws `network_invalid`
 */
export function compileEvaluation(
  spec: NetworkSpec,
  { channelBlock }: { readonly channelBlock?: number } = {},
): EvaluationModel {
  const { graph, parameters } = evaluationGraph(spec);
  return { model: emitOnnx(graph, { name: `${spec.name}/evaluation`, channelBlock }), parameters };
}

export function evaluationGraph(spec: NetworkSpec): { graph: Graph; parameters: readonly ParameterInfo[] } {
  const layers = resolveNetwork(spec);
  const { parameters } = describeNetwork(spec);
  const { height, width, channels } = spec.input;
  const builder = new GraphBuilder();
  const images = builder.input('images', 'uint8', ['batch', height, width, channels]);
  const values = parameterInputs(builder, parameters);
  const logits = addForwardPass(builder, spec, layers, {
    pictures: builder.cast(images, 'float32'),
    parameter: (name) => values.get(name) as Value,
    dropoutMask: () => null,
  });
  builder.output('logits', logits);
  return { graph: builder.finish(), parameters };
}
