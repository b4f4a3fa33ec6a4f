/** @file The model file that is served: weights inside, pixels in, probabilities out. */
import { type NetworkSpec, PictorError, type WeightTensor } from '../../contracts/index.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { describeNetwork } from '../network/describe.ts';
import { addForwardPass } from '../network/forward.ts';
import { resolveNetwork } from '../network/resolve.ts';
import { emitOnnx } from '../onnx/emit.ts';

/** Prefix of the outputs that are results of layers. */
export const LAYER_OUTPUT = 'layer:';

/**
 * Input: `input_tensor` float32 `[batch, height, width, channels]`, 0..255, any batch.
 * Output: `output_0` float32 `[batch, classes]`, probabilities; then `layer:NAME` for every one of `served`, the layer's
 * result as Keras has it: `[batch, n]` or `[batch, height, width, channels]`.
 * Weights are initialisers under the names of their parameters.
 *
 * @param weights every parameter of the network, by name
 * @param served names of layers whose results are outputs, too
 * @throws `network_invalid` when weights are missing, or of another shape
 */
export function compileInference(
  spec: NetworkSpec,
  weights: ReadonlyMap<string, WeightTensor>,
  served: readonly string[] = [],
): Uint8Array {
  return emitOnnx(inferenceGraph(spec, weights, served), { name: spec.name });
}

function inferenceGraph(
  spec: NetworkSpec,
  weights: ReadonlyMap<string, WeightTensor>,
  served: readonly string[] = [],
): Graph {
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
  const results = new Map<string, Value>();
  const logits = addForwardPass(builder, spec, layers, {
    pictures,
    parameter: (name) => values.get(name) as Value,
    dropoutMask: () => null,
    onLayer: (name, value) => {
      if (served.includes(name)) results.set(name, value());
    },
  });
  builder.output('output_0', builder.apply(spec.outputActivation ?? 'softmax', [logits], {}));
  for (const [name, value] of results) builder.output(`${LAYER_OUTPUT}${name}`, value);
  return builder.finish();
}
