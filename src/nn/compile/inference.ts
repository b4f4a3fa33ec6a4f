/** @file The model file that is served: weights inside, pixels in, probabilities out. */
import { type NetworkSpec, PictorError, type WeightTensor } from '../../contracts/index.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { describeNetwork } from '../network/describe.ts';
import { addForwardPass } from '../network/forward.ts';
import { resolveNetwork } from '../network/resolve.ts';
import { emitOnnx } from '../onnx/emit.ts';

/**
 * Input: `input_tensor` float32 `[batch, height, width, channels]`, 0..255, any batch.
 * Output: `output_0` float32 `[batch, classes]`, probabilities.
 * Weights are initialisers under the names of their parameters.
 *
 * @param weights every parameter of the network, by name
 * @throws `network_invalid` when weights are missing, or of another shape
 */
export function compileInference(spec: NetworkSpec, weights: ReadonlyMap<string, WeightTensor>): Uint8Array {
  return emitOnnx(inferenceGraph(spec, weights), { name: spec.name });
}

export function inferenceGraph(spec: NetworkSpec, weights: ReadonlyMap<string, WeightTensor>): Graph {
  const layers = resolveNetwork(spec);
  const { height, width, channels } = spec.input;
  const builder = new GraphBuilder();
  const pictures = builder.input('input_tensor', 'float32', ['batch', height, width, channels]);
  const values = new Map<string, Value>();
  for (const { name, shape } of describeNetwork(spec).parameters) {
    const tensor = weights.get(name);
    const count = shape.reduce((product, dimension) => product * dimension, 1);
    if (!tensor || tensor.data.length !== count || tensor.shape.join() !== shape.join()) {
      const found = tensor ? `has shape [${tensor.shape.join(', ')}] and ${tensor.data.length} numbers` : 'is missing';
      throw new PictorError(
        'network_invalid',
        `Weight "${name}" of network "${spec.name}" ${found}; shape [${shape.join(', ')}] was expected.`,
        { fix: 'Use the weights that were trained with this network.', details: { parameter: name } },
      );
    }
    values.set(name, builder.weight(name, tensor.data, shape));
  }
  const logits = addForwardPass(builder, spec, layers, {
    pictures,
    parameter: (name) => values.get(name) as Value,
    dropoutMask: () => null,
  });
  builder.output('output_0', builder.apply(spec.outputActivation ?? 'softmax', [logits], {}));
  return builder.finish();
}
